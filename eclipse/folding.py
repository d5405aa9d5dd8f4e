"""Texts made comparable: what people type when they look for a thing, and names that look like another's.

Done here and stored beside the text, because databases differ: SQLite folds the case of ASCII alone, PostgreSQL as
its locale has it.
"""

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from django.db import models

# Letters of other scripts that look like Latin ones, once their case is folded (Unicode Technical Standard 39 calls
# them confusable), and the digits that pass for letters.
LOOKS_LIKE = str.maketrans(
    "авекмнорстухіјѕԁһԛԝαβεικνορτυχ01",
    "abekmhopctyxijsdhqwabeikvoptuxol",
)
CAPITAL_I_AMONG_SMALL_LETTERS = re.compile(r"(?<=[a-z])I")
LONGEST_KEY = 100


def fold(text: str) -> str:
    """`text` without case, accents or doubled blanks, "ё" as "е": equal for whatever people type alike."""
    letters = unicodedata.normalize("NFKD", text).casefold()
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(unicodedata.normalize("NFC", bare).split())


def look(text: str) -> str:
    """What `text` looks like at a glance: two names that differ in this by nothing pass for each other."""
    folded = fold(CAPITAL_I_AMONG_SMALL_LETTERS.sub("l", text))
    key = "".join(letter for letter in folded if letter.isalnum()).translate(LOOKS_LIKE)
    return (key or folded)[:LONGEST_KEY]


class FoldedField(models.TextField):
    """What other fields of the row say, made comparable by `how` whenever the row is saved.

    `QuerySet.update` does not go through it: whoever changes a source so has to save.
    """

    def __init__(self, *sources: str, how: Callable[[str], str] = fold, **options: Any) -> None:
        self.sources, self.how = sources, how
        options.update(editable=False, default="")
        super().__init__(**options)

    def deconstruct(self) -> Any:
        name, path, _, options = super().deconstruct()
        del options["editable"], options["default"]
        return name, path, self.sources, {**options, "how": self.how}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = self.how("\n".join(getattr(model_instance, source) for source in self.sources))
        setattr(model_instance, self.attname, value)
        return value
