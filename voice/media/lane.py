"""A lane: one of the streams that a person is sent, whoever is on it."""

import random

from voice.media.aiortc_seam import Line
from voice.media.rtcp import SenderReport
from voice.media.rtp import MARKER, SEQUENCES, TIMESTAMPS, VERSION
from voice.media.sections import CLOCKS, OPUS, VIDEO, Section
from voice.media.series import Series
from voice.media.stream import Stream


class Lane:
    """Carries what is on it under numbers of its own, which go on evenly from one person to the next."""

    payload_type = OPUS

    def __init__(self, section: Section, line: Line) -> None:
        self.mid = section.mid
        self.kind = section.kind
        self.ssrc = random.getrandbits(32) or 1
        # Retransmissions of video have an SSRC of their own (RFC 4588).
        self.rtx = random.getrandbits(32) or 1 if section.kind == VIDEO else 0
        self.stream: Stream | None = None
        # Counted for sender reports and for the line's quality.
        self.packets = 0
        self.octets = 0
        self.repeated = 0
        self._line = line
        self._series = Series(CLOCKS[section.kind])
        self._joined = False

    def put(self, stream: Stream | None) -> None:
        """Let this stream be what the lane carries from now on; None clears it."""
        if self.stream is not None:
            self.stream.lanes.remove(self)
            if self._joined:
                self._series.follow(self.stream.series)
        self.stream = stream
        self._joined = False
        if stream is not None:
            stream.lanes.append(self)

    def carry(self, sequence: int, timestamp: int, marker: bool, payload: bytes) -> None:
        """Send a packet of the stream's."""
        series = self._series
        if not self._joined:
            assert self.stream is not None
            self._joined, marker = True, True
            series.join(sequence, timestamp, self.stream.series.at)
        self.packets += 1
        self.octets += len(payload)
        self._line.send_rtp(
            VERSION,
            self.payload_type | MARKER if marker else self.payload_type,
            sequence + series.sequence_shift & SEQUENCES,
            timestamp + series.timestamp_shift & TIMESTAMPS,
            self.ssrc,
            payload,
        )

    def repeat(self, sequence: int) -> bool:
        """Send a packet again that was lost; whether it was still kept."""
        if self.stream is None or not self._joined:
            return False
        series = self._series
        kept = self.stream.kept(sequence - series.sequence_shift & SEQUENCES)
        if kept is None:
            return False
        _, timestamp, marker, payload = kept
        self.repeated += 1
        kind = self.payload_type | MARKER if marker else self.payload_type
        timestamp = timestamp + series.timestamp_shift & TIMESTAMPS
        self._line.send_rtp(VERSION, kind, sequence, timestamp, self.ssrc, payload)
        return True

    def report(self, ntp: int, now: float) -> SenderReport:
        """What the lane has sent, and its timestamp of now; only while it carries something."""
        assert self.stream is not None
        source, series = self.stream.series, self._series
        timestamp = source.timestamp + series.timestamp_shift + round((now - source.at) * CLOCKS[self.kind])
        return SenderReport(self.ssrc, ntp, timestamp & TIMESTAMPS, self.packets, self.octets)
