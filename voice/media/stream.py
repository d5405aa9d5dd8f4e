"""What one person sends of one source, numbered evenly, on its way to the lanes that carry it."""

from collections.abc import Callable
from typing import Protocol

from voice.engine import Source
from voice.media.rtp import SEQUENCES, TIMESTAMPS, Packet
from voice.media.sections import CLOCKS, KINDS
from voice.media.series import Series

# As many packets are kept to be sent again: 5 s of sound, 4 s of a camera. A power of two.
HISTORY = 256
# A sender that jumps further has begun anew.
LARGEST_GAP = 1000
# What has brought nothing for so long costs nothing.
IDLE_SECONDS = 2.0


class Carrier(Protocol):
    """A lane, as a stream sees it."""

    def carry(self, packet: Packet) -> None:
        """Send the next packet on, its numbers shifted onto the lane's own."""

    def catch_up(self, packet: Packet) -> None:
        """Send on a packet that comes late, if the lane carried those around it."""

    def rejoin(self) -> None:
        """Take what comes next for the beginning."""


def unheard() -> None:
    """A wish that nobody can answer now."""


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
        # The share of its packets that got lost on the way here.
        self.lost_share = 0.0
        # Asks the sender for a whole picture.
        self.want_picture: Callable[[], None] = unheard
        self.series = Series(CLOCKS[self.kind])
        self._history: list[Packet | None] = [None] * HISTORY
        # The newest number that came in, and the one behind which nothing is let through: packets were left out since.
        self._newest: int | None = None
        self._from = 0
        self._held = False

    def is_idle(self, now: float) -> bool:
        """Whether nothing of it was passed on lately."""
        return now - self.series.at > IDLE_SECONDS

    def begin(self) -> None:
        """What comes next is numbered anew: another connection, or another SSRC."""
        self._newest = None

    def restart(self) -> None:
        """What is forwarded now has nothing to do with what was before."""

    def take(self, packet: Packet, now: float) -> None:
        """Pass a packet on, or leave it out."""
        raise NotImplementedError

    def skip(self, packet: Packet) -> None:
        """Leave out a packet."""
        if self._newest is not None and (packet.sequence - self._newest) & SEQUENCES < LARGEST_GAP:
            self._newest = packet.sequence
            self._held = True

    def forward(self, packet: Packet, now: float) -> None:
        """Send a packet to every lane, under the stream's own numbers."""
        series, newest, sequence, late = self.series, self._newest, packet.sequence, False
        ahead = LARGEST_GAP if newest is None else (sequence - newest) & SEQUENCES
        if 0 < ahead < LARGEST_GAP:
            self._newest = sequence
            if self._held:
                # The timestamps have gone on meanwhile, as time has.
                self._held, self._from, packet.marker = False, sequence, True
                series.sequence_shift = series.sequence + 1 - sequence & SEQUENCES
        elif newest is not None and (not ahead or SEQUENCES - ahead < LARGEST_GAP):
            # It was overtaken, or sent again.
            late = True
            if self._held or (sequence - self._from) & SEQUENCES >= LARGEST_GAP:
                return
        else:
            self.restart()
            self._held, self._from, self._newest, packet.marker = False, sequence, sequence, True
            series.join(sequence, packet.timestamp, now)
        packet.sequence = sequence = sequence + series.sequence_shift & SEQUENCES
        packet.timestamp = packet.timestamp + series.timestamp_shift & TIMESTAMPS
        if late:
            if self.kept(sequence) is None:
                self._history[sequence % HISTORY] = packet
                for lane in self.lanes:
                    lane.catch_up(packet)
            return
        series.reach(sequence, packet.timestamp, now)
        self._history[sequence % HISTORY] = packet
        for lane in self.lanes:
            lane.carry(packet)

    def kept(self, sequence: int) -> Packet | None:
        """A packet that was forwarded under this number, while it is kept."""
        found = self._history[sequence % HISTORY]
        return found if found is not None and found.sequence == sequence else None
