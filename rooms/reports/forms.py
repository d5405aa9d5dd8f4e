from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext_lazy as _

from rooms.models.report import ReportStatus
from rooms.reasons import ReasonField

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class SentenceField(ReasonField):
    """A reason or an outcome that somebody else reads: not to be left out, and there is room for it."""

    def __init__(self, *, label: "_StrPromise", help_text: "_StrPromise") -> None:
        super().__init__(required=True, label=label, help_text=help_text, widget=forms.Textarea(attrs={"rows": 3}))


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
