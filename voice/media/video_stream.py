"""A person's picture: their camera, or their screen."""

from voice.engine import Source
from voice.media.rtp import Packet
from voice.media.stream import Stream
from voice.media.vp8 import read_descriptor

LAYERS = 3
RATE_SECONDS = 1.0


class VideoStream(Stream):
    """A camera or a screen; `rates` are the bits a second of its temporal layers, each with those below it."""

    def __init__(self, user: int, source: Source) -> None:
        super().__init__(user, source)
        self.rates = [0] * LAYERS
        self._octets = [0] * LAYERS
        self._measured = 0.0

    def take(self, packet: Packet, now: float) -> None:
        """Forward a packet."""
        if not self.allowed:
            self.begin()
            return
        packet.descriptor = read_descriptor(packet.payload)
        if packet.descriptor is None:
            self.skip(packet)
            return
        self._octets[min(packet.descriptor.layer, LAYERS - 1)] += len(packet.payload)
        if now - self._measured >= RATE_SECONDS:
            self.measure(now)
        self.forward(packet, now)

    def restart(self) -> None:
        for lane in self.lanes:
            lane.rejoin()

    def measure(self, now: float) -> None:
        """Bring the rates up to date."""
        seconds, self._measured = now - self._measured, now
        below = 0.0
        for layer, octets in enumerate(self._octets):
            below += octets * 8 / seconds
            # A measurement that stands for more than its second: the sender was away.
            self.rates[layer] = round(below)
        self._octets = [0] * LAYERS
