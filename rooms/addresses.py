"""Addresses that nobody can come upon: of private rooms, and of channels for moderators alone (docs/adr/0014).

Such an address ends in a key. Without one, whoever asks for an address that is taken would learn that something is
there of which they may not know.
"""

import re
import secrets

# Neither vowels, so that no key is a word, nor what is mistaken for something else when it is read out.
LETTERS = "bcdfghjkmnpqrstvwxz23456789"
# 47 bits: at a thousand tries a second somebody would have to ask for four thousand years.
KEY_LENGTH = 10
KEY = re.compile(rf"-?[{LETTERS}]{{{KEY_LENGTH}}}$")
# What is left of a slug's 50 characters.
LONGEST_WORDS = 39


def words_of(address: str) -> str:
    """What somebody chose of an address: all of it but the key."""
    return KEY.sub("", address)


def unguessable(asked: str, current: str = "") -> str:
    """The words of `asked` with the key of `current`, or with a new one where that has none."""
    key = KEY.search(current)
    words = words_of(asked)[:LONGEST_WORDS].rstrip("-")
    return f"{words}-{key[0].lstrip('-') if key else _new_key()}".lstrip("-")


def changed(current: str, asked: str, *, was_hidden: bool, is_hidden: bool) -> str:
    """The address of something at `current` for which `asked` is asked: with a key as long as not all may know of it.

    Whatever becomes hidden gets a new key, for its old address is known; what is hidden already keeps its key.
    """
    if not is_hidden:
        return asked
    if not was_hidden:
        return unguessable(asked)
    return current if words_of(asked) == words_of(current) else unguessable(asked, current)


def _new_key() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(KEY_LENGTH))
