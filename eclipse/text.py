"""What a name may be made of: the rule that keeps invisible and text-reversing characters out of names."""

import html
import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# What draws nothing, though Unicode calls some of it letters, marks or symbols: its Default_Ignorable_Code_Point
# (DerivedCoreProperties.txt of the Unicode Character Database), and the blank of Braille.
INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
INVISIBLE_CHARACTER = re.compile(f"[{INVISIBLE}]")
BLANK = re.compile(rf"[\s\x00-\x1f\x7f-\x9f{INVISIBLE}]*\Z")
ENTITY = re.compile(r"&#?\w+;")
UNREADABLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
ZERO_WIDTH_JOINER = "\u200d"
# Those that choose between a character's plain and its colourful look.
TEXT_OR_EMOJI = {"\ufe0e", "\ufe0f"}
# England's, Scotland's and Wales's: a black flag and the region's letters in invisible characters.
REGION_FLAG = re.compile(
    "\U0001f3f4(?:"
    + "|".join("".join(chr(0xE0000 + ord(letter)) for letter in region) for region in ("gbeng", "gbsct", "gbwls"))
    + ")\U000e007f"
)
# More combining marks than any language stacks on one letter: "Zalgo" text, which spills over its neighbours.
ZALGO = re.compile(r"[\u0300-\u036f\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]{4,}")


def _is_pictogram(character: str) -> bool:
    """An emoji, though it be younger than this Python's tables: the block is set aside for them."""
    return "\U0001f000" <= character <= "\U0001faff" or unicodedata.category(character) in {"So", "Sm"}


def _belongs(character: str, before: str, after: str) -> bool:
    """Whether an invisible character is part of an emoji: nowhere else is it welcome in a name."""
    if not before:
        return False
    if character == ZERO_WIDTH_JOINER:
        return bool(after) and _is_pictogram(after) and (before == "\ufe0f" or _is_pictogram(before))
    # A keycap is a digit, this, and a box around it.
    return character in TEXT_OR_EMOJI and (before in "0123456789#*" or unicodedata.category(before)[0] in "SP")


def validate_plain_text(value: str) -> None:
    """Accept visible text on one line; `ValidationError` for control, bidi-override and zero-width characters.

    Source: Unicode Technical Report 36, "Unicode Security Considerations", sections 2.5 and 3.
    """
    value = REGION_FLAG.sub("\U0001f3f4", value)
    for index, character in enumerate(value):
        if INVISIBLE_CHARACTER.match(character):
            seen = _belongs(character, value[max(index - 1, 0) : index], value[index + 1 : index + 2])
        else:
            seen = unicodedata.category(character) not in UNREADABLE or _is_pictogram(character)
        if not seen:
            raise ValidationError(_("Use visible characters only."), code="invisible")
    if ZALGO.search(value):
        raise ValidationError(_("Use fewer accents on one letter."), code="zalgo")


def is_blank(value: str) -> bool:
    """Whether nothing of `value` can be seen, though it be written in HTML's entities."""
    return bool(BLANK.match(ENTITY.sub(lambda entity: html.unescape(entity[0]), value)))


def tidy(value: str) -> str:
    """`value` in Unicode's composed form, with each run of white space made one space and none at the ends."""
    return " ".join(unicodedata.normalize("NFC", value).split())
