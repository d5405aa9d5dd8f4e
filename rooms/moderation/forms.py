from datetime import timedelta

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from rooms import word_filter
from rooms.durations import in_words, in_words_lazy, offered, parse
from rooms.models import Channel
from rooms.reasons import ReasonField, ReasonForm


class ToldReasonForm(forms.Form):
    """Why, told to the person concerned too."""

    reason = ReasonField(help_text=_("The person reads it, and it stands in the audit log."))


class TimeoutForm(ToldReasonForm):
    duration = forms.ChoiceField(label=_("For how long"), choices=offered("10m", "1h", "1d", "7d", "28d"), initial="1h")

    field_order = ["duration", "reason"]

    def clean_duration(self) -> timedelta | None:
        return parse(self.cleaned_data["duration"])


class BanForm(ToldReasonForm):
    duration = forms.ChoiceField(
        label=_("For how long"), choices=[*offered("1h", "1d", "7d", "30d"), ("", _("for good"))], required=False
    )
    delete = forms.ChoiceField(
        label=_("Delete of their messages"),
        choices=[("", _("no messages")), ("1h", _("those of the last hour")), ("1d", _("those of the last day"))],
        required=False,
    )

    field_order = ["duration", "delete", "reason"]

    def clean_duration(self) -> timedelta | None:
        return parse(self.cleaned_data["duration"])

    def clean_delete(self) -> timedelta | None:
        return parse(self.cleaned_data["delete"])


class ReviewForm(forms.Form):
    """What the other moderators are to look at."""

    reason = ReasonField(required=True, help_text=_("What the other moderators are to look at. They alone read it."))


# Seconds between two messages that the page offers; commands and programs may choose others.
PAUSES = [
    (0, _("off")),
    *((each, in_words_lazy(timedelta(seconds=each))) for each in (5, 10, 30, 60, 300, 900, 3600, 21600)),
]


class SlowModeForm(ReasonForm):
    seconds = forms.TypedChoiceField(label=_("Between two messages of one person"), choices=PAUSES, coerce=int)

    field_order = ["seconds", "reason"]

    def __init__(self, sent: QueryDict | None = None, *, channel: Channel) -> None:
        super().__init__(sent, initial={"seconds": channel.slow_mode})
        if channel.slow_mode not in dict(PAUSES):
            seconds = self.fields["seconds"]
            assert isinstance(seconds, forms.ChoiceField)
            seconds.choices = [*PAUSES, (channel.slow_mode, in_words(timedelta(seconds=channel.slow_mode)))]


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
