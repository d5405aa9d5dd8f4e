"""Who is talking, by the loudness that clients tell with each packet (RFC 6464).

A client can tell what it likes: so this decides what is shown, and who gets a lane only where lanes are short.
"""

# Decibels below full scale. Speech is at 20 to 45, a quiet room at 65 and more.
TALKING, AUDIBLE = 50, 65
# Whoever tells nothing is taken for somebody who talks while they send.
UNTOLD = 40
# A click is no speech: so many packets of 20 ms must be loud, and a pause between words is no end of it.
LOUD_PACKETS = 3
PAUSE_SECONDS = 0.7
AUDIBLE_SECONDS = 1.2
SMOOTHING = 0.1


class Voice:
    """How loud somebody is."""

    __slots__ = ("_loud", "audible_until", "loudness", "talking_until")

    def __init__(self) -> None:
        self.loudness = 127.0
        self.audible_until = 0.0
        self.talking_until = 0.0
        self._loud = 0

    def hear(self, level: int | None, now: float) -> None:
        """Take in the loudness of a packet."""
        if level is None:
            level = UNTOLD
        self.loudness += (level - self.loudness) * SMOOTHING
        if level > AUDIBLE:
            self._loud = 0
            return
        self.audible_until = now + AUDIBLE_SECONDS
        if level <= TALKING:
            self._loud += 1
            if self._loud >= LOUD_PACKETS:
                self.talking_until = now + PAUSE_SECONDS

    def hush(self) -> None:
        """They may not be heard any more."""
        self.audible_until = self.talking_until = 0.0
        self._loud = 0
