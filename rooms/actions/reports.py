"""Reports: members ask a room's moderators to look, and moderators take them on and close them."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from eclipse import ratelimit
from eclipse.errors import Refused
from rooms import access, permissions, push
from rooms.models import Message, Report, Room
from rooms.models.audit_entry import Deed
from rooms.models.channel import Audience
from rooms.models.report import UNRESOLVED, ReportStatus
from rooms.permissions import Role

from .audit import record
from .authority import OutOfReach, authorise, authorise_staff
from .on_commit import tell


class ReportedOneself(Refused):
    """Somebody reported what they wrote themself, or themself."""

    words = gettext_lazy("You cannot report yourself.")


class AlreadyReported(Refused):
    """The same person's report of the same thing waits for the moderators already: nothing was changed."""

    words = gettext_lazy("You have reported this already. The moderators have your report.")

    def __init__(self, report: Report) -> None:
        self.report = report
        super().__init__(f"report {report.pk}")


class ReportTaken(Refused):
    """Another moderator looks at this report."""

    def __init__(self, by: User) -> None:
        self.by = by
        super().__init__(f"taken by {by.pk}")

    def explain(self) -> str:
        told = _("%(name)s is looking at this report already. Nothing was changed.")
        return told % {"name": self.by.name}


class ReportClosed(Refused):
    """The report was resolved or dismissed before."""

    words = gettext_lazy("Somebody closed this report in the meantime. Nothing was changed.")


@transaction.atomic
def file_report(
    *, actor: User, room: Room, subject: User | None, reason: str, message: Message | None = None
) -> Report:
    """Ask the moderators of `room` to look at `subject`, or at what they wrote: `message` is kept as it is now.

    Raises `ReportedOneself`, `AlreadyReported`, `RateLimited` and what `authorise` raises.
    """
    authorise(actor=actor, room=room, codename=permissions.FILE_REPORTS)
    if subject == actor:
        raise ReportedOneself
    # The room's row is locked: of two at once the second finds the first one's.
    mine = Report.objects.filter(room=room, reporter=actor, subject=subject, message=message, status__in=UNRESOLVED)
    already = mine.first()
    if already is not None:
        raise AlreadyReported(already)
    ratelimit.spend("reports", actor.pk)
    return Report.objects.file(room=room, reporter=actor, subject=subject, message=message, reason=reason)


@transaction.atomic
def claim_report(*, actor: User, report: Report) -> Report:
    """`actor` looks at this report, and no other moderator does; claiming it twice changes nothing.

    Raises `ReportTaken`, `ReportClosed`, `OutOfReach` and what `authorise` raises.
    """
    report = _to_handle(actor, report)
    if report.claimed_by_id != actor.pk:
        report.status, report.claimed_by = ReportStatus.CLAIMED, actor
        report.save(update_fields=["status", "claimed_by"])
        _record(Deed.REPORT_CLAIMED, actor, report)
    return report


@transaction.atomic
def release_report(*, actor: User, report: Report) -> Report:
    """Give a claimed report back to the others; one that nobody claimed stays as it is. Raises as `claim_report`."""
    report = _to_handle(actor, report)
    if report.claimed_by_id is not None:
        report.status, report.claimed_by = ReportStatus.OPEN, None
        report.save(update_fields=["status", "claimed_by"])
        _record(Deed.REPORT_CLAIMED, actor, report, given_back=True)
    return report


@transaction.atomic
def resolve_report(*, actor: User, report: Report, outcome: str) -> Report:
    """Something was done about it: close the report and let the reporter know `outcome`. Raises as `claim_report`."""
    return _close(actor, report, ReportStatus.RESOLVED, Deed.REPORT_RESOLVED, outcome)


@transaction.atomic
def dismiss_report(*, actor: User, report: Report, outcome: str) -> Report:
    """Nothing had to be done: close the report and let the reporter know `outcome`. Raises as `claim_report`."""
    return _close(actor, report, ReportStatus.DISMISSED, Deed.REPORT_DISMISSED, outcome)


def _close(actor: User, report: Report, status: ReportStatus, deed: Deed, outcome: str) -> Report:
    report = _to_handle(actor, report)
    report.status, report.claimed_by, report.outcome, report.closed_at = status, actor, outcome, timezone.now()
    report.save(update_fields=["status", "claimed_by", "outcome", "closed_at"])
    _record(deed, actor, report, reason=outcome)
    if report.reporter_id is not None:
        tell(push.report_closed, report.pk, report.reporter_id)
    return report


def _record(deed: Deed, actor: User, report: Report, **details: Any) -> None:
    audience = Audience.MODERATORS if report.is_of_moderators else Audience.EVERYONE
    record(
        deed,
        actor=actor,
        room=report.room,
        subject=report.subject,
        channel=report.channel,
        audience=audience,
        report=report.pk,
        **details,
    )


def _to_handle(actor: User, report: Report) -> Report:
    """The report as it is now, locked until the transaction ends, if `actor` may handle it.

    Site staff handle the reports of every room, members of it or not; `Http404` where the channel that it is about
    was hidden from the actor meanwhile.
    """
    reports = Report.objects.all()
    if actor.is_staff and actor.is_active:
        authorise_staff(actor=actor, room=report.room)
    else:
        rights = authorise(actor=actor, room=report.room, codename=permissions.HANDLE_REPORTS).access
        reports = reports.known_to(rights.rank)
    found = (
        reports.select_for_update(of=("self",))
        .select_related("room", "reporter", "subject", "claimed_by", "message__channel")
        .filter(pk=report.pk)
        .first()
    )
    if found is None:
        raise Http404
    report = found
    if actor.pk in {report.reporter_id, report.subject_id}:
        raise OutOfReach
    if report.is_closed:
        raise ReportClosed
    by = who_looks(report)
    if by is not None and by != actor:
        raise ReportTaken(by)
    return report


def who_looks(report: Report) -> User | None:
    """Who has claimed the report and may handle it still: whoever left or was dismissed holds nothing up."""
    by = report.claimed_by
    if by is None or not by.is_active:
        return None
    if by.is_staff:
        return by
    try:
        rights = access.room_access(by, report.room).require(permissions.HANDLE_REPORTS)
    except (Http404, PermissionDenied):
        return None
    return by if rights.rank >= permissions.RANK[Role.MODERATOR] or not report.is_of_moderators else None
