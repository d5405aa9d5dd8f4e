"""What a name may be made of: the rule that keeps invisible and text-reversing characters out of names."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

ZERO_WIDTH_JOINER = "\u200d"
# Characters that draw nothing though Unicode calls them letters or symbols: Hangul fillers, Braille blank.
BLANK_LETTERS = {"\u115f", "\u1160", "\u3164", "\uffa0", "\u2800", "\u034f"}
# More combining marks than any language stacks on one letter: "Zalgo" text, which spills over its neighbours.
ZALGO = re.compile(r"[\u0300-\u036f\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]{4,}")


def _joins_emoji(text: str, index: int) -> bool:
    """A zero-width joiner is welcome between two parts of one emoji, and nowhere else."""
    before, after = text[index - 1 : index], text[index + 1 : index + 2]
    return (
        bool(after)
        and unicodedata.category(after) == "So"
        and (before == "\ufe0f" or unicodedata.category(before or " ") in {"So", "Sk"})
    )


def validate_plain_text(value: str) -> None:
    """Accept visible text on one line; `ValidationError` for control, bidi-override and zero-width characters.

    Source: Unicode Technical Report 36, "Unicode Security Considerations", sections 2.5 and 3.
    """
    for index, character in enumerate(value):
        category = unicodedata.category(character)
        if category in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} or character in BLANK_LETTERS:
            if character == ZERO_WIDTH_JOINER and _joins_emoji(value, index):
                continue
            raise ValidationError(_("Use visible characters only."), code="invisible")
    if ZALGO.search(value):
        raise ValidationError(_("Use fewer accents on one letter."), code="zalgo")


def tidy(value: str) -> str:
    """`value` in Unicode's composed form, with each run of white space made one space and none at the ends."""
    return " ".join(unicodedata.normalize("NFC", value).split())
