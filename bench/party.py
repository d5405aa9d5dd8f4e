"""People who talk and film at the pace of real ones, and hear when each packet comes."""

import asyncio
import time
from dataclasses import dataclass, field

from bench.load import percentile
from voice.media.aiortc_seam import Line

SOUND_BYTES = 80
SOUND_PER_SECOND = 50
OPUS, VP8 = 111, 96
# A camera of 500 kb/s: 25 frames a second, of two packets each.
PICTURE_BYTES = 1250
PICTURES_PER_SECOND = 25
PACKETS_PER_PICTURE = 2
# VP8's descriptor with the number of the picture and its layer, and the first byte of a picture that is whole: each
# is, so that nobody has to wait for one.
HEAD_BYTES = 7
TIME_BYTES = 8
SLOTS = 20


@dataclass
class Ear:
    """Counts what everybody hears, and how late."""

    open: bool = False
    sounds: int = 0
    pictures: int = 0
    ages: list[int] = field(default_factory=list)

    def hear(self, view: memoryview, size: int) -> None:
        if not self.open:
            return
        now, at = time.monotonic_ns(), 12 + 4 * (view[0] & 15)
        if view[0] & 0x10:
            at += 4 + 4 * int.from_bytes(view[at + 2 : at + 4], "big")
        if view[1] & 0x7F == OPUS:
            self.sounds += 1
        else:
            self.pictures += 1
            at += HEAD_BYTES
        self.ages.append(now - int.from_bytes(view[at : at + TIME_BYTES], "big"))


@dataclass
class Mouth:
    """Who sends, and under which SSRCs."""

    line: Line
    sound: int = 0
    picture: int = 0
    # With DTX a silent microphone sends a packet each 400 ms.
    silent: bool = False
    level: int = 30
    sequence: int = 0


@dataclass
class Heard:
    """What came of what was sent."""

    sent: int
    loss: float
    p50: float
    p99: float
    seconds: float


class Party:
    """Sends for everybody in `mouths`, evenly spread over time. `mouths` may grow meanwhile."""

    def __init__(self, ear: Ear) -> None:
        self.mouths: list[Mouth] = []
        self.ear = ear
        # It goes on for as long as they are there: what has been sent under a number is not taken under it again.
        self._frame = 0

    async def go_on(self, seconds: float, *, hears: int = 0) -> Heard:
        """Talk for so long; `hears` is how many people hear each packet, 0 where nobody counts."""
        loop = asyncio.get_running_loop()
        started, sent = loop.time(), 0
        self.ear.open = bool(hears)
        self.ear.sounds = self.ear.pictures = 0
        self.ear.ages.clear()
        for frame in range(int(seconds * SOUND_PER_SECOND)):
            for slot in range(SLOTS):
                await asyncio.sleep(max(started + frame / SOUND_PER_SECOND + slot / 1000 - loop.time(), 0))
                for mouth in self.mouths[slot::SLOTS]:
                    sent += self._speak(mouth, slot)
            self._frame += 1
        took = loop.time() - started
        # What is under way still arrives.
        await asyncio.sleep(0.5)
        self.ear.open = False
        heard, ages = self.ear.sounds + self.ear.pictures, self.ear.ages or [0]
        loss = max(0.0, 1 - heard / (sent * hears)) if sent * hears else 0.0
        return Heard(sent, loss, percentile(ages, 0.5) / 1e6, percentile(ages, 0.99) / 1e6, took)

    def _speak(self, mouth: Mouth, slot: int) -> int:
        sent, frame = 0, self._frame
        if mouth.sound and (not mouth.silent or (frame + slot) % 20 == 0):
            payload = time.monotonic_ns().to_bytes(TIME_BYTES, "big") + bytes(SOUND_BYTES - TIME_BYTES)
            # The loudness, in a header extension of its own.
            extension = b"\xbe\xde\0\1\x20" + bytes([mouth.level]) + b"\0\0"
            mouth.sequence = mouth.sequence + 1 & 0xFFFF
            mouth.line.send_rtp(0x90, OPUS, mouth.sequence, frame * 960 & 0xFFFFFFFF, mouth.sound, extension + payload)
            sent += not mouth.silent and mouth.level < 127
        if mouth.picture and (frame + slot) % 2 == 0:
            number = frame // 2
            for part in range(PACKETS_PER_PICTURE):
                head = (b"\x80\xe0" if part else b"\x90\xe0") + (number & 0x7FFF | 0x8000).to_bytes(2, "big")
                payload = head.ljust(HEAD_BYTES, b"\0") + time.monotonic_ns().to_bytes(TIME_BYTES, "big")
                mouth.line.send_rtp(
                    0x80,
                    VP8 | (0x80 if part else 0),
                    number * PACKETS_PER_PICTURE + part & 0xFFFF,
                    number * 3600 & 0xFFFFFFFF,
                    mouth.picture,
                    payload.ljust(PICTURE_BYTES, b"\0"),
                )
                sent += 1
        return sent
