"""Whole numbers as addresses, forms and sockets bring them: read in one way, wherever they come in."""

# The largest that the databases store.
MAX_ID = 2**63 - 1
LONGEST = len(str(MAX_ID))


def number_in(text: str) -> int | None:
    """The number that plain digits spell; `None` for anything else, and for one that no column can hold.

    Python reads more than that as a number: other scripts' digits, underscores, blanks, a sign.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST):
        return None
    number = int(text)
    return number if number <= MAX_ID else None
