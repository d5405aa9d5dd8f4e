"""One section that a person sends on."""

from collections.abc import Callable
from time import monotonic

from voice.media import rtcp
from voice.media.reception import Reception
from voice.media.rtp import Packet
from voice.media.sections import CLOCKS, Section
from voice.media.stream import Stream

# One request for a whole picture in so many seconds: each costs the sender, and so everybody, many bits.
PICTURE_SECONDS = 0.5


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
        self.reception = Reception(CLOCKS[section.kind])
        self._own = own
        self._say = say
        self._asked_picture = 0.0

    def take(self, packet: Packet, now: float) -> bool:
        """Pass a packet on; whether some before it are missing."""
        missing = self.reception.take(packet.sequence, packet.timestamp, now)
        if self.active:
            self.stream.take(packet, now)
        if missing and self.repairs:
            self.ask(now)
            return True
        return False

    def ask(self, now: float) -> bool:
        """Ask for what is missing; whether anything still is."""
        due = self.reception.due(now)
        if due:
            self._say(rtcp.missing(self._own, self.ssrc, due))
        return bool(self.reception.missing)

    def activate(self) -> None:
        """Let this connection be the one that feeds the stream."""
        self.active = True
        self.stream.begin()
        self.stream.want_picture = self.ask_picture

    def ask_picture(self) -> None:
        """Ask for a whole picture, unless that was done just now."""
        now = monotonic()
        if self.ssrc and now - self._asked_picture >= PICTURE_SECONDS:
            self._asked_picture = now
            self._say(rtcp.picture(self._own, self.ssrc))
