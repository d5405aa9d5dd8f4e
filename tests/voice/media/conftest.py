"""People who talk through the real media server, in one process."""

from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

import pytest
from hypothesis import settings

from tests.voice.talker import Talker
from tests.voice.waiting import SECONDS, until
from voice.engine import Allowance, Ended, Event, LanesChanged, Offer, Source
from voice.media.engine import Capacity, MediaEngine
from voice.media.member import Member

# A machine that does something else meanwhile says nothing of a rule.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

E = TypeVar("E")
HERE = "127.0.0.1"
EVERYTHING = Allowance()


class Table:
    """A media server, those who talk through it, and what it tells of them."""

    def __init__(self, **capacity: Any) -> None:
        self.engine = MediaEngine(Capacity(address=HERE, **capacity))
        self.events: list[Event] = []
        self.engine.listen(self.events.append)
        self.users: dict[str, int] = {}
        self._talkers: list[Talker] = []

    async def offer(self, name: str, *, channel: int = 1, allowance: Allowance = EVERYTHING, **how: Any) -> Offer:
        """Somebody joins, or joins again."""
        user = self.users.setdefault(name, len(self.users) + 1)
        return await self.engine.join(channel=channel, session=name, user=user, allowance=allowance, **how)

    async def sit(self, name: str, *, sends: bool = True, **how: Any) -> Talker:
        """Somebody joins, or joins again, and is connected."""
        offer = await self.offer(name, **how)
        talker = self.talker()
        await self.engine.answer(session=name, number=offer.number, sdp=await talker.answer(offer.sdp, sends=sends))
        await talker.connected()
        return talker

    def talker(self) -> Talker:
        talker = Talker()
        self._talkers.append(talker)
        return talker

    def told(self, kind: type[E]) -> list[E]:
        """The events of one kind, in their order."""
        return [event for event in self.events if isinstance(event, kind)]

    def ended(self, name: str) -> str | None:
        """Why a session is over, once it is."""
        return next((event.reason for event in self.told(Ended) if event.session == name), None)

    def lanes(self, name: str) -> dict[str, tuple[str, Source, bool]]:
        """Who is on somebody's lanes, as they were told last: name, source and whether it is paused, by mid."""
        names = {user: name for name, user in self.users.items()}
        told = [event for event in self.told(LanesChanged) if event.session == name]
        lanes = told[-1].lanes if told else []
        return {
            lane.mid: (names[lane.user], lane.source, lane.paused)
            for lane in lanes
            if lane.user is not None and lane.source is not None
        }

    def lane_of(self, listener: str, speaker: str, source: Source = Source.MICROPHONE) -> str:
        """The lane on which somebody hears or sees somebody."""
        return next(mid for mid, (name, what, _) in self.lanes(listener).items() if (name, what) == (speaker, source))

    def member(self, name: str) -> Member:
        return self.engine._homes[name].members[name]

    async def until(self, holds: Callable[[], object], seconds: float = SECONDS) -> None:
        """Wait until something holds."""
        await until(holds, seconds)

    async def clear(self) -> None:
        for talker in self._talkers:
            await talker.close()
        await self.engine.close()


@pytest.fixture
async def lay() -> AsyncIterator[Callable[..., Table]]:
    """Lays a table with another capacity: `lay(audio_lanes=1)`."""
    tables: list[Table] = []

    def make(**capacity: Any) -> Table:
        tables.append(Table(**capacity))
        return tables[-1]

    yield make
    for table in tables:
        await table.clear()


@pytest.fixture
def table(lay: Callable[..., Table]) -> Table:
    return lay()
