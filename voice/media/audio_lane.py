"""A lane for voices."""

from voice.media.lane import Lane
from voice.media.rtp import MARKER, SEQUENCES, TIMESTAMPS, VERSION, Packet
from voice.media.sections import OPUS
from voice.media.stream import Stream


class AudioLane(Lane):
    """Carries whatever its stream forwards: so its numbers are the stream's, shifted."""

    # The stream's number of the first packet that the lane carried of it.
    _first = 0

    def put(self, stream: Stream | None) -> None:
        if self.stream is not None and self._joined:
            self._series.follow(self.stream.series)
        super().put(stream)

    def carry(self, packet: Packet) -> None:
        marker = packet.marker
        if not self._joined:
            assert self.stream is not None
            self._joined, self._first, marker = True, packet.sequence, True
            self._series.join(packet.sequence, packet.timestamp, self.stream.series.at)
        self.packets += 1
        self.octets += len(packet.payload)
        self._send(packet, marker)

    def _send(self, packet: Packet, marker: bool) -> None:
        self._line.send_rtp(
            VERSION,
            OPUS | MARKER if marker else OPUS,
            packet.sequence + self._series.sequence_shift & SEQUENCES,
            packet.timestamp + self._series.timestamp_shift & TIMESTAMPS,
            self.ssrc,
            packet.payload,
        )

    def catch_up(self, packet: Packet) -> None:
        if self._joined and (packet.sequence - self._first) & SEQUENCES < 0x8000:
            self.packets += 1
            self._send(packet, packet.marker)

    def repeat(self, sequence: int) -> None:
        if self.stream is None or not self._joined:
            return
        packet = self.stream.kept(sequence - self._series.sequence_shift & SEQUENCES)
        if packet is not None and (packet.sequence - self._first) & SEQUENCES < 0x8000:
            self.repeated += 1
            self._send(packet, packet.marker)
