"""The whole way: people's sockets, signalling, the media server, and every bit of what they say, through real media."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest

from accounts.models import User
from rooms import actions
from rooms.models import Channel
from tests.conftest import ROOT
from tests.rooms.conftest import Harbour
from tests.rooms.sockets.pages import CHAT, Open, do
from tests.services import Redis, Service
from tests.voice.callers import Call, Caller, until_here
from tests.voice.talker import Talker
from voice import switchboard
from voice.engine import VoiceEngine
from voice.media.engine import Capacity, MediaEngine
from voice.remote import RemoteEngine

HERE = "127.0.0.1"
WORD = b"land ho"


class Line:
    """Somebody's page in a call, and its connection to the media server."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.talker = Talker()

    async def connect(self) -> None:
        """Take the next offer, over a fresh connection."""
        await self.talker.close()
        self.talker = Talker()
        offer = await self.caller.told("offer")
        await self.caller.asks("answer", number=offer["number"], sdp=await self.talker.answer(offer["sdp"]))
        await self.talker.connected()


Join = Callable[..., Awaitable[Line]]


@pytest.fixture
async def join(call: Call) -> AsyncIterator[Join]:
    """Has somebody join with a real connection: `await join(alice, deck)`."""
    lines: list[Line] = []

    async def join(user: User, channel: Channel, **how: Any) -> Line:
        line = Line(await call(user, channel))
        lines.append(line)
        await line.caller.asks("join", **how)
        await line.connect()
        return line

    yield join
    for line in lines:
        await line.talker.close()


class TestInOneProcess:
    @pytest.fixture
    async def engine(self, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[VoiceEngine]:
        engine = MediaEngine(Capacity(address=HERE))
        monkeypatch.setattr(switchboard, "make_engine", lambda: engine)
        yield engine
        await engine.close()

    async def test_people_hear_each_other_and_the_room_sees_who_talks(
        self, stored: Harbour, deck: Channel, join: Join, visit: Open
    ) -> None:
        page = await visit(stored.bob, CHAT)
        alice, carol = await join(stored.alice, deck), await join(stored.carol, deck)
        async with carol.talker.talking(WORD):
            await alice.talker.hears_word(WORD)
            await alice.caller.told("speaking", users=[stored.carol.pk])
            lanes = [each["lanes"] for each in alice.caller.heard if each["type"] == "lanes"]
            assert stored.carol.pk in {lane["user"] for lane in lanes[-1]}
            await page.hears(f'event="voice_speaking" channel="{deck.pk}" users="{stored.carol.pk}"')
        await alice.caller.told("speaking", users=[])

    async def test_a_mute_is_the_media_servers_and_outlives_a_rejoin(
        self, stored: Harbour, deck: Channel, join: Join
    ) -> None:
        alice, carol = await join(stored.alice, deck), await join(stored.carol, deck)
        async with carol.talker.talking(WORD):
            await alice.talker.hears_word(WORD)
            await do(actions.mute_member)(actor=stored.bob, room=stored.room, subject=stored.carol)
            await alice.caller.told("person", user=stored.carol.pk, server_muted=True)
            heard = len(alice.talker.heard)
            # A page that takes no notice goes on sending.
            await asyncio.sleep(0.5)
            assert alice.talker.heard[heard:] == []
        await carol.caller.asks("leave")
        await alice.caller.told("gone", user=stored.carol.pk)
        again = await join(stored.carol, deck)
        async with again.talker.talking(WORD):
            await asyncio.sleep(0.5)
            assert alice.talker.heard[heard:] == []
            await do(actions.unmute_member)(actor=stored.bob, room=stored.room, subject=stored.carol)
            await alice.talker.hears_word(WORD)

    async def test_a_ban_closes_the_connection(self, stored: Harbour, deck: Channel, join: Join) -> None:
        alice, carol = await join(stored.alice, deck), await join(stored.carol, deck)
        await do(actions.ban_member)(actor=stored.bob, room=stored.room, subject=stored.carol)
        assert (await carol.caller.told("ended"))["reason"] == "banned"
        await carol.talker.until(lambda: carol.talker.closed)
        await alice.caller.told("gone", user=stored.carol.pk)

    async def test_a_page_that_is_loaded_anew_goes_on(self, stored: Harbour, deck: Channel, join: Join) -> None:
        alice, carol = await join(stored.alice, deck), await join(stored.carol, deck)
        session = next(each["session"] for each in carol.caller.heard if each["type"] == "welcome")
        await carol.caller.leave()
        again = await join(stored.carol, deck, session=session)
        async with again.talker.talking(WORD):
            await alice.talker.hears_word(WORD)
        assert "gone" not in alice.caller.types()

    async def test_garbage_for_an_answer_ends_nothing(self, stored: Harbour, deck: Channel, join: Join) -> None:
        alice, carol = await join(stored.alice, deck), await join(stored.carol, deck)
        for sdp in ("", "garbage", "v=0\r\n" * 9000, "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\n"):
            await carol.caller.asks("restart")
            offer = await carol.caller.told("offer")
            await carol.caller.asks("answer", number=offer["number"], sdp=sdp)
            assert (await carol.caller.told("error"))["code"] == "bad_answer"
        async with carol.talker.talking(WORD):
            await alice.talker.hears_word(WORD)


@pytest.mark.own_services
class TestThroughWorkers:
    @pytest.fixture
    def workers(self, redis_server: Redis) -> Iterator[list[Service]]:
        """Two media workers as an operator runs them."""
        settings = {"REDIS_URL": redis_server.url, "VOICE_WORKERS": "1", "VOICE_PUBLIC_ADDRESS": HERE}
        command = [sys.executable, "manage.py", "voice"]
        workers = [
            Service(command, ready="media worker .* is ready", env=os.environ | settings, cwd=ROOT) for _ in range(2)
        ]
        for worker in workers:
            worker.start()
        yield workers
        for worker in workers:
            worker.kill()

    @pytest.fixture
    async def engine(self, redis_server: Redis, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RemoteEngine]:
        engine = RemoteEngine(redis_server.url)
        monkeypatch.setattr(switchboard, "make_engine", lambda: engine)
        yield engine
        await engine.close()

    async def test_a_call_goes_on_within_fifteen_seconds_of_its_workers_death(
        self, stored: Harbour, deck: Channel, workers: list[Service], engine: RemoteEngine, join: Join
    ) -> None:
        alice, carol = await join(stored.alice, deck), await join(stored.carol, deck)
        async with carol.talker.talking(WORD):
            await alice.talker.hears_word(WORD)
            await alice.caller.told("speaking", users=[stored.carol.pk])
        [home] = {home.worker for home in engine._homes.values()}
        [victim] = [worker for worker in workers if home in worker.text]
        loop = asyncio.get_running_loop()
        died_at = loop.time()
        victim.kill()
        await asyncio.gather(alice.connect(), carol.connect())
        async with carol.talker.talking(WORD):
            await alice.talker.hears_word(WORD)
        assert loop.time() - died_at < 15
        await until_here(deck, stored.alice, stored.carol)
        assert "ended" not in alice.caller.types() + carol.caller.types()

    async def test_a_worker_that_is_stopped_hands_its_calls_over(
        self, stored: Harbour, deck: Channel, workers: list[Service], engine: RemoteEngine, join: Join
    ) -> None:
        alice, carol = await join(stored.alice, deck), await join(stored.carol, deck)
        [home] = {home.worker for home in engine._homes.values()}
        [leaving] = [worker for worker in workers if home in worker.text]
        stopping = asyncio.create_task(asyncio.to_thread(leaving.stop))
        await asyncio.gather(alice.connect(), carol.connect())
        async with carol.talker.talking(WORD):
            await alice.talker.hears_word(WORD)
        assert await stopping == 0, leaving.text

    async def test_a_ban_reaches_the_worker(
        self, stored: Harbour, deck: Channel, workers: list[Service], join: Join
    ) -> None:
        alice, carol = await join(stored.alice, deck), await join(stored.carol, deck)
        await do(actions.ban_member)(actor=stored.bob, room=stored.room, subject=stored.carol)
        assert (await carol.caller.told("ended"))["reason"] == "banned"
        await carol.talker.until(lambda: carol.talker.closed)
        await alice.caller.told("gone", user=stored.carol.pk)
