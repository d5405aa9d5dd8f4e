"""RTP packets (RFC 3550) and their header extensions (RFC 8285), read where they lie in a buffer."""

import struct
from dataclasses import dataclass

from voice.media.vp8 import Descriptor

HEADER = struct.Struct("!BBHII")
HEADER_BYTES = 12
EXTENSION = struct.Struct("!HH")
ONE_BYTE = 0xBEDE
VERSION = 0x80
MARKER = 0x80
# Sequence numbers and timestamps wrap.
SEQUENCES = 0xFFFF
TIMESTAMPS = 0xFFFFFFFF


class Malformed(Exception):
    """A packet that is none."""


@dataclass(slots=True)
class Packet:
    """One packet of a known section, its payload a copy that may be kept."""

    marker: bool
    sequence: int
    timestamp: int
    payload: bytes
    # Loudness below full scale in dB, 0 to 127, where the sender told it.
    level: int | None = None
    # Of a picture.
    descriptor: Descriptor | None = None


def extension(view: memoryview, size: int, wanted: int) -> bytes | None:
    """The value of a header extension, or None where the packet has none of that number. Raises `Malformed`."""
    first = view[0]
    if not first & 0x10:
        return None
    start, end = extensions(view, size)
    while start < end:
        head = view[start]
        start += 1
        # 0 is padding, 15 ends it all.
        if not head:
            continue
        number, length = head >> 4, (head & 15) + 1
        if number == 15 or start + length > end:
            return None
        if number == wanted:
            return bytes(view[start : start + length])
        start += length
    return None


def extensions(view: memoryview, size: int) -> tuple[int, int]:
    """Where the header extensions of one byte begin and end; the payload begins there. Raises `Malformed`."""
    start = HEADER_BYTES + 4 * (view[0] & 15)
    if start + 4 > size:
        raise Malformed
    profile, words = EXTENSION.unpack_from(view, start)
    start += 4
    end = start + 4 * words
    if end > size:
        raise Malformed
    return (start if profile == ONE_BYTE else end), end


def payload_bounds(view: memoryview, size: int) -> tuple[int, int]:
    """Where the payload begins and ends. Raises `Malformed`."""
    first = view[0]
    start = extensions(view, size)[1] if first & 0x10 else HEADER_BYTES + 4 * (first & 15)
    end = size - view[size - 1] if first & 0x20 else size
    if start > end:
        raise Malformed
    return start, end


def is_newer(one: int, other: int) -> bool:
    """Whether a sequence number comes after another, both having wrapped who knows how often."""
    return 0 < (one - other) & SEQUENCES < 0x8000
