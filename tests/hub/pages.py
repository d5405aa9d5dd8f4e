"""Open pages as the hub sees them, and what the stories about it do again and again."""

import asyncio
from collections.abc import Callable
from typing import Any

from eclipse.hub import Hub, Socket

SECONDS = 30


class Page:
    """An open page as the hub sees it: keeps the frames that it was sent; stops reading when told to."""

    def __init__(self) -> None:
        self.frames: list[str] = []
        self.commands: list[tuple[str, dict[str, Any]]] = []
        self.evicted = 0
        self.socket: Socket
        self._news = asyncio.Event()
        self._reads = asyncio.Event()
        self._reads.set()

    async def send(self, message: dict[str, Any]) -> None:
        await self._reads.wait()
        assert message["type"] == "websocket.send"
        self.frames.append(message["text"])
        self._news.set()

    def evict(self) -> None:
        self.evicted += 1
        self._news.set()

    def on_command(self, socket: Socket, name: str, data: dict[str, Any]) -> None:
        assert socket is self.socket
        self.commands.append((name, data))
        self._news.set()

    def stop_reading(self) -> None:
        self._reads.clear()

    def read_on(self) -> None:
        self._reads.set()

    @property
    def text(self) -> str:
        return "".join(self.frames)

    async def until(self, holds: Callable[["Page"], object]) -> None:
        async with asyncio.timeout(SECONDS):
            while not holds(self):
                self._news.clear()
                await self._news.wait()

    async def reads(self, text: str) -> None:
        await self.until(lambda page: text in page.text)


class Broken(Page):
    """A page whose connection is gone: sending raises, in the first step or after waiting."""

    def __init__(self, at_once: bool) -> None:
        super().__init__()
        self.at_once = at_once
        self.tries = 0

    async def send(self, message: dict[str, Any]) -> None:
        self.tries += 1
        if not self.at_once:
            await asyncio.sleep(0)
        raise OSError("gone")


async def open_page(hub: Hub, *topics: str, page: Page | None = None) -> Page:
    page = page or Page()
    page.socket = hub.connect(page.send, topics, page.evict, on_command=page.on_command)
    await hub.settled()
    return page


def redis_layer(url: str) -> dict[str, Any]:
    backend = "channels_redis.pubsub.RedisPubSubChannelLayer"
    return {"default": {"BACKEND": backend, "CONFIG": {"hosts": [url], "prefix": "eclipse-tests"}}}


async def turns(count: int = 5) -> None:
    """Let everything run that is due now."""
    for _ in range(count):
        await asyncio.sleep(0)
