"""The descriptor in front of a VP8 payload (RFC 7741, 4.2): where a frame begins, and which temporal layer it is of."""

from dataclasses import dataclass

EXTENDED, START, PARTITION = 0x80, 0x10, 0x0F
PICTURE, LAYER_ZERO, LAYER, KEY_INDEX = 0x80, 0x40, 0x20, 0x10
LONG = 0x80
# A layer that may be entered here: the frame needs none of its layer before it.
SYNC = 0x20


@dataclass(slots=True)
class Descriptor:
    """What a packet says of its frame."""

    # Whether the frame begins with this packet, and whether it is a whole picture.
    begins: bool
    is_key: bool
    # How many bits the number of the picture has, 0 where it has none.
    bits: int = 0
    picture: int = 0
    # The number of the last picture of the lowest layer, or None.
    layer_zero: int | None = None
    # The temporal layer: each needs those below it, and none above.
    layer: int = 0
    is_sync: bool = False
    # The descriptor itself.
    head: bytes = b""

    def shifted(self, picture: int, layer_zero: int) -> bytes:
        """The descriptor with its numbers shifted by so much."""
        if not self.bits and self.layer_zero is None:
            return self.head
        head, at = bytearray(self.head), 2
        if self.bits == 15:
            head[at : at + 2] = (LONG << 8 | (self.picture + picture & 0x7FFF)).to_bytes(2, "big")
        elif self.bits == 7:
            head[at] = self.picture + picture & 0x7F
        at += (self.bits + 1) // 8
        if self.layer_zero is not None:
            head[at] = self.layer_zero + layer_zero & 0xFF
        return bytes(head)


def read_descriptor(payload: bytes) -> Descriptor | None:
    """The descriptor of a payload; None where there is none."""
    try:
        return _read(payload)
    except IndexError:
        return None


def _read(payload: bytes) -> Descriptor:
    first, at = payload[0], 1
    begins = first & (START | PARTITION) == START
    found = Descriptor(begins, False)
    if first & EXTENDED:
        flags, at = payload[1], 2
        if flags & PICTURE:
            found.bits, found.picture = 7, payload[at] & 0x7F
            at += 1
            if payload[at - 1] & LONG:
                found.bits, found.picture = 15, found.picture << 8 | payload[at]
                at += 1
        if flags & LAYER_ZERO:
            found.layer_zero = payload[at]
            at += 1
        if flags & (LAYER | KEY_INDEX):
            if flags & LAYER:
                found.layer, found.is_sync = payload[at] >> 6, bool(payload[at] & SYNC)
            at += 1
    # The first bit of the frame itself (RFC 6386, 9.1).
    found.is_key = begins and not payload[at] & 1
    found.head = payload[:at]
    return found
