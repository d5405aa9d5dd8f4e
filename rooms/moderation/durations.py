"""Spans of time as moderators choose and type them."""

import re
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from django.db import models
from django.utils.translation import gettext_lazy as _

# Each unit by its letter in both languages of the interface.
UNITS: Mapping[str, timedelta] = MappingProxyType(
    {
        letter: span
        for letters, span in (
            ("sс", timedelta(seconds=1)),
            ("mм", timedelta(minutes=1)),
            ("hч", timedelta(hours=1)),
            ("dд", timedelta(days=1)),
            ("wн", timedelta(weeks=1)),
        )
        for letter in letters
    }
)
# Beyond it there is no telling it from one for good, and before long no date for its end.
LONGEST_BAN = timedelta(days=3650)
TYPED = re.compile(rf"([0-9]{{1,6}})([{''.join(UNITS)}])")


def parse(text: str) -> timedelta | None:
    """The span that somebody typed as "10m" or "7d"; `None` for anything else, and for no time at all."""
    found = TYPED.fullmatch(text.lower())
    if found is None:
        return None
    return int(found[1]) * UNITS[found[2]] or None


class Mute(models.TextChoices):
    """How long somebody is timed out."""

    TEN_MINUTES = "10m", _("10 minutes")
    HOUR = "1h", _("1 hour")
    DAY = "1d", _("1 day")
    WEEK = "7d", _("7 days")
    MONTH = "28d", _("28 days")


class Exile(models.TextChoices):
    """How long somebody is banned."""

    HOUR = "1h", _("1 hour")
    DAY = "1d", _("1 day")
    WEEK = "7d", _("7 days")
    MONTH = "30d", _("30 days")
    FOREVER = "", _("for good")


class Erasure(models.TextChoices):
    """What of a banned person's messages goes with them."""

    NOTHING = "", _("no messages")
    HOUR = "1h", _("those of the last hour")
    DAY = "1d", _("those of the last day")


class Pause(models.TextChoices):
    """How long one waits between two messages in slow mode."""

    NONE = "0", _("off")
    FIVE = "5", _("5 seconds")
    TEN = "10", _("10 seconds")
    THIRTY = "30", _("30 seconds")
    MINUTE = "60", _("1 minute")
    FIVE_MINUTES = "300", _("5 minutes")
    QUARTER = "900", _("15 minutes")
    HOUR = "3600", _("1 hour")
    SIX_HOURS = "21600", _("6 hours")
