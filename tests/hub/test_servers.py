"""The hub on the real servers."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Iterator

import pytest
import websockets

from tests.conftest import ROOT
from tests.hub.pages import SECONDS
from tests.services import Service, free_port

SERVERS = {
    "uvicorn": ("Uvicorn running on", ["uvicorn", "--port", "{port}", "--ws-per-message-deflate", "false"]),
    "daphne": ("Listening on TCP address", ["daphne", "-b", "127.0.0.1", "-p", "{port}"]),
}


@contextlib.contextmanager
def serve(name: str) -> Iterator[str]:
    """A real server of that kind with tests/hub/app.py; the address of its one topic."""
    ready, arguments = SERVERS[name]
    port = free_port()
    command = [sys.executable, "-m", *(part.format(port=port) for part in arguments), "tests.hub.app:application"]
    server = Service(command, ready=ready, env=os.environ | {"LOG_LEVEL": "INFO"}, cwd=ROOT)
    server.start()
    try:
        yield f"ws://127.0.0.1:{port}/channel.1"
    finally:
        server.stop()


class TestServers:
    """The hub drives the server's own `send`, its first step outside of any task: the real ones must agree to that."""

    @pytest.mark.parametrize("server", SERVERS)
    async def test_two_people_talk_and_a_third_whose_page_crashes_disturbs_nobody(self, server: str) -> None:
        with serve(server) as address:
            async with asyncio.timeout(SECONDS), talk(address) as alice, talk(address) as bob:
                carol = await websockets.connect(address)
                assert await carol.recv() == "<hello>"
                carol.transport.abort()
                said = [f"<p>{number} Привет</p>" for number in range(100)]
                for line in said:
                    await alice.send(line)
                for page in (alice, bob):
                    assert await lines(page, len(said)) == "".join(said)

    async def test_a_page_that_stops_reading_is_closed_and_delays_nobody(self) -> None:
        line = "<p>" + "x" * 100_000 + "</p>"
        with serve("uvicorn") as address:
            async with asyncio.timeout(SECONDS), talk(address) as alice, talk(address) as mallory:
                mallory.transport.pause_reading()
                # More than the system's buffers and the hub's megabyte can hold.
                for _ in range(400):
                    await alice.send(line)
                    assert await alice.recv() == line
                mallory.transport.resume_reading()
                unread = 400
                with pytest.raises(websockets.ConnectionClosed):
                    while True:
                        unread -= str(await mallory.recv()).count("</p>")
                assert unread > 0


@contextlib.asynccontextmanager
async def talk(address: str) -> AsyncIterator[websockets.ClientConnection]:
    async with websockets.connect(address, max_queue=None) as page:
        assert await page.recv() == "<hello>"
        yield page


async def lines(page: websockets.ClientConnection, count: int) -> str:
    text = ""
    while text.count("</p>") < count:
        text += str(await page.recv())
    return text
