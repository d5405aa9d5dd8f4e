"""A session through pages that come and go, on this process and others, and through limits and a store that fails."""

import asyncio
from dataclasses import replace

import pytest

from eclipse.hub import hub
from rooms import actions
from rooms.models import Channel
from tests.rooms.conftest import Harbour
from tests.rooms.sockets.pages import SECONDS, do
from tests.voice.callers import Call, Caller, here, member, until_here
from tests.voice.media_servers import FakeEngine
from voice import sessions
from voice.engine import Lane, LanesChanged, Source
from voice.state import StateLost, voice_state
from voice.switchboard import renew, sweep, switchboard

pytestmark = pytest.mark.services


class TestPagesThatComeAndGo:
    async def test_a_page_that_is_loaded_anew_goes_on_with_the_call(
        self, stored: Harbour, deck: Channel, call: Call, engine: FakeEngine
    ) -> None:
        alice, before = await call(stored.alice, deck), await call(stored.carol, deck)
        await alice.joins()
        session = (await before.joins(muted=True))["session"]
        engine.tell(LanesChanged(session, [Lane("4", stored.alice.pk, Source.MICROPHONE)]))
        await before.told("lanes")
        await before.leave()

        after = await call(stored.carol, deck)
        await after.asks("join", session=session)
        assert (await after.told("welcome"))["session"] == session
        people = (await after.told("people"))["people"]
        assert [each["user"] for each in people] == [stored.alice.pk, stored.carol.pk]
        assert people[1]["muted"], "as it was"
        assert (await after.told("lanes"))["lanes"][0]["user"] == stored.alice.pk
        assert (await after.told("offer"))["number"] == 2, "over a fresh connection"
        assert engine.left == engine.kicked == []
        assert "gone" not in alice.types()

    async def test_nobody_comes_back_and_the_session_ends(
        self, stored: Harbour, deck: Channel, call: Call, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sessions, "LINGER", 0.1)
        alice, carol = await call(stored.alice, deck), await call(stored.carol, deck)
        await alice.joins()
        session = (await carol.joins())["session"]
        await carol.leave()
        await alice.told("gone", user=stored.carol.pk)
        assert engine.left == [session]
        again = await call(stored.carol, deck)
        await again.asks("join", session=session)
        assert (await again.told("welcome"))["session"] != session, "there is nothing to go on with"

    async def test_a_line_that_died_unnoticed_gives_way_to_the_new_one(
        self, stored: Harbour, deck: Channel, call: Call
    ) -> None:
        """A phone changes networks: it is back before the server knows that it was gone."""
        dead = await call(stored.carol, deck)
        session = (await dead.joins())["session"]
        living = await call(stored.carol, deck)
        await living.asks("join", session=session)
        await living.told("offer")
        assert (await dead.told("ended"))["reason"] == "taken_over"
        assert await dead.is_closed() == 1000
        await living.asks("state", muted=True)
        await living.told("person", user=stored.carol.pk, muted=True)

    @pytest.mark.parametrize("whose", ["another's", "in another channel", "of nobody"])
    async def test_a_session_that_was_harvested_opens_nothing(
        self, stored: Harbour, deck: Channel, bridge: Channel, call: Call, whose: str
    ) -> None:
        alice, mallory = await call(stored.alice, deck), stored.carol
        session = (await alice.joins())["session"]
        if whose == "in another channel":
            elsewhere = await call(stored.alice, bridge)
            await elsewhere.asks("join", session=session)
            assert (await elsewhere.told("busy"))["channel"] == deck.pk
            return
        thief = await call(mallory, deck)
        await thief.asks("join", session=session if whose == "another's" else "0" * 32)
        welcome = await thief.told("welcome")
        assert (welcome["user"], welcome["session"] == session) == (mallory.pk, False)
        assert await here(deck) == [stored.alice.pk, mallory.pk]


class TestOneSessionAPerson:
    async def test_the_newer_page_asks_and_takes_over(
        self, stored: Harbour, deck: Channel, bridge: Channel, call: Call, engine: FakeEngine
    ) -> None:
        bob, old = await call(stored.bob, deck), await call(stored.carol, deck)
        await bob.joins()
        session = (await old.joins())["session"]
        new = await call(stored.carol, bridge)
        await new.asks("join")
        assert await new.told("busy") == {"type": "busy", "channel": deck.pk, "name": "voice"}
        assert await here(deck) == [stored.bob.pk, stored.carol.pk]

        await new.asks("join", take_over=True)
        await new.told("offer")
        ended = await old.told("ended")
        assert (ended["reason"], ended["message"]) == ("taken_over", "You went on with this call on another page.")
        await bob.told("gone", user=stored.carol.pk)
        assert (await here(deck), await here(bridge)) == ([stored.bob.pk], [stored.carol.pk])
        assert (session, "taken_over") in engine.kicked

    async def test_taking_over_in_the_same_channel_nobody_is_gone(
        self, stored: Harbour, deck: Channel, call: Call
    ) -> None:
        bob, old, new = await call(stored.bob, deck), await call(stored.carol, deck), await call(stored.carol, deck)
        await bob.joins()
        await old.joins()
        await new.asks("join", take_over=True)
        await new.told("offer")
        await old.told("ended", reason="taken_over")
        await new.asks("state", muted=True)
        await bob.told("person", user=stored.carol.pk, muted=True)
        assert "gone" not in bob.types()

    async def test_a_page_that_was_closed_asks_nobody(self, stored: Harbour, deck: Channel, call: Call) -> None:
        closed = await call(stored.carol, deck)
        await closed.joins()
        await closed.leave()
        new = await call(stored.carol, deck)
        await new.joins()
        assert "busy" not in new.types()
        assert await here(deck) == [stored.carol.pk]


class TestLimits:
    async def test_a_full_channel_takes_nobody_but_moderators(self, stored: Harbour, deck: Channel, call: Call) -> None:
        await do(actions.limit_call)(actor=stored.alice, channel=deck, user_limit=1)
        carol, dave = await call(stored.carol, deck), await call(await do(member)(stored, "dave"), deck)
        await carol.joins()
        await dave.asks("join")
        assert (await dave.told("ended"))["reason"] == "full"
        assert await dave.is_closed() == 1000
        bob = await call(stored.bob, deck)
        await bob.joins()
        assert await here(deck) == [stored.carol.pk, stored.bob.pk]

    async def test_a_locked_channel_takes_nobody_new_and_keeps_who_is_in_it(
        self, stored: Harbour, deck: Channel, call: Call
    ) -> None:
        carol, dave = await call(stored.carol, deck), await call(await do(member)(stored, "dave"), deck)
        session = (await carol.joins())["session"]
        await do(actions.lock_channel)(actor=stored.bob, channel=deck)
        await dave.asks("join")
        assert (await dave.told("ended"))["reason"] == "locked"
        await carol.leave()
        again = await call(stored.carol, deck)
        await again.asks("join", session=session)
        await again.told("offer")
        assert await here(deck) == [stored.carol.pk]

    async def test_a_media_server_that_is_full_says_so(
        self, stored: Harbour, deck: Channel, call: Call, engine: FakeEngine, caplog: pytest.LogCaptureFixture
    ) -> None:
        engine.room = 0
        carol = await call(stored.carol, deck)
        await carol.asks("join")
        assert (await carol.told("ended"))["reason"] == "unavailable"
        await until_here(deck)

    async def test_of_many_at_once_as_many_come_in_as_there_is_room(
        self, stored: Harbour, deck: Channel, call: Call
    ) -> None:
        await do(actions.limit_call)(actor=stored.alice, channel=deck, user_limit=2)
        callers = [await call(await do(member)(stored, f"sailor{number}"), deck) for number in range(5)]
        for caller in callers:
            await caller.asks("join")

        async def outcome(caller: Caller) -> str:
            async with asyncio.timeout(SECONDS):
                while not {"offer", "ended"} & set(caller.types()):
                    await caller._listen()
            return caller.heard[-1]["type"]

        outcomes = await asyncio.gather(*map(outcome, callers))
        assert sorted(outcomes) == ["ended"] * 3 + ["offer"] * 2
        assert len(await here(deck)) == 2


class TestTheStore:
    async def test_a_store_that_was_emptied_is_filled_again(self, stored: Harbour, deck: Channel, call: Call) -> None:
        carol = await call(stored.carol, deck)
        session = (await carol.joins())["session"]
        await do(voice_state().leave)(session)
        assert await here(deck) == []
        await renew(hub)
        assert await here(deck) == [stored.carol.pk]

    async def test_whoever_went_on_elsewhere_meanwhile_is_out_here(
        self, stored: Harbour, deck: Channel, bridge: Channel, call: Call
    ) -> None:
        carol = await call(stored.carol, deck)
        session = (await carol.joins())["session"]
        [held] = (await do(voice_state().in_channels)([deck.pk])).of(deck.pk)
        await do(voice_state().leave)(session)
        await do(voice_state().enter)(replace(held, session="on another process", channel=bridge.pk))
        await renew(hub)
        assert (await carol.told("ended"))["reason"] == "taken_over"
        assert await here(bridge) == [stored.carol.pk]

    async def test_the_people_of_a_dead_process_are_gone_for_everybody(
        self, stored: Harbour, deck: Channel, call: Call, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        alice = await call(stored.alice, deck)
        await alice.joins()
        [held] = (await do(voice_state().in_channels)([deck.pk])).of(deck.pk)
        dead = replace(held, session="of a dead process", user=stored.carol.pk)
        await do(voice_state().enter)(dead)
        monkeypatch.setattr(voice_state(), "take_lapsed", lambda: [dead])
        await do(voice_state().leave)(dead.session)
        await sweep(hub)
        await alice.told("gone", user=stored.carol.pk)

    async def test_without_a_store_nobody_comes_in(
        self, stored: Harbour, deck: Channel, call: Call, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def lost(*args: object, **more: object) -> None:
            raise StateLost

        monkeypatch.setattr(switchboard().state, "enter", lost)
        carol = await call(stored.carol, deck)
        await carol.asks("join")
        assert (await carol.told("ended"))["reason"] == "unavailable"


class TestAnotherProcess:
    async def test_a_session_of_a_process_that_died_goes_on_here(
        self, stored: Harbour, deck: Channel, call: Call, engine: FakeEngine
    ) -> None:
        alice = await call(stored.alice, deck)
        await alice.joins()
        [held] = (await do(voice_state().in_channels)([deck.pk])).of(deck.pk)
        theirs = replace(held, session="f" * 32, user=stored.carol.pk, username="carol", name="carol", is_muted=True)
        await do(voice_state().enter)(theirs)
        thief = await call(stored.bob, deck)
        await thief.asks("join", session=theirs.session)
        assert (await thief.told("welcome"))["session"] != theirs.session
        carol = await call(stored.carol, deck)
        await carol.asks("join", session=theirs.session)
        assert (await carol.told("welcome"))["session"] == theirs.session
        people = (await carol.told("people"))["people"]
        assert [each["muted"] for each in people if each["user"] == stored.carol.pk] == [True]
        await carol.told("offer")
        assert engine.session_of(stored.carol.pk) == theirs.session

    async def test_a_session_that_another_process_goes_on_with_is_let_go_without_a_word(
        self, stored: Harbour, deck: Channel, call: Call, engine: FakeEngine
    ) -> None:
        alice, carol = await call(stored.alice, deck), await call(stored.carol, deck)
        await alice.joins()
        session = (await carol.joins())["session"]
        hub.command(f"user.{stored.carol.pk}", "voice_yield", session=session, board="another")
        assert (await carol.told("ended"))["reason"] == "taken_over"
        await alice.asks("state", muted=True)
        await alice.told("person", user=stored.alice.pk, muted=True)
        assert "gone" not in alice.types()
        assert engine.left == engine.kicked == []
        assert await here(deck) == [stored.alice.pk, stored.carol.pk]
