from datetime import timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from rooms.durations import offered, parse

MOST_USES = 1000
LIFETIMES = [*offered("30m", "1h", "1d", "7d", "30d"), ("never", _("without an end"))]
USUAL_LIFETIME = "7d"


class InvitationForm(forms.Form):
    """How long and how often a new invitation works."""

    lifetime = forms.ChoiceField(label=_("Works for"), choices=LIFETIMES, initial=USUAL_LIFETIME)
    max_uses = forms.IntegerField(
        label=_("Number of people"),
        required=False,
        min_value=1,
        max_value=MOST_USES,
        help_text=_("How many people may come by it. Empty: any number."),
    )

    def clean_lifetime(self) -> timedelta | None:
        return parse(self.cleaned_data["lifetime"])
