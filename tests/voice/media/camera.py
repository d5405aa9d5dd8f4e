"""A camera that films nothing: VP8 frames in three temporal layers, as browsers send them with L1T3."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from tests.voice.talker import Heard, Talker
from voice.engine import Source

VP8 = 96
# Layers of four frames, and which of them need nothing but the lowest layer.
LAYERS = (0, 2, 1, 2)
SYNC = (False, True, True, False)


@dataclass(frozen=True)
class Frame:
    """A frame as a receiver has it: the numbers that its packets bear."""

    picture: int
    layer_zero: int
    layer: int
    is_key: bool
    body: bytes


def read_frame(payload: bytes) -> Frame:
    """The frame that a packet of a `Camera`'s begins or goes on with."""
    assert payload[0] & 0x80 and payload[1] == 0xE0, "X; I, L and T"
    picture = int.from_bytes(payload[2:4], "big") & 0x7FFF
    return Frame(picture, payload[4], payload[5] >> 6, not payload[6] & 1, payload[6:])


def frames(packets: Sequence[Heard]) -> list[Frame]:
    """The frames whose first packets these are."""
    pictures = [packet.payload for packet in packets if packet.payload_type == VP8]
    return [read_frame(payload) for payload in pictures if payload[0] & 0x10]


class Camera:
    """Films for a talker; answers requests for a whole picture with the next frame."""

    def __init__(self, talker: Talker, source: Source = Source.CAMERA) -> None:
        self.talker = talker
        self.source = source
        self.filmed: list[Frame] = []
        self._picture = random.getrandbits(14)
        self._layer_zero = random.getrandbits(7)
        self._answered = -1
        self._phase = 0

    async def film(self, count: int = 1, *, packets: int = 1, size: int = 200) -> None:
        """Send so many frames, of so many packets each."""
        for _ in range(count):
            asked = self.talker.asked["picture"]
            is_key = asked > self._answered
            if is_key:
                self._answered, self._phase = asked, 0
            layer, sync = LAYERS[self._phase], SYNC[self._phase]
            self._phase = (self._phase + 1) % len(LAYERS)
            self._picture = (self._picture + 1) & 0x7FFF
            if layer == 0:
                self._layer_zero = (self._layer_zero + 1) & 0xFF
            numbers = (self._picture | 0x8000).to_bytes(2, "big") + bytes([self._layer_zero, layer << 6 | sync << 5])
            body = bytes([0 if is_key else 1]) + b"%d " % self._picture
            payloads = [
                bytes([0x90 if index == 0 else 0x80, 0xE0]) + numbers + body + bytes([index]) * size
                for index in range(packets)
            ]
            self.filmed.append(read_frame(payloads[0]))
            await self.talker.say(*payloads, source=self.source)

    @asynccontextmanager
    async def filming(self, *, seconds: float = 1 / 30, **how: Any) -> AsyncIterator[None]:
        """Film on and on."""

        async def roll() -> None:
            while True:
                await self.film(**how)
                await asyncio.sleep(seconds)

        task = asyncio.create_task(roll())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
