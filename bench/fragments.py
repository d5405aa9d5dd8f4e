"""What the benchmarks publish: an envelope as the project's pages get it, stamped with the time of publishing."""

import time
from collections.abc import Iterator

MARK = '<hx-push event="bench"'
STAMP = len(MARK) + len(' t="')
DIGITS = 20
SIZE = 200


def fragment(size: int = SIZE) -> str:
    """An envelope of `size` bytes that says when, on this machine's monotonic clock in nanoseconds, it was made."""
    return f'{MARK} t="{time.monotonic_ns():0{DIGITS}d}"><p>'.ljust(size - 14, "x") + "</p></hx-push>"


def ages(payload: bytes, now: int) -> Iterator[float]:
    """The seconds that each of the fragments in a frame was old at the time `now`."""
    at = payload.find(MARK.encode())
    while at >= 0:
        yield (now - int(payload[at + STAMP : at + STAMP + DIGITS])) / 1e9
        at = payload.find(MARK.encode(), at + STAMP)
