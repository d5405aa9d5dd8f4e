from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import NameField
from rooms.models.ban import REASON_LENGTH
from rooms.models.report import ReportStatus

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class SentenceField(NameField):
    """A reason or an outcome: a few words that a person reads."""

    def __init__(self, *, label: "_StrPromise", help_text: "_StrPromise") -> None:
        super().__init__(
            label=label, help_text=help_text, max_length=REASON_LENGTH, widget=forms.Textarea(attrs={"rows": 3})
        )


class ReportForm(forms.Form):
    """Why somebody wants the moderators to look."""

    reason = SentenceField(
        label=_("What is wrong"), help_text=_("Only the room's moderators and the site's staff read this.")
    )


class OutcomeForm(forms.Form):
    """How a report ends, and what the reporter is told."""

    outcome = SentenceField(
        label=_("Outcome"), help_text=_("The person who reported reads this. Other people are told nothing.")
    )
    verdict = forms.ChoiceField(
        choices=[(status.value, status.label) for status in (ReportStatus.RESOLVED, ReportStatus.DISMISSED)],
        widget=forms.HiddenInput,
        error_messages={
            "required": _("Resolve the report or dismiss it."),
            "invalid_choice": _("Resolve the report or dismiss it."),
        },
    )
