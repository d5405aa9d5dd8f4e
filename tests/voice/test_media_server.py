"""A session and its media server: what the one tells, and how the other fails."""

import asyncio
from typing import Any

import pytest

from eclipse.hub import hub
from rooms import actions
from rooms.models import Channel
from rooms.models.channel import voice_topic
from tests.rooms.conftest import Harbour
from tests.rooms.sockets.pages import SECONDS, do
from tests.voice.callers import Call, until_here
from tests.voice.media_servers import FakeEngine
from voice import sessions
from voice.engine import Ended, EngineError, Lost, UnknownSession

pytestmark = pytest.mark.services


class TestTheMediaServer:
    async def test_whoever_never_answers_is_gone(
        self, stored: Harbour, deck: Channel, call: Call, engine: FakeEngine
    ) -> None:
        alice, carol = await call(stored.alice, deck), await call(stored.carol, deck)
        await alice.joins()
        await carol.asks("join")
        session = (await carol.told("welcome"))["session"]
        await carol.told("offer")
        engine.held.pop(session)
        engine.tell(Ended(session, "no_answer"))
        assert (await carol.told("ended"))["reason"] == "no_answer"
        await alice.told("gone", user=stored.carol.pk)
        assert engine.kicked == [], "it knows already"

    async def test_a_media_server_that_dies_is_followed_by_an_offer_of_another(
        self, stored: Harbour, deck: Channel, call: Call, engine: FakeEngine
    ) -> None:
        carol = await call(stored.carol, deck)
        session = (await carol.joins())["session"]
        engine.speaks(deck.pk, stored.carol.pk)
        await carol.told("speaking", users=[stored.carol.pk])
        told, carol_id = len(carol.heard), stored.carol.pk
        engine.tell(Lost(session))
        # By different ways, in any order.
        expected = ({"type": "speaking", "users": []}, {"type": "offer", "number": 2, "sdp": f"offer 2 to {carol_id}"})
        async with asyncio.timeout(SECONDS):
            while not all(each in carol.heard[told:] for each in expected):
                await carol._listen()
        assert "ended" not in carol.types()

    async def test_of_two_offers_at_once_the_newer_is_made(
        self, stored: Harbour, deck: Channel, call: Call, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The page asks for a fresh one while its media server dies."""
        carol = await call(stored.carol, deck)
        session = (await carol.joins())["session"]
        join, gate, asked = engine.join, asyncio.Event(), asyncio.Event()

        async def overtaken(**arguments: Any) -> Any:
            monkeypatch.setattr(engine, "join", join)
            asked.set()
            await gate.wait()
            raise UnknownSession("there was a newer one")

        monkeypatch.setattr(engine, "join", overtaken)
        await carol.asks("restart")
        await asked.wait()
        engine.tell(Lost(session))
        await carol.told("offer", number=2)
        gate.set()
        await carol.asks("state", muted=True)
        await carol.told("person", user=stored.carol.pk, muted=True)
        assert "ended" not in carol.types()

    async def test_a_restart_brings_a_fresh_offer(self, stored: Harbour, deck: Channel, call: Call) -> None:
        carol = await call(stored.carol, deck)
        await carol.joins()
        await carol.asks("restart")
        assert (await carol.told("offer"))["number"] == 2

    async def test_a_media_server_that_fails_lets_nobody_keep_what_was_taken(
        self, stored: Harbour, deck: Channel, call: Call, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        carol = await call(stored.carol, deck)
        await carol.joins()

        async def fails(**arguments: object) -> None:
            raise EngineError("it does not answer")

        monkeypatch.setattr(engine, "mute", fails)
        await do(actions.mute_member)(actor=stored.bob, room=stored.room, subject=stored.carol)
        assert (await carol.told("ended"))["reason"] == "unavailable"
        assert [reason for _, reason in engine.kicked] == ["unavailable"]

    async def test_a_right_that_ends_while_the_media_server_lets_somebody_in_holds(
        self, stored: Harbour, deck: Channel, call: Call, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        gate, asked, join = asyncio.Event(), asyncio.Event(), engine.join

        async def slow(**arguments: object) -> object:
            asked.set()
            await gate.wait()
            return await join(**arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(engine, "join", slow)
        carol = await call(stored.carol, deck)
        await carol.asks("join")
        await asked.wait()
        await do(actions.mute_member)(actor=stored.bob, room=stored.room, subject=stored.carol)
        assert not (await carol.told("rights"))["speak"]
        gate.set()
        await carol.told("offer")
        async with asyncio.timeout(SECONDS):
            while engine.of(stored.carol.pk).allowance.may_speak:
                await do(lambda: None)()

    async def test_a_page_that_is_given_up_while_it_joins_leaves_no_session_behind(
        self, stored: Harbour, deck: Channel, call: Call, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sessions, "LINGER", 0.1)
        asked = asyncio.Event()

        async def hangs(**arguments: object) -> object:
            asked.set()
            await asyncio.Event().wait()
            return None

        monkeypatch.setattr(engine, "join", hangs)
        carol = await call(stored.carol, deck)
        await carol.asks("join")
        await asked.wait()
        [wire] = [socket for socket in hub._sockets if socket.topics == {voice_topic(deck.pk)}]
        hub._give_up(wire)
        await until_here(deck)

    async def test_whoever_is_kicked_while_the_media_server_lets_them_in_is_not_in(
        self, stored: Harbour, deck: Channel, call: Call, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        gate, asked, join = asyncio.Event(), asyncio.Event(), engine.join

        async def slow(**arguments: object) -> object:
            asked.set()
            await gate.wait()
            return await join(**arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(engine, "join", slow)
        carol = await call(stored.carol, deck)
        await carol.asks("join")
        await asked.wait()
        await do(actions.ban_member)(actor=stored.bob, room=stored.room, subject=stored.carol)
        assert (await carol.told("ended"))["reason"] == "banned"
        gate.set()
        async with asyncio.timeout(SECONDS):
            while not engine.kicked:
                await do(lambda: None)()
        assert engine.held == {}
