"""People with a page at a voice channel, from the socket's door on."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from accounts.models import User
from rooms.models import Channel
from tests.factories import make_member, make_user
from tests.rooms.conftest import Harbour
from tests.rooms.sockets.pages import SECONDS, Page, do
from voice.state import voice_state


class Caller(Page):
    """A voice channel's page: what it hears, message by message."""

    def __init__(self, channel_id: int | str, user: User | None) -> None:
        super().__init__(f"/ws/voice/{channel_id}/", user)
        self.heard: list[dict[str, Any]] = []
        self._unread: list[dict[str, Any]] = []

    async def open(self) -> None:
        accepted, code = await self.socket.connect(timeout=SECONDS)
        if not accepted:
            self.code = code

    async def asks(self, kind: str, **fields: Any) -> None:
        """Send a message to the server."""
        await self.says(json.dumps({"type": kind, **fields}))

    async def joins(self, **fields: Any) -> dict[str, Any]:
        """Join, and answer the offer as a browser does; the welcome."""
        await self.asks("join", **fields)
        welcome = await self.told("welcome")
        offer = await self.told("offer")
        await self.asks("answer", number=offer["number"], sdp="answer")
        await self.told("lanes")
        return welcome

    async def told(self, kind: str, **fields: Any) -> dict[str, Any]:
        """The next message of this type in which these fields are so; whatever came before it is passed over."""
        async with asyncio.timeout(SECONDS):
            while True:
                while self._unread:
                    message = self._unread.pop(0)
                    if message["type"] == kind and all(message[name] == value for name, value in fields.items()):
                        return message
                assert self.code is None, f"closed with {self.code} before {kind!r} {fields} came: {self.heard}"
                await self._listen()

    async def _listen(self) -> None:
        event = await self.socket.receive_output(2 * SECONDS)
        if event["type"] == "websocket.close":
            self.code = event.get("code", 1000)
            return
        assert event["text"].endswith("\n"), event["text"]
        for line in event["text"].splitlines():
            message = json.loads(line)
            self.heard.append(message)
            self._unread.append(message)

    def types(self) -> list[str]:
        return [message["type"] for message in self.heard]


Call = Callable[..., Awaitable[Caller]]


async def here(channel: Channel) -> list[int]:
    """The people who are in the channel, as every page shows it."""
    return [each.user for each in (await do(voice_state().in_channels)([channel.pk])).of(channel.pk)]


async def until_here(channel: Channel, *users: User) -> None:
    async with asyncio.timeout(SECONDS):
        while await here(channel) != [user.pk for user in users]:
            await do(lambda: None)()


def member(stored: Harbour, username: str) -> User:
    """One more who belongs to the harbour."""
    user = make_user(username)
    make_member(stored.room, user)
    return user
