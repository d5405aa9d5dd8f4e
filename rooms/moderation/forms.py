from datetime import timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from eclipse.text import tidy, validate_plain_text
from rooms import word_filter
from rooms.models import Channel
from rooms.models.ban import REASON_LENGTH

from .durations import Erasure, Exile, Mute, Pause, parse


class ReasonField(forms.CharField):
    """A sentence, tidied before anything is asked of it."""

    def __init__(self, **options: Any) -> None:
        options = {"label": _("Reason"), "max_length": REASON_LENGTH, "required": False, **options}
        super().__init__(validators=[validate_plain_text], **options)

    def to_python(self, value: Any) -> str:
        return tidy(super().to_python(value) or "")


class ReasonForm(forms.Form):
    """Why a moderator does something."""

    reason = ReasonField(help_text=_("Stands in the audit log."))


class ToldReasonForm(forms.Form):
    """Why, told to the person concerned too."""

    reason = ReasonField(help_text=_("The person reads it, and it stands in the audit log."))


class TimeoutForm(ToldReasonForm):
    duration = forms.ChoiceField(label=_("For how long"), choices=Mute.choices, initial=Mute.HOUR)

    field_order = ["duration", "reason"]

    def clean_duration(self) -> timedelta | None:
        return parse(self.cleaned_data["duration"])


class BanForm(ToldReasonForm):
    duration = forms.ChoiceField(label=_("For how long"), choices=Exile.choices, initial=Exile.FOREVER, required=False)
    delete = forms.ChoiceField(
        label=_("Delete of their messages"), choices=Erasure.choices, initial=Erasure.NOTHING, required=False
    )

    field_order = ["duration", "delete", "reason"]

    def clean_duration(self) -> timedelta | None:
        return parse(self.cleaned_data["duration"])

    def clean_delete(self) -> timedelta | None:
        return parse(self.cleaned_data["delete"])


class ReviewForm(forms.Form):
    """What the other moderators are to look at."""

    reason = ReasonField(required=True, help_text=_("What the other moderators are to look at. They alone read it."))


class SlowModeForm(ReasonForm):
    seconds = forms.TypedChoiceField(label=_("Between two messages of one person"), choices=Pause.choices, coerce=int)

    field_order = ["seconds", "reason"]

    def __init__(self, sent: QueryDict | None = None, *, channel: Channel) -> None:
        super().__init__(sent, initial={"seconds": channel.slow_mode})
        if str(channel.slow_mode) not in Pause.values:
            # Set by a command to something else.
            own = str(channel.slow_mode), _("%(seconds)d seconds") % {"seconds": channel.slow_mode}
            seconds = self.fields["seconds"]
            assert isinstance(seconds, forms.ChoiceField)
            seconds.choices = [*Pause.choices, own]


class WordsForm(ReasonForm):
    """The list of words that nobody may write."""

    words = forms.CharField(
        label=_("Words"),
        required=False,
        strip=False,
        max_length=word_filter.MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false", "autocapitalize": "off"}),
        help_text=_("One word or phrase a line."),
    )

    field_order = ["words", "reason"]
