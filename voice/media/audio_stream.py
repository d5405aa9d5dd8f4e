"""A person's sound: what of it is heard by others, and when they are talking."""

from collections.abc import Callable

from voice.engine import Source
from voice.media.rtp import Packet
from voice.media.speaking import Voice
from voice.media.stream import Stream

# Opus says with a packet of so few bytes that silence begins (RFC 6716, 2.1.9).
SILENCE_BYTES = 2
# Whoever found no free lane asks again after so long.
SEAT_SECONDS = 0.2


class AudioStream(Stream):
    """A microphone, or a screen's sound.

    `seat` is called when it is heard and has not been put on everybody's lanes yet; it tells whether it is now.
    """

    def __init__(self, user: int, source: Source, seat: Callable[["AudioStream", float], bool]) -> None:
        super().__init__(user, source)
        self.voice = Voice()
        self.has_priority = False
        # Whether there are more people than lanes: then only who is audible is forwarded.
        self.crowded = False
        self.seated = False
        self._seat = seat
        self._seat_at = 0.0
        self._silent = False

    def take(self, packet: Packet, now: float) -> None:
        """Forward a packet, unless it is silence: nobody needs to be sent that again and again."""
        payload = packet.payload
        silent = len(payload) <= SILENCE_BYTES
        if not self.allowed or (silent and self._silent):
            self.skip(packet)
            return
        self._silent = silent
        if not silent:
            self.voice.hear(packet.level, now)
            if self.crowded and self.voice.audible_until < now:
                self.skip(packet)
                return
            if not self.seated and self._seat_at <= now:
                self.seated = self._seat(self, now)
                if not self.seated:
                    self._seat_at = now + SEAT_SECONDS
        self.forward(packet, now)
