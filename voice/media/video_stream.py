"""A person's picture: their camera, or their screen."""

from voice.media.rtp import Packet
from voice.media.stream import Stream


class VideoStream(Stream):
    """A camera or a screen."""

    def take(self, packet: Packet, now: float) -> None:
        """Forward a packet."""
        if not self.allowed:
            self.skip(packet.sequence)
            return
        self.forward(packet.sequence, packet.timestamp, packet.marker, packet.payload, now)
