"""People who talk through the real media server, in one process."""

from collections.abc import AsyncIterator
from typing import Any, TypeVar

import pytest

from tests.voice.talker import Talker
from voice.engine import Allowance, Event
from voice.media.engine import Capacity, MediaEngine

E = TypeVar("E")
HERE = "127.0.0.1"
EVERYTHING = Allowance()


class Table:
    """A media server, those who talk through it, and what it tells of them."""

    def __init__(self, **capacity: Any) -> None:
        self.engine = MediaEngine(Capacity(address=HERE, **capacity))
        self.events: list[Event] = []
        self.engine.listen(self.events.append)
        self.people: dict[str, Talker] = {}
        self.users: dict[str, int] = {}

    async def sit(self, name: str, *, channel: int = 1, allowance: Allowance = EVERYTHING, **how: Any) -> Talker:
        """Somebody joins, or joins again, and is connected."""
        talker = Talker()
        user = self.users.setdefault(name, len(self.users) + 1)
        offer = await self.engine.join(channel=channel, session=name, user=user, allowance=allowance)
        await self.engine.answer(session=name, number=offer.number, sdp=await talker.answer(offer.sdp, **how))
        self.people[name] = talker
        await talker.connected()
        return talker

    def told(self, kind: type[E]) -> list[E]:
        """The events of one kind, in their order."""
        return [event for event in self.events if isinstance(event, kind)]

    async def clear(self) -> None:
        for talker in self.people.values():
            await talker.close()
        await self.engine.close()


@pytest.fixture
async def table() -> AsyncIterator[Table]:
    table = Table()
    yield table
    await table.clear()
