"""Calls on two processes that serve sockets, beside a media worker, over one Redis: as an operator with more people
runs it. Real sockets, real media, and a power cut."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.conftest import ROOT, Eclipse
from tests.services import Redis, Service
from tests.voice.talker import SECONDS, Talker

pytestmark = pytest.mark.own_services

HERE = "127.0.0.1"
WORD = b"land ho"
# A pair for each story, so that none meets who is still in the call from another; and the lobby's voice channel, for
# everybody belongs to the lobby.
SIGN_UP = """
import json
from django.conf import settings
from django.test import Client
from rooms.models import Channel
from tests.factories import make_user
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
told = {"channel": Channel.objects.get(room__slug="lobby", slug="voice").pk}
for name in ("alice", "carol", "dave", "erin", "frank", "grace", "heidi"):
    browser = Client()
    browser.force_login(make_user(name))
    told[name] = browser.cookies["sessionid"].value
print(json.dumps(told))
"""


class Line:
    """Somebody's socket at one process, and their connection to the media server."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.talker = Talker()
        self.heard: list[dict[str, Any]] = []

    async def asks(self, kind: str, **fields: Any) -> None:
        await self.socket.send(json.dumps({"type": kind, **fields}))

    async def told(self, kind: str, **fields: Any) -> dict[str, Any]:
        """The next message of this type in which these fields are so."""
        async with asyncio.timeout(SECONDS):
            while True:
                while self.heard:
                    message = self.heard.pop(0)
                    if message["type"] == kind and all(message[name] == value for name, value in fields.items()):
                        return message
                self.heard += map(json.loads, str(await self.socket.recv()).splitlines())

    async def connect(self) -> None:
        offer = await self.told("offer")
        await self.asks("answer", number=offer["number"], sdp=await self.talker.answer(offer["sdp"]))
        await self.talker.connected()


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, static_root: Path) -> Iterator[tuple[Eclipse, Eclipse]]:
    redis = Redis(tmp_path_factory.mktemp("redis"))
    redis.start()
    settings = {"REDIS_URL": redis.url, "VOICE_WORKERS": "1", "VOICE_PUBLIC_ADDRESS": HERE}
    data = tmp_path_factory.mktemp("data")
    first, second = (Eclipse(data, static_root, **settings) for _ in range(2))
    worker = Service(
        [sys.executable, "manage.py", "voice"], ready="media worker .* is ready", env=os.environ | settings, cwd=ROOT
    )
    try:
        for each in (worker, first, second):
            each.start()
        yield first, second
    finally:
        for each in (first, second, worker, redis):
            each.kill()


@pytest.fixture(scope="module")
def people(both: tuple[Eclipse, Eclipse]) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(both[0].manage("shell", "-v", "0", "-c", SIGN_UP))
    return told


@pytest.fixture
def processes(both: tuple[Eclipse, Eclipse]) -> tuple[Eclipse, Eclipse]:
    """Both run, whatever a story before has done to one of them."""
    for each in both:
        each.start()
    return both


Open = Callable[[str, Eclipse], Awaitable[Line]]


@pytest.fixture
async def at(people: dict[str, Any]) -> AsyncIterator[Open]:
    """Somebody's page at a process: `await at("alice", first)`."""
    lines: list[Line] = []

    async def at(name: str, eclipse: Eclipse) -> Line:
        address = f"ws://{HERE}:{eclipse.port}/ws/voice/{people['channel']}/"
        cookie = {"Cookie": f"sessionid={people[name]}"}
        # No proxy of the machine's between two programs on it.
        socket = await connect(address, origin=eclipse.url, additional_headers=cookie, proxy=None)  # type: ignore[arg-type]
        lines.append(Line(socket))
        return lines[-1]

    yield at
    for line in lines:
        await line.talker.close()
        await line.socket.close()


async def test_people_on_two_processes_are_in_one_call(processes: tuple[Eclipse, Eclipse], at: Open) -> None:
    first, second = processes
    alice, carol = await at("alice", first), await at("carol", second)
    await alice.asks("join")
    await alice.connect()
    await carol.asks("join", muted=True)
    await carol.connect()
    came = await alice.told("person", username="carol")
    assert came["muted"]
    async with alice.talker.talking(WORD):
        await carol.talker.hears_word(WORD)
        # Told by one process, heard on both.
        for line in (alice, carol):
            assert len((await line.told("speaking"))["users"]) <= 1
    await carol.asks("leave")
    await alice.told("gone", user=came["user"])


async def test_a_call_is_taken_over_from_another_process(processes: tuple[Eclipse, Eclipse], at: Open) -> None:
    first, second = processes
    old, new = await at("dave", first), await at("dave", second)
    await old.asks("join")
    await old.connect()
    await new.asks("join")
    assert (await new.told("busy"))["name"] == "voice"
    await new.asks("join", take_over=True)
    await new.connect()
    assert (await old.told("ended"))["reason"] == "taken_over"


async def test_a_process_that_dies_tears_nobody_out_of_their_call(processes: tuple[Eclipse, Eclipse], at: Open) -> None:
    first, second = processes
    erin, frank = await at("erin", second), await at("frank", first)
    for line in (erin, frank):
        await line.asks("join")
    welcome = await frank.told("welcome")
    session, frank_id = welcome["session"], welcome["user"]
    for line in (erin, frank):
        await line.connect()
    async with frank.talker.talking(WORD):
        await erin.talker.hears_word(WORD)
        first.kill()
        # Media goes on without signalling.
        heard = len(erin.talker.heard)
        await erin.talker.until(lambda: len(erin.talker.heard) > heard + 20)
        # The page comes back where the balancer sends it.
        again = await at("frank", second)
        await again.asks("join", session=session)
        assert (await again.told("welcome"))["session"] == session
        await again.connect()
    async with again.talker.talking(b"still here"):
        await erin.talker.hears_word(b"still here")
        # Longer than a dead process's people are kept, and than an entry lasts that nobody renews.
        await asyncio.sleep(20)
        await erin.talker.hears_word(b"still here")
    assert {"type": "gone", "user": frank_id} not in erin.heard


async def test_the_people_of_a_process_that_died_are_gone(processes: tuple[Eclipse, Eclipse], at: Open) -> None:
    first, second = processes
    grace, heidi = await at("grace", second), await at("heidi", first)
    for line in (grace, heidi):
        await line.asks("join")
        await line.connect()
    came = await grace.told("person", username="heidi")
    first.kill()
    await grace.told("gone", user=came["user"])
    # And not for the room alone: the worker holds them no more.
    await heidi.talker.until(lambda: heidi.talker.closed)
