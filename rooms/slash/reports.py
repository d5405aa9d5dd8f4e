"""Reports: filed, and handled by moderators."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rooms import actions, permissions
from rooms.models import Report
from rooms.models.report import ReportStatus
from rooms.reports.forms import OutcomeForm, ReportForm
from rooms.reports.queue import reports_of_room
from rooms.reports.views import found_in, reported_member, reported_message

from .command import Command
from .reading import Typed, checked


def _report(typed: Typed) -> str:
    if typed.names_message():
        subject, message = reported_message(typed.access, typed.message().message.pk)
    else:
        subject, message = reported_member(typed.access, typed.person().username), None
    reason = checked(ReportForm({"reason": typed.rest}), "reason")["reason"]
    actions.file_report(actor=typed.actor, room=typed.room, subject=subject, message=message, reason=reason)
    return _("Thank you: the moderators have your report. You will hear what came of it.")


def _found(typed: Typed) -> Report:
    return found_in(reports_of_room(typed.access), typed.number())


def _claim(typed: Typed) -> str:
    report = actions.claim_report(actor=typed.actor, report=_found(typed))
    return _("You look at report %(number)d now.") % {"number": report.pk}


def _release(typed: Typed) -> str:
    report = actions.release_report(actor=typed.actor, report=_found(typed))
    return _("Report %(number)d waits for a moderator again.") % {"number": report.pk}


def _close(typed: Typed, act: Callable[..., Any]) -> str:
    report = _found(typed)
    asked = checked(OutcomeForm({"outcome": typed.rest, "verdict": ReportStatus.RESOLVED}), "outcome")
    act(actor=typed.actor, report=report, **asked)
    return _("The report is closed.")


COMMANDS = (
    Command(
        "report",
        [gettext_lazy("/report @name reason"), gettext_lazy("/report #42 reason")],
        gettext_lazy("Asks the moderators to look at a member or a message."),
        [permissions.FILE_REPORTS],
        _report,
    ),
    Command(
        "claim",
        [gettext_lazy("/claim 7")],
        gettext_lazy("Takes a report on."),
        [permissions.HANDLE_REPORTS],
        _claim,
    ),
    Command(
        "release",
        [gettext_lazy("/release 7")],
        gettext_lazy("Gives a report back to the others."),
        [permissions.HANDLE_REPORTS],
        _release,
    ),
    Command(
        "resolve",
        [gettext_lazy("/resolve 7 what was done")],
        gettext_lazy("Closes a report: something was done, and the reporter is told."),
        [permissions.HANDLE_REPORTS],
        lambda typed: _close(typed, actions.resolve_report),
    ),
    Command(
        "dismiss",
        [gettext_lazy("/dismiss 7 why not")],
        gettext_lazy("Closes a report: nothing had to be done, and the reporter is told."),
        [permissions.HANDLE_REPORTS],
        lambda typed: _close(typed, actions.dismiss_report),
    ),
)
