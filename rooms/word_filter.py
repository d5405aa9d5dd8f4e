"""A room's word filter: which words nobody may write in it, in messages or names, however they are dressed up.

The list has one word or phrase a line. Words match whole, in any case, though their letters be accented, parted by
what cannot be seen, taken from another alphabet that looks the same, or replaced by a digit or a sign that passes
for them.
"""

import re
import unicodedata
from functools import lru_cache
from html import unescape

from django.utils.html import strip_tags

from eclipse.text import INVISIBLE_CHARACTER

MAX_LENGTH = 4000

# Cyrillic and Greek letters, in small letters, that look like Latin ones (Unicode Technical Standard 39).
TWINS = str.maketrans("авекмнорстухіјѕԁһԛԝαβεικνορτυχ", "abekmhopctyxijsdhqwabeikvoptux")
# What passes for a letter where one reads quickly.
DISGUISES = {
    "a": "4@", "b": "8", "e": "3€", "g": "9", "i": "1|", "l": "1|", "o": "0", "s": "5$", "t": "7", "z": "2",
    "б": "6", "з": "3", "ч": "4",
}  # fmt: skip


def _fold(text: str) -> str:
    """`text` in small letters without accents and without what cannot be seen, in one alphabet where two look alike."""
    letters = unicodedata.normalize("NFKD", INVISIBLE_CHARACTER.sub("", text)).casefold()
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).translate(TWINS)


def _letter(letter: str) -> str:
    disguises = DISGUISES.get(letter)
    return f"[{re.escape(letter + disguises)}]" if disguises else re.escape(letter)


def _word(folded: str) -> str:
    return r"\s+".join("".join(map(_letter, part)) for part in folded.split())


@lru_cache(maxsize=256)
def _pattern(lines: str) -> re.Pattern[str] | None:
    words = [_word(folded) for line in lines.splitlines() if (folded := _fold(line).strip())]
    # An underscore is no letter here: it is how Markdown marks a word.
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(words)})(?![^\W_])") if words else None


def find(lines: str, body: str, html: str = "") -> str | None:
    """The first thing in a message that the list forbids, as it was read; `None` where there is nothing.

    `html` is what the body is shown as: marks within a word, and letters spelled as entities, do not hide it there.
    """
    pattern = _pattern(lines)
    if pattern is None:
        return None
    for text in (body, unescape(strip_tags(html))):
        if found := pattern.search(_fold(text)):
            return found[0]
    return None
