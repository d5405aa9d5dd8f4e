"""What a name may be made of, and what counts as an empty message."""

import unicodedata

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from eclipse.text import is_blank, tidy, validate_plain_text
from rooms.forms import MessageForm, RoomForm
from rooms.validators import MAX_BODY_LENGTH, validate_body


def is_welcome(name: str) -> bool:
    try:
        validate_plain_text(name)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    "name",
    [
        "Night Owls",
        "Ночные совы",
        "夜のフクロウ",
        "밤 부엉이",
        "بوم الليل",
        "ינשופי לילה",
        "रात के उल्लू",
        "Łódź · №1 (50 %)",
        "café",
        "cafe\u0301",
        "Việt Nam",
        "¡Olé!",
        "don't “quote” me…",
        "price: 5 €",
        "a\u00a0b",
        "",
    ],
)
def test_any_script_is_welcome_in_a_name(name: str) -> None:
    assert is_welcome(name)


@pytest.mark.parametrize(
    "name",
    [
        "🌘",
        "❤️",
        "👍🏽",
        "👩‍💻",
        "👩🏽‍💻",
        "👨‍👩‍👧‍👦",
        "🏳️‍🌈",
        "🏴‍☠️",
        "👩‍⚕️",
        "🧑‍🤝‍🧑",
        "🙂‍↔️",
        "🐻‍❄️",
        "1️⃣",
        "#️⃣",
        "©️",
        "🇷🇺",
        "🏴󠁧󠁢󠁳󠁣󠁴󠁿",
        # Newer than the tables of the oldest Python that Eclipse runs on.
        "🩷",
        "🫨",
        "🐦‍🔥",
    ],
)
def test_an_emoji_is_welcome_whatever_it_is_joined_from(name: str) -> None:
    assert is_welcome(name)
    assert is_welcome(f"The {name} room")


@pytest.mark.parametrize(
    ("name", "trick"),
    [
        ("ali\u200bce", "zero-width space"),
        ("ali\u200cce", "zero-width non-joiner"),
        ("ali\u200dce", "zero-width joiner"),
        ("\u200dalice", "joiner at the beginning"),
        ("👩\u200d", "joiner at the end"),
        ("👩\u200dx", "joiner before a letter"),
        ("x\u200d👩", "joiner after a letter"),
        ("👩\u200d\u200d👩", "two joiners"),
        ("ali\u2060ce", "word joiner"),
        ("\ufeffalice", "byte order mark"),
        ("ali\u00adce", "soft hyphen"),
        ("ali\u034fce", "grapheme joiner"),
        ("ecila\u202e", "right-to-left override"),
        ("\u2066alice\u2069", "isolates"),
        ("alice\u200f", "right-to-left mark"),
        ("\u061calice", "Arabic letter mark"),
        ("alice\ufe0f", "variation selector after a letter"),
        ("\ufe0f\ufe0f", "nothing but variation selectors"),
        ("葛\U000e0100", "ideographic variation selector"),
        ("alice\u180b", "Mongolian variation selector"),
        ("\u3164\u3164", "Hangul filler"),
        ("\u115f\u1160", "Hangul fillers"),
        ("\uffa0\uffa0", "half-width Hangul filler"),
        ("\u2800\u2800", "Braille blank"),
        ("\u17b4\u17b5", "Khmer vowels that draw nothing"),
        ("al\x00ice", "NUL"),
        ("al\x07ice", "bell"),
        ("al\nice", "new line"),
        ("al\x1b[31mice", "escape"),
        ("al\x85ice", "next line"),
        ("al\u2028ice", "line separator"),
        ("al\ue000ice", "private use"),
        ("al\uffffice", "noncharacter"),
        ("al\U000e0061ice", "tag letter"),
        ("🏴\U000e0061\U000e0062\U000e007f", "a flag of nowhere that hides a text"),
        ("al\u0378ice", "unassigned"),
        ("al\ud800ice", "half a surrogate pair"),
        ("a\u0300\u0301\u0302\u0303", "Zalgo"),
    ],
    ids=lambda value: value if value.isascii() and value.isprintable() else "",
)
def test_what_cannot_be_seen_is_not_welcome(name: str, trick: str) -> None:
    assert not is_welcome(name)


@settings(deadline=None)
@given(st.text(max_size=40))
def test_no_name_that_is_let_in_is_invisible(name: str) -> None:
    kept = tidy(name)
    if kept and is_welcome(kept):
        assert not is_blank(kept)
        assert tidy(kept) == kept
        assert not any(unicodedata.category(each) in {"Cc", "Zl", "Zp", "Cs"} for each in kept)


def test_a_name_is_kept_composed_and_without_blanks_to_spare() -> None:
    assert tidy("  cafe\u0301 \t\u2003 au \u00a0 lait\n") == "café au lait"
    form = RoomForm({"name": " Cafe\u0301  Noir ", "description": "one\r\ntwo", "visibility": "public"})
    assert form.is_valid()
    assert form.cleaned_data == {"name": "Café Noir", "description": "one two", "visibility": "public"}


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_refused_name_is_explained_in_the_readers_language(language: str) -> None:
    with translation.override(language):
        form = RoomForm({"name": "ali\u202ece", "visibility": "public"})
        words = {"en": "Use visible characters only.", "ru": "Здесь можно только видимые символы."}
        assert form.errors["name"] == [words[language]]


@pytest.mark.parametrize(
    "body",
    ["x", ".", "🌘", "\u200bx", "&", "&amp;", "&#8203", "&nbsp", "`&#8203;`", "\ufe0f1", "**", "\u202eabc", "> "],
)
def test_a_message_with_anything_to_see_is_no_empty_one(body: str) -> None:
    validate_body(body)
    assert MessageForm({"body": body}).is_valid()


@pytest.mark.parametrize(
    "body",
    ["", " ", "\t\n\u3000", "\u200b", "\u2800\u3164", "\ufeff", "\x01\x02", "&#x200b;", "&ZeroWidthSpace;", "&nbsp; "],
)
def test_a_message_of_nothing_to_see_is_empty(body: str) -> None:
    assert is_blank(body)
    assert MessageForm({"body": body}).errors["body"] == ["Write something first."]


def test_four_thousand_characters_are_enough() -> None:
    assert MessageForm({"body": "🌘" * MAX_BODY_LENGTH}).is_valid()
    for over, words in ((1, "1 character too long"), (2, "2 characters too long")):
        errors = MessageForm({"body": "🌘" * (MAX_BODY_LENGTH + over)}).errors["body"]
        assert errors == [f"The message is {words}: at most 4,000 are allowed."]


def test_a_message_keeps_its_blanks_and_ends_its_lines_in_one_way() -> None:
    form = MessageForm({"body": "\r\n    one\r\ntwo\rthree  \n\n"})
    assert form.is_valid()
    assert form.cleaned_data["body"] == "    one\ntwo\nthree  "
