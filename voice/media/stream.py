"""What one person sends of one source, numbered evenly, on its way to the lanes that carry it."""

from collections.abc import Callable
from typing import Protocol

from voice.engine import Source
from voice.media.rtp import SEQUENCES, TIMESTAMPS, Packet
from voice.media.sections import CLOCKS, KINDS
from voice.media.series import Series

# As many packets are kept to be sent again: 4 s of sound, 2 s of a camera. A power of two.
HISTORY = 256
# A sender that jumps further has begun anew.
LARGEST_GAP = 1000

Kept = tuple[int, int, bool, bytes]


class Carrier(Protocol):
    """A lane, as a stream sees it."""

    def carry(self, sequence: int, timestamp: int, marker: bool, payload: bytes) -> None:
        """Send a packet on, its numbers shifted onto the lane's own."""


class Stream:
    """A source of a person's; it outlasts their connections, and their SSRCs.

    What is not forwarded leaves no gap in the numbers, what was lost on the way here does.
    """

    def __init__(self, user: int, source: Source) -> None:
        self.user = user
        self.source = source
        self.kind = KINDS[source]
        self.lanes: list[Carrier] = []
        # Whether its packets may be passed on at all.
        self.allowed = True
        # Asks the sender for a whole picture.
        self.want_picture: Callable[[], None] = lambda: None
        self.series = Series(CLOCKS[self.kind])
        self._history: list[Kept | None] = [None] * HISTORY
        # The newest number that came in, and the one behind which nothing is let through: packets were left out since.
        self._newest: int | None = None
        self._from = 0
        self._held = False

    def begin(self) -> None:
        """What comes next is numbered anew: another connection, or another SSRC."""
        self._newest = None

    def take(self, packet: Packet, now: float) -> None:
        """Pass a packet on, or leave it out."""
        raise NotImplementedError

    def skip(self, sequence: int) -> None:
        """Leave out a packet."""
        if self._newest is not None and (sequence - self._newest) & SEQUENCES < LARGEST_GAP:
            self._newest = sequence
            self._held = True

    def forward(self, sequence: int, timestamp: int, marker: bool, payload: bytes, now: float) -> None:
        """Send a packet to every lane."""
        series, newest = self.series, self._newest
        ahead = LARGEST_GAP if newest is None else (sequence - newest) & SEQUENCES
        if ahead < LARGEST_GAP:
            self._newest = sequence
            if self._held:
                # The timestamps have gone on meanwhile, as time has.
                self._held, self._from, marker = False, sequence, True
                series.sequence_shift = series.sequence + 1 - sequence & SEQUENCES
        elif newest is not None and SEQUENCES - ahead < LARGEST_GAP:
            # Late: it was overtaken, or sent again.
            if self._held or (sequence - self._from) & SEQUENCES >= LARGEST_GAP:
                return
        else:
            self._held, self._from, self._newest, marker = False, sequence, sequence, True
            series.join(sequence, timestamp, now)
        sequence = sequence + series.sequence_shift & SEQUENCES
        timestamp = timestamp + series.timestamp_shift & TIMESTAMPS
        if (sequence - series.sequence) & SEQUENCES < LARGEST_GAP:
            series.reach(sequence, timestamp, now)
        self._history[sequence % HISTORY] = (sequence, timestamp, marker, payload)
        for lane in self.lanes:
            lane.carry(sequence, timestamp, marker, payload)

    def kept(self, sequence: int) -> Kept | None:
        """A packet that was forwarded under this number, while it is kept."""
        found = self._history[sequence % HISTORY]
        return found if found is not None and found[0] == sequence else None
