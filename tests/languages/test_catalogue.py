"""That the Russian catalogue is whole, and kept in step with code and templates."""

import io
import re
import shutil
import subprocess
import sys
from collections import Counter
from gettext import GNUTranslations
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from tests.conftest import ROOT

CATALOGUE = ROOT / "locale" / "ru" / "LC_MESSAGES" / "django.po"
COMPILED = CATALOGUE.with_suffix(".mo")


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="ru")


def strings_of(message: Message) -> tuple[str, ...]:
    return tuple(message.string) if message.pluralizable else (message.string,)


def ids_of(message: Message) -> tuple[str, ...]:
    return tuple(message.id) if message.pluralizable else (message.id,)


def test_every_string_is_translated_and_none_is_a_guess(catalogue: Catalog) -> None:
    assert len(catalogue) > 200
    assert [message.id for message in catalogue if message.id and not all(strings_of(message))] == []
    assert [message.id for message in catalogue if message.id and message.fuzzy] == []
    assert not catalogue.obsolete


def test_every_plural_has_the_three_forms_of_russian(catalogue: Catalog) -> None:
    assert catalogue.num_plurals == 3
    for message in catalogue:
        if message.pluralizable:
            assert len(strings_of(message)) == 3, message.id


def test_placeholders_and_tags_are_those_of_the_english(catalogue: Catalog) -> None:
    assert [(message.id, errors) for message, errors in catalogue.check() for errors in [list(errors)] if errors] == []
    for message in catalogue:
        if not message.id:
            continue
        wanted = ids_of(message)[-1]
        for string in strings_of(message):
            for pattern in (r"%\(\w+\)[sd]", r"</?\w+>"):
                assert Counter(re.findall(pattern, string)) == Counter(re.findall(pattern, wanted)), message.id


def test_the_words_keep_to_the_manner(catalogue: Catalog) -> None:
    """The rules of docs/translating.md that a machine can see."""
    for message in catalogue:
        for string in strings_of(message) if message.id else ():
            assert "!" not in string, string
            assert not re.search(r'"|\s-\s|\.\.\.', string), string
            assert not re.search(r"\b(вы|вас|вам|вами|ваш\w*)\b", string), string
            assert string.endswith(".") == ids_of(message)[0].endswith("."), string


def test_the_compiled_catalogue_is_that_of_its_source(catalogue: Catalog) -> None:
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    expected, committed = GNUTranslations(compiled), GNUTranslations(COMPILED.open("rb"))
    assert {key: text for key, text in committed._catalog.items() if key} == {
        key: text for key, text in expected._catalog.items() if key
    }
    assert [committed.plural(number) for number in range(200)] == [expected.plural(number) for number in range(200)]


def test_the_catalogue_holds_what_the_code_and_the_templates_say(catalogue: Catalog, tmp_path: Path) -> None:
    if shutil.which("xgettext") is None:
        pytest.skip("GNU gettext is not installed")
    copied = {"accounts", "bin", "eclipse", "locale", "rooms", "templates", "voice", "manage.py"}
    for name in sorted(copied):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy(source, tmp_path / name)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    subprocess.run([tmp_path / "bin" / "messages"], check=True, capture_output=True)
    with (tmp_path / CATALOGUE.relative_to(ROOT)).open("rb") as file:
        found = read_po(file, locale="ru")
    assert {(each.context, each.id) for each in found} == {(each.context, each.id) for each in catalogue}, (
        "run bin/messages, and translate what it lists"
    )
