from datetime import timedelta

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from rooms import word_filter
from rooms.models import Channel
from rooms.reasons import ReasonField, ReasonForm

from .durations import Erasure, Exile, Mute, Pause, parse


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
