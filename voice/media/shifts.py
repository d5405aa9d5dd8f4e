"""Which shift a packet's numbers got on their way through a lane that leaves packets out."""

from collections import deque
from dataclasses import dataclass

from voice.media.rtp import SEQUENCES

# A change each time that packets are left out; older ones belong to packets that are not kept any more.
MOST = 128


@dataclass(slots=True)
class Shift:
    """What was added to the numbers of the packets from `first` on."""

    first: int
    sequence: int
    picture: int


class Shifts:
    """The shifts of a series of packets, of which some were left out without leaving a gap."""

    def __init__(self, first: int, sequence: int, picture: int) -> None:
        self._all = deque([Shift(first, sequence, picture)], MOST)

    @property
    def now(self) -> Shift:
        """That of the next packet."""
        return self._all[-1]

    def leave_out(self, sequence: int, pictures: int) -> None:
        """The packet `sequence`, the newest, is not sent, and so many pictures less are."""
        now = self.now
        after = Shift(sequence + 1 & SEQUENCES, now.sequence - 1 & SEQUENCES, now.picture - pictures)
        if now.first == sequence:
            # Nothing was sent since the last was left out.
            self._all[-1] = after
        else:
            self._all.append(after)

    def of(self, sequence: int) -> Shift | None:
        """That of a packet that came late; None where it was left out, or is too old."""
        after: Shift | None = None
        for shift in reversed(self._all):
            if (sequence - shift.first) & SEQUENCES < 0x8000:
                # What was left out would get a number that a packet after it has.
                taken = after is not None and (sequence + shift.sequence - after.first - after.sequence) & SEQUENCES
                return shift if after is None or taken >= 0x8000 else None
            after = shift
        return None

    def sent_as(self, out: int) -> int | None:
        """The number of the packet that was sent under the number `out`; None where it is too old."""
        for shift in reversed(self._all):
            if (out - shift.first - shift.sequence) & SEQUENCES < 0x8000:
                return out - shift.sequence & SEQUENCES
        return None
