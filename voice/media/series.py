"""Sequence numbers and timestamps that go on evenly while what they number comes from one place after another."""

import random

from voice.media.rtp import SEQUENCES, TIMESTAMPS


class Series:
    """An outgoing series; what comes in is `shift`ed onto it.

    The shifts are looked up by whoever sends: one call a packet would be a tenth of what a packet costs.
    """

    __slots__ = ("_clock", "at", "sequence", "sequence_shift", "timestamp", "timestamp_shift")

    def __init__(self, clock: int) -> None:
        self._clock = clock
        self.at = 0.0
        # The last that went out. In the lower half: a series that wraps while it is new breaks SRTP.
        self.sequence = random.getrandbits(15)
        self.timestamp = random.getrandbits(32)
        self.sequence_shift = 0
        self.timestamp_shift = 0

    def join(self, sequence: int, timestamp: int, now: float) -> None:
        """Let a packet of these numbers be the next: one sequence number on, and as much later as it really is."""
        elapsed = round((now - self.at) * self._clock) if self.at else 0
        self.sequence_shift = self.sequence + 1 - sequence & SEQUENCES
        self.timestamp_shift = self.timestamp + max(1, elapsed) - timestamp & TIMESTAMPS

    def reach(self, sequence: int, timestamp: int, now: float) -> None:
        """Note what went out last."""
        self.sequence, self.timestamp, self.at = sequence, timestamp, now

    def follow(self, source: "Series") -> None:
        """Note that what `source` sent last went out here, shifted as it was."""
        self.sequence = source.sequence + self.sequence_shift & SEQUENCES
        self.timestamp = source.timestamp + self.timestamp_shift & TIMESTAMPS
        self.at = source.at
