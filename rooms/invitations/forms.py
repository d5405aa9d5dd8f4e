from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

MOST_USES = 1000


class Lifetime(models.TextChoices):
    """How long an invitation works."""

    HALF_HOUR = "30m", _("30 minutes")
    HOUR = "1h", _("1 hour")
    DAY = "1d", _("1 day")
    WEEK = "7d", _("7 days")
    MONTH = "30d", _("30 days")
    FOREVER = "never", _("without an end")


LIFETIMES: Mapping[str, timedelta | None] = MappingProxyType(
    {
        Lifetime.HALF_HOUR: timedelta(minutes=30),
        Lifetime.HOUR: timedelta(hours=1),
        Lifetime.DAY: timedelta(days=1),
        Lifetime.WEEK: timedelta(days=7),
        Lifetime.MONTH: timedelta(days=30),
        Lifetime.FOREVER: None,
    }
)


class InvitationForm(forms.Form):
    """How long and how often a new invitation works."""

    lifetime = forms.ChoiceField(label=_("Works for"), choices=Lifetime.choices, initial=Lifetime.WEEK)
    max_uses = forms.IntegerField(
        label=_("Number of people"),
        required=False,
        min_value=1,
        max_value=MOST_USES,
        help_text=_("How many people may come by it. Empty: any number."),
    )

    def clean_lifetime(self) -> timedelta | None:
        return LIFETIMES[self.cleaned_data["lifetime"]]
