"""Spans of time: as people choose and type them, and in words."""

import re
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from django.utils.functional import lazy
from django.utils.translation import ngettext

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


def in_words(span: timedelta) -> str:
    """A span in the largest unit of which it has whole ones: "10 minutes", in the active language."""
    seconds = int(span.total_seconds())
    for size, words in (
        (86400, lambda count: ngettext("%(count)d day", "%(count)d days", count)),
        (3600, lambda count: ngettext("%(count)d hour", "%(count)d hours", count)),
        (60, lambda count: ngettext("%(count)d minute", "%(count)d minutes", count)),
    ):
        if seconds and seconds % size == 0:
            return words(seconds // size) % {"count": seconds // size}
    return ngettext("%(count)d second", "%(count)d seconds", seconds) % {"count": seconds}


in_words_lazy = lazy(in_words, str)


def offered(*typed: str) -> list[tuple[str, str]]:
    """These spans as the choices of a form: as they are typed, and in words."""
    spans = [(text, parse(text)) for text in typed]
    return [(text, in_words_lazy(span)) for text, span in spans if span is not None]
