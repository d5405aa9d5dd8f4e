"""What counts as a number in an address, a form or a frame."""

import pytest

from eclipse.numbers import MAX_ID, number_in


@pytest.mark.parametrize("text", ["0", "7", "007", "12345", str(MAX_ID)])
def test_plain_digits_are_a_number(text: str) -> None:
    assert number_in(text) == int(text)


@pytest.mark.parametrize(
    "text",
    ["", " ", "-1", "+1", " 1", "1\n", "1.0", "1_0", "0x10", "١٢", "²", "a", "\x00", str(MAX_ID + 1), "9" * 5000],
)
def test_anything_else_is_none(text: str) -> None:
    assert number_in(text) is None
