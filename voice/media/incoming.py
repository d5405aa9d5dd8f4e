"""One section that a person sends on."""

import asyncio
from collections.abc import Callable

from voice.engine import CallLimits, Source
from voice.media import rtcp
from voice.media.budget import Budget
from voice.media.reception import Reception
from voice.media.rtp import Packet
from voice.media.sections import AUDIO, CLOCKS, VIDEO, Section
from voice.media.stream import Stream, unheard

# One request for a whole picture in so many seconds: each costs the sender, and so everybody, many bits.
PICTURE_SECONDS = 0.5
# Packets a second: Opus at its shortest frames, and a picture that comes again whole.
MOST_PACKETS = {AUDIO: 150, VIDEO: 1000}
# How far above its limit a sender may be for a second.
TOLERANCE = 2.5
# How many times a camera's bits a screen may have.
SCREEN_TIMES = 3
# A source that has sent nothing for so long is off.
OFF_SECONDS = 2.0


class Incoming:
    """Takes a section's packets to its stream, and asks for those that are missing.

    `say` sends RTCP to the person; `own` is the SSRC by which this side speaks.
    """

    def __init__(self, section: Section, stream: Stream, own: int, say: Callable[[bytes], None]) -> None:
        self.section = section
        self.stream = stream
        self.ssrc = 0
        # Until its connection is the person's, another one feeds the stream.
        self.active = False
        # Whether lost packets can be asked for.
        self.repairs = False
        # The bits a second that are allowed, and what came.
        self.most = 0
        self.octets = 0
        # Of the packets that came, how many were reported on.
        self.reported = 0
        # Packets that were above what is allowed.
        self.excess = 0
        self.reception = Reception(CLOCKS[section.kind])
        self._at = 0.0
        self._packets = Budget(MOST_PACKETS[section.kind])
        self._octets = Budget(0)
        self._own = own
        self._say = say
        self._loop = asyncio.get_running_loop()
        self._asked_at = 0.0
        self._asking: asyncio.TimerHandle | None = None

    def limit(self, limits: CallLimits) -> None:
        """Hold the sender to this from now on."""
        if self.section.kind == AUDIO:
            self.most = limits.bitrate
        else:
            self.most = limits.video_bitrate * (SCREEN_TIMES if self.section.source == Source.SCREEN else 1)
        self._octets.most = int(self.most * TOLERANCE / 8)

    def is_on(self, now: float) -> bool:
        """Whether something comes."""
        return now - self._at < OFF_SECONDS

    def take(self, packet: Packet, now: float, *, again: bool = False) -> bool:
        """Pass a packet on, or a retransmission of one that was sent `again`; whether some before it are missing."""
        size = len(packet.payload)
        self._at = now
        self.octets += size
        missing = False
        if again:
            self.reception.repair(packet.sequence)
        else:
            missing = self.reception.take(packet.sequence, packet.timestamp, now)
        if not self._packets.take(1, now) or not self._octets.take(size, now):
            self.excess += 1
            return False
        if self.active and size:
            self.stream.take(packet, now)
        elif self.active and not again:
            # Padding, by which a sender tries what the line carries.
            self.stream.skip(packet)
        if missing and self.repairs:
            return self.ask(now)
        return False

    def ask(self, now: float) -> bool:
        """Ask for what is missing; whether anything still is."""
        due = self.reception.due(now)
        if due:
            self._say(rtcp.missing(self._own, self.ssrc, due))
        return bool(self.reception.missing)

    def begin(self, ssrc: int) -> None:
        """What comes next is of another SSRC."""
        self.ssrc, self.reception = ssrc, Reception(CLOCKS[self.section.kind])
        self.reported = 0
        self.stream.begin()

    def activate(self) -> None:
        """Let this connection be the one that feeds the stream."""
        self.active = True
        self.stream.begin()
        self.stream.want_picture = self.ask_picture

    def ask_picture(self) -> None:
        """Ask for a whole picture: at once, or as soon as it may be asked for again."""
        if not self.ssrc or self._asking is not None:
            return
        wait = self._asked_at + PICTURE_SECONDS - self._loop.time()
        if wait > 0:
            self._asking = self._loop.call_later(wait, self._ask_picture)
        else:
            self._ask_picture()

    def _ask_picture(self) -> None:
        self._asking, self._asked_at = None, self._loop.time()
        self._say(rtcp.picture(self._own, self.ssrc))

    def stop(self) -> None:
        """Let nothing through any more."""
        if self.active:
            self.active = False
            self.stream.want_picture = unheard
        if self._asking is not None:
            self._asking.cancel()
