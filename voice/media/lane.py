"""A lane: one of the streams that a person is sent, whoever is on it."""

import random

from voice.media.aiortc_seam import Line
from voice.media.rtcp import SenderReport
from voice.media.rtp import TIMESTAMPS, Packet
from voice.media.sections import CLOCKS, Section
from voice.media.series import Series
from voice.media.stream import Stream


class Lane:
    """Carries what is on it under numbers of its own, which go on evenly from one person to the next."""

    # The SSRC of retransmissions, where they have one of their own (RFC 4588).
    rtx = 0

    def __init__(self, section: Section, line: Line) -> None:
        self.mid = section.mid
        self.kind = section.kind
        self.ssrc = random.getrandbits(32) or 1
        self.stream: Stream | None = None
        # Whether the answer takes it.
        self.accepted = False
        # Counted for sender reports and for the line's quality.
        self.packets = 0
        self.octets = 0
        self.repeated = 0
        # Of the packets, how many the other side has reported on.
        self.reported = 0
        self._line = line
        self._series = Series(CLOCKS[section.kind])
        self._joined = False

    def put(self, stream: Stream | None) -> None:
        """Let this stream be what the lane carries from now on; None clears it."""
        if self.stream is not None:
            self.stream.lanes.remove(self)
        self.stream = stream
        self._joined = False
        if stream is not None and self.accepted:
            stream.lanes.append(self)

    def rejoin(self) -> None:
        """Take what comes next for the beginning."""
        self._joined = False

    def carry(self, packet: Packet) -> None:
        raise NotImplementedError

    def catch_up(self, packet: Packet) -> None:
        raise NotImplementedError

    def repeat(self, sequence: int) -> None:
        """Send a packet again that was lost, if it is still kept."""
        raise NotImplementedError

    def report(self, ntp: int, now: float) -> SenderReport:
        """What the lane has sent, and its timestamp of now; only while it carries something."""
        assert self.stream is not None
        source, series = self.stream.series, self._series
        timestamp = source.timestamp + series.timestamp_shift + round((now - source.at) * CLOCKS[self.kind])
        return SenderReport(self.ssrc, ntp, timestamp & TIMESTAMPS, self.packets, self.octets)
