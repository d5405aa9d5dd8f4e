"""Who is on which lane: the same as long as lanes suffice, and the loudest where they do not.

Plain rules, without a packet or a connection in them.
"""

from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

# Decibels by which a newcomer must be louder than whoever has a lane and talks, and how long a lane is theirs at least.
LOUDER = 6
HOLD_SECONDS = 2.0


class Voiced(Protocol):
    """How loud somebody is: decibels below full scale, and until when they count as heard."""

    loudness: float
    audible_until: float


class Heard(Protocol):
    """Somebody who may be put on an audio lane."""

    has_priority: bool

    @property
    def voice(self) -> Voiced: ...


T = TypeVar("T")
H = TypeVar("H", bound=Heard)


class Seats(Generic[T]):
    """The lanes of one kind that one person has, and what is on each."""

    def __init__(self, count: int) -> None:
        self.taken: list[T | None] = [None] * count
        # Since when each is as it is.
        self._since = [0.0] * count

    def find(self, somebody: T) -> int | None:
        for seat, other in enumerate(self.taken):
            if other is somebody:
                return seat
        return None

    def put(self, seat: int, somebody: T | None, now: float) -> None:
        self.taken[seat] = somebody
        self._since[seat] = now

    def free(self) -> int | None:
        """The free lane that has been so for longest: whoever had one last finds it again if they come back soon."""
        free = [seat for seat, somebody in enumerate(self.taken) if somebody is None]
        return min(free, key=self._since.__getitem__) if free else None


class AudioSeats(Seats[H]):
    """Audio lanes: for whoever is heard."""

    def choose(self, newcomer: H, now: float) -> int | None:
        """The lane on which to put somebody who has none and is heard; None where they must wait for one."""
        free = self.free()
        if free is not None:
            return free
        others = [(seat, somebody) for seat, somebody in enumerate(self.taken) if somebody is not None]
        silent = [(seat, somebody) for seat, somebody in others if somebody.voice.audible_until < now]
        if silent:
            return min(silent, key=lambda taken: taken[1].voice.audible_until)[0]
        yielding = [(seat, somebody) for seat, somebody in others if not somebody.has_priority]
        if not yielding:
            return None
        seat, quietest = max(yielding, key=lambda taken: taken[1].voice.loudness)
        if newcomer.has_priority:
            return seat
        louder = quietest.voice.loudness - newcomer.voice.loudness >= LOUDER
        return seat if louder and now - self._since[seat] >= HOLD_SECONDS else None


class VideoSeats(Seats[T]):
    """Video lanes: for the pictures that somebody wants to see."""

    def arrange(self, wanted: Sequence[T], now: float) -> None:
        """Put the first of `wanted` on lanes, as many as there are, and let those who have one keep it."""
        wanted = wanted[: len(self.taken)]
        for seat, somebody in enumerate(self.taken):
            if somebody is not None and not any(somebody is one for one in wanted):
                self.put(seat, None, now)
        for one in wanted:
            if self.find(one) is None:
                free = self.free()
                assert free is not None, "no more are wanted than there are lanes"
                self.put(free, one, now)
