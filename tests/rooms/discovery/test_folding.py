"""What is searched alike, and which names pass for each other."""

import pytest

from eclipse.folding import fold, look


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("ПОЛНОЧЬ", "полночь"),
        ("елка", "Ёлка"),
        ("pokemon", "Pokémon"),
        ("STRASSE", "Straße"),
        ("ＡＮＹ％", "any%"),
        ("late   games", " Late\tGames "),
        ("йод", "\u0438\u0306од"),
    ],
)
def test_people_type_it_so_and_mean_the_same(typed: str, written: str) -> None:
    assert fold(typed) == fold(written)


@pytest.mark.parametrize(
    ("real", "passing_for_it"),
    [
        ("Counter-Strike 2", "counter strike 2"),
        ("Counter-Strike 2", "Cоuntеr-Strіkе 2"),  # with Cyrillic о, е and і
        ("Valorant", "VaIorant"),  # a capital I for an l
        ("Dota 2", "D0TA2"),
        ("Rust", "R u s t !"),
        ("S.T.A.L.K.E.R. 2", "stalker 2"),
    ],
)
def test_these_look_the_same(real: str, passing_for_it: str) -> None:
    assert look(real) == look(passing_for_it)


@pytest.mark.parametrize(("one", "other"), [("Rust", "Dust"), ("Dota", "Dota 2"), ("Ведьмак", "Ведьмак 3"), ("!", "?")])
def test_these_do_not(one: str, other: str) -> None:
    assert look(one) != look(other)


def test_a_key_is_short_enough_for_an_index() -> None:
    assert len(look("\ufdfa" * 50)) <= 100
