"""Serves the real Eclipse as `eclipse.server` does, and publishes on demand: `python -m bench.server <control socket>`.

The control socket takes one JSON order a line and answers each with one line:
{"do": "flood", "topic", "seconds", "outstanding"}: fragments at full speed, at most so many of them not written yet;
{"do": "pace", "topic", "seconds", "per_second"}: fragments at a steady pace;
{"do": "fill", "topics", "bytes"}: so many bytes, all different, to each of these topics, a fragment every 10 ms.
"""

import asyncio
import json
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from bench.fragments import MARK, fragment
from eclipse import server
from eclipse.hub import hub

FILL_SIZE = 50_000


class Ear:
    """The last socket of a topic, inside the server: what it has heard has been written to all others."""

    def __init__(self) -> None:
        self.heard = 0
        self._news = asyncio.Event()

    async def send(self, message: dict[str, Any]) -> None:
        self.heard += message["text"].count(MARK)
        self._news.set()

    async def has_heard(self, count: int) -> None:
        while self.heard < count:
            self._news.clear()
            await self._news.wait()


@asynccontextmanager
async def listening(topic: str) -> AsyncIterator[Ear]:
    ear = Ear()
    socket = hub.connect(ear.send, {topic}, lambda: None)
    try:
        yield ear
    finally:
        hub.disconnect(socket)


async def flood(topic: str, seconds: float, outstanding: int, size: int) -> dict[str, float]:
    async with listening(topic) as ear:
        published, started = 0, time.monotonic()
        while time.monotonic() - started < seconds:
            hub.publish(topic, fragment(size))
            published += 1
            if published % outstanding == 0:
                # Half of them may still be on their way: the hub never runs dry.
                await ear.has_heard(published - outstanding // 2)
        await ear.has_heard(published)
        return {"published": published, "started": started, "seconds": time.monotonic() - started}


async def pace(topic: str, seconds: float, per_second: float, size: int) -> dict[str, float]:
    loop, count = asyncio.get_running_loop(), int(seconds * per_second)
    started = loop.time()
    for number in range(count):
        await asyncio.sleep(started + number / per_second - loop.time())
        hub.publish(topic, fragment(size))
    return {"published": count}


async def fill(topics: list[str], amount: int) -> dict[str, float]:
    for number in range(amount // FILL_SIZE):
        for topic in topics:
            hub.publish(topic, f"<!--{topic} {number}-->".ljust(FILL_SIZE, "x"))
        await asyncio.sleep(0.01)
    return {"left": sum(topic in hub.local_topics("user.") for topic in topics)}


ORDERS: dict[str, Callable[..., Awaitable[dict[str, float]]]] = {"flood": flood, "pace": pace, "fill": fill}


async def obey(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while line := await reader.readline():
        order = json.loads(line)
        answer = await ORDERS[order.pop("do")](**order)
        writer.write(json.dumps(answer).encode() + b"\n")
        await writer.drain()


class ControlledServer(server.Server):
    """The product's server, and beside it the control socket."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self.control = await asyncio.start_unix_server(obey, sys.argv[1])
        await super().startup(sockets)


if __name__ == "__main__":
    os.sched_setaffinity(0, {0})
    server.Server = ControlledServer  # type: ignore[misc]
    server.main()
