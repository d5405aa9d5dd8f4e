"""A lane for pictures, which leaves out temporal layers where the line is weak."""

import random
from collections.abc import Sequence

from voice.media.aiortc_seam import Line
from voice.media.lane import Lane
from voice.media.rtp import MARKER, SEQUENCES, TIMESTAMPS, VERSION, Packet
from voice.media.sections import VP8, VP8_RTX, Section
from voice.media.shifts import Shift, Shifts
from voice.media.stream import Stream
from voice.media.video_stream import LAYERS, VideoStream
from voice.media.vp8 import Descriptor

HIGHEST = LAYERS - 1


class VideoLane(Lane):
    """Begins with a whole picture, and keeps the numbers of pictures even as it keeps those of packets."""

    def __init__(self, section: Section, line: Line) -> None:
        super().__init__(section, line)
        self.rtx = random.getrandbits(32) or 1
        # Whether the other side takes retransmissions as RTX.
        self.takes_rtx = False
        # The highest layer that the line carries; None where it carries no picture.
        self.wanted: int | None = HIGHEST
        self._layer = HIGHEST
        self._shifts = Shifts(0, 0, 0)
        # The picture that is being left out, the last that was sent, and the shift of the lowest layer's numbers.
        self._left_out: int | None = None
        self._picture = random.getrandbits(14)
        self._layer_zero = random.getrandbits(8)
        self._layer_zero_shift = 0
        self._newest = 0
        self._rtx_sequence = random.getrandbits(15)

    @property
    def rates(self) -> Sequence[int]:
        """The bits a second that its layers need, each with those below it."""
        return self.stream.rates if isinstance(self.stream, VideoStream) else (0,) * LAYERS

    @property
    def paused(self) -> bool:
        return self.stream is not None and self.wanted is None

    def put(self, stream: Stream | None) -> None:
        super().put(stream)
        self.wanted = HIGHEST
        if stream is not None:
            stream.want_picture()

    def want(self, layer: int | None) -> None:
        """Send layers up to this one, or none."""
        if layer is None:
            self.rejoin()
        elif self.wanted is None and self.stream is not None:
            self.stream.want_picture()
        self.wanted = layer

    def carry(self, packet: Packet) -> None:
        descriptor = packet.descriptor
        assert descriptor is not None and self.stream is not None
        if self.wanted is None:
            return
        if not self._joined:
            if not descriptor.is_key:
                self.stream.want_picture()
                return
            self._join(packet, descriptor)
        if descriptor.begins and self._layer != self.wanted:
            self._choose_layer(descriptor)
        if descriptor.layer > self._layer:
            new = descriptor.picture != self._left_out
            self._left_out = descriptor.picture
            self._shifts.leave_out(packet.sequence, int(new))
            return
        shift = self._shifts.now
        self._picture = descriptor.picture + shift.picture
        if descriptor.layer_zero is not None:
            self._layer_zero = descriptor.layer_zero + self._layer_zero_shift
        self._series.reach(
            packet.sequence + shift.sequence & SEQUENCES,
            packet.timestamp + self._series.timestamp_shift & TIMESTAMPS,
            self.stream.series.at,
        )
        self._send(packet, shift)

    def _join(self, packet: Packet, descriptor: Descriptor) -> None:
        assert self.stream is not None and self.wanted is not None
        series = self._series
        series.join(packet.sequence, packet.timestamp, self.stream.series.at)
        self._shifts = Shifts(packet.sequence, series.sequence_shift, self._picture + 1 - descriptor.picture)
        if descriptor.layer_zero is not None:
            self._layer_zero_shift = self._layer_zero + 1 - descriptor.layer_zero
        self._joined, self._layer = True, self.wanted

    def _choose_layer(self, descriptor: Descriptor) -> None:
        """Lower layers need none above them: down goes at once, up where a frame needs none that was left out."""
        assert self.wanted is not None
        if self.wanted < self._layer or descriptor.is_key:
            self._layer = self.wanted
        elif descriptor.is_sync and descriptor.layer == self._layer + 1:
            self._layer += 1

    def _send(self, packet: Packet, shift: Shift) -> None:
        assert packet.descriptor is not None
        self.packets += 1
        self.octets += len(packet.payload)
        self._line.send_rtp(
            VERSION,
            VP8 | MARKER if packet.marker else VP8,
            packet.sequence + shift.sequence & SEQUENCES,
            packet.timestamp + self._series.timestamp_shift & TIMESTAMPS,
            self.ssrc,
            packet.payload,
            packet.descriptor.shifted(shift.picture, self._layer_zero_shift),
        )

    def catch_up(self, packet: Packet) -> None:
        if self._joined and packet.descriptor is not None and packet.descriptor.layer <= self._layer:
            shift = self._shifts.of(packet.sequence)
            if shift is not None:
                self._send(packet, shift)

    def repeat(self, sequence: int) -> None:
        if self.stream is None or not self._joined:
            return
        original = self._shifts.sent_as(sequence)
        packet = None if original is None else self.stream.kept(original)
        shift = None if packet is None else self._shifts.of(packet.sequence)
        if packet is None or shift is None:
            return
        self.repeated += 1
        if not self.takes_rtx:
            self._send(packet, shift)
            return
        assert packet.descriptor is not None
        head = packet.descriptor.shifted(shift.picture, self._layer_zero_shift)
        self._rtx_sequence = self._rtx_sequence + 1 & SEQUENCES
        self._line.send_rtp(
            VERSION,
            VP8_RTX | MARKER if packet.marker else VP8_RTX,
            self._rtx_sequence,
            packet.timestamp + self._series.timestamp_shift & TIMESTAMPS,
            self.rtx,
            sequence.to_bytes(2, "big") + head + packet.payload[len(head) :],
        )
