"""A voice channel's socket: coming in, the call itself, and what others hear of it."""

import asyncio
import json
import threading
from collections.abc import Collection

import pytest
from pytest_django import Settings

from eclipse import ratelimit
from eclipse.hub import hub
from rooms import actions
from rooms.consumers import FORBIDDEN, LOGGED_OUT, NOT_FOUND, NOT_UNDERSTOOD, TOO_MANY
from rooms.models import Ban, Channel
from rooms.models.channel import Audience, voice_topic
from tests.factories import make_channel
from tests.rooms.conftest import Harbour
from tests.rooms.sockets.pages import CHAT, SECONDS, Open, do
from tests.voice.callers import Call
from tests.voice.media_servers import FakeEngine
from voice.consumers import PATIENCE
from voice.engine import Source, Wish
from voice.state import Roll
from voice.switchboard import switchboard

pytestmark = pytest.mark.services


async def test_two_people_come_into_a_call(
    stored: Harbour, deck: Channel, call: Call, visit: Open, engine: FakeEngine
) -> None:
    bob_reads = await visit(stored.bob, CHAT)
    alice, carol = await call(stored.alice, deck), await call(stored.carol, deck)

    await alice.asks("join", muted=False, deafened=False)
    welcome = await alice.told("welcome")
    assert welcome == {
        "type": "welcome",
        "session": welcome["session"],
        "user": stored.alice.pk,
        "channel": deck.pk,
        "name": "voice",
        "rights": {"speak": True, "show": True, "caption": True, "moderate": True, "reason": ""},
        "ice_servers": [],
        "relay_only": False,
        "bitrate": 40_000,
        "video_bitrate": 500_000,
    }
    [herself] = (await alice.told("people"))["people"]
    assert herself == {
        "user": stored.alice.pk,
        "username": "alice",
        "name": "alice",
        "colour": stored.alice.pk % 8,
        "muted": False,
        "deafened": False,
        "server_muted": False,
        "server_deafened": False,
        "camera": False,
        "screen": False,
        "priority": True,
    }
    offer = await alice.told("offer")
    assert engine.session_of(stored.alice.pk) == welcome["session"]
    await alice.asks("answer", number=offer["number"], sdp="answer")
    assert (await alice.told("lanes"))["lanes"] == [{"mid": "4", "user": None, "source": None, "paused": False}]
    assert engine.of(stored.alice.pk).connected
    heard = await bob_reads.hears('event="voice_roster"')
    assert f'<ul id="voice-{deck.pk}" class="roster"' in heard
    assert f'data-user="{stored.alice.pk}"' in heard

    await carol.joins(muted=True)
    came = await alice.told("person", user=stored.carol.pk)
    assert (came["name"], came["muted"]) == ("carol", True)
    await carol.asks("leave")
    await alice.told("gone", user=stored.carol.pk)


class TestTheDoor:
    async def test_whoever_may_not_know_of_a_channel_finds_none(
        self, stored: Harbour, call: Call, engine: FakeEngine
    ) -> None:
        cellar = await do(make_channel)(stored.vault, "cellar", "voice")
        bridge = await do(make_channel)(stored.room, "bridge", "voice")
        await do(Channel.objects.filter(pk=bridge.pk).update)(audience=Audience.MODERATORS)
        for person in (stored.mallory, None):
            assert await (await call(person, cellar)).is_closed() == NOT_FOUND
        for person in (stored.carol, stored.mallory, None):
            assert await (await call(person, bridge)).is_closed() == NOT_FOUND
        for number in (stored.general.pk, 0, 999_999_999, 2**63, 10**30):
            assert await (await call(stored.carol, number)).is_closed() == NOT_FOUND
        await (await call(stored.bob, bridge)).joins()

    async def test_whoever_may_only_read_is_refused(self, stored: Harbour, deck: Channel, call: Call) -> None:
        for person in (stored.mallory, None):
            assert await (await call(person, deck)).is_closed() == FORBIDDEN

    async def test_whoever_lost_the_right_since_they_came_is_refused_when_they_join(
        self, stored: Harbour, deck: Channel, call: Call, engine: FakeEngine
    ) -> None:
        """Without a word to their socket, which was lost."""
        carol = await call(stored.carol, deck)
        await do(Ban.objects.create)(room=stored.room, user=stored.carol, by=stored.bob)
        await carol.asks("join")
        assert await carol.is_closed() == FORBIDDEN
        assert "welcome" not in carol.types()
        assert engine.held == {}

    async def test_a_page_at_the_door_is_closed_when_its_person_logs_out(
        self, stored: Harbour, deck: Channel, call: Call
    ) -> None:
        carol = await call(stored.carol, deck)
        await carol.asks("answer", number=1, sdp="answer")
        assert (await carol.told("error"))["code"] == "not_joined"
        await do(carol.browser.post)("/accounts/logout/")
        assert await carol.is_closed() == LOGGED_OUT

    async def test_markup_for_pages_never_comes_by_this_socket(
        self, stored: Harbour, deck: Channel, call: Call
    ) -> None:
        at_the_door, carol = await call(stored.carol, deck), await call(stored.bob, deck)
        await carol.joins()
        for topic in (f"user.{stored.carol.pk}", f"user.{stored.bob.pk}", stored.room.topic, deck.topic):
            hub.publish(topic, '<hx-push event="message_created"></hx-push>')
        hub.tell_to_catch_up()
        await carol.told("people")
        await at_the_door.asks("leave")
        await at_the_door.asks("restart")
        await at_the_door.told("error")
        assert at_the_door.types() == ["error"]


class TestFrames:
    async def test_what_nobody_understands_is_said_to_be_so_and_in_the_end_closes_the_socket(
        self, stored: Harbour, deck: Channel, call: Call, engine: FakeEngine
    ) -> None:
        carol = await call(stored.carol, deck)
        await carol.joins()
        for _ in range(PATIENCE):
            await carol.says("junk")
            assert (await carol.told("error"))["code"] == "not_understood"
        await carol.asks("state", muted=True)
        await carol.told("person", muted=True)
        await carol.says('{"type": "shout"}')
        assert await carol.is_closed() == NOT_UNDERSTOOD

    async def test_so_does_anything_binary_or_huge_at_once(self, stored: Harbour, deck: Channel, call: Call) -> None:
        for frame in ({"binary": b'{"type": "join"}'}, {"text": " " * 65_537}):
            carol = await call(stored.carol, deck)
            await carol.says(**frame)
            assert await carol.is_closed() == NOT_UNDERSTOOD

    async def test_a_flood_closes_the_socket(
        self, stored: Harbour, deck: Channel, call: Call, settings: Settings
    ) -> None:
        settings.RATE_LIMITS = {**settings.RATE_LIMITS, "voice_frames": "5/60 second"}
        ratelimit.forget_all()
        carol = await call(stored.carol, deck)
        for _ in range(6):
            await carol.asks("leave")
        assert await carol.is_closed() == TOO_MANY

    async def test_joining_over_and_over_has_to_wait(
        self, stored: Harbour, deck: Channel, call: Call, settings: Settings
    ) -> None:
        settings.RATE_LIMITS = {**settings.RATE_LIMITS, "voice_joins": "2/60 second"}
        ratelimit.forget_all()
        carol = await call(stored.carol, deck)
        for _ in range(2):
            await carol.joins()
            await carol.asks("leave")
        await carol.asks("join")
        assert (await carol.told("error"))["code"] == "too_fast"

    async def test_whoever_is_in_need_not_join_again(self, stored: Harbour, deck: Channel, call: Call) -> None:
        carol = await call(stored.carol, deck)
        await carol.joins()
        await carol.asks("join")
        assert (await carol.told("error"))["code"] == "already_joined"


class TestTheCall:
    async def test_everybody_hears_what_somebody_does(self, stored: Harbour, deck: Channel, call: Call) -> None:
        alice, carol = await call(stored.alice, deck), await call(stored.carol, deck)
        await alice.joins()
        await carol.joins()
        await carol.asks("state", muted=True, camera=True)
        await alice.told("person", user=stored.carol.pk, muted=True, camera=True, deafened=False)
        await carol.asks("state", deafened=True)
        await alice.told("person", user=stored.carol.pk, muted=True, camera=True, deafened=True)

    async def test_a_flood_of_states_is_thinned_and_its_last_word_holds(
        self, stored: Harbour, deck: Channel, call: Call, settings: Settings
    ) -> None:
        settings.RATE_LIMITS = {**settings.RATE_LIMITS, "voice_states": "3/1 second", "voice_frames": "900/9 second"}
        ratelimit.forget_all()
        alice, carol = await call(stored.alice, deck), await call(stored.carol, deck)
        await alice.joins()
        await carol.joins()
        for number in range(41):
            await carol.asks("state", muted=number % 2 == 0)
        await carol.asks("state", camera=True)
        await alice.told("person", user=stored.carol.pk, muted=True, camera=True)
        told = [each for each in alice.heard if each["type"] == "person" and each["user"] == stored.carol.pk]
        assert len(told) <= 6
        assert "error" not in carol.types()

    async def test_everybody_hears_who_talks(
        self, stored: Harbour, deck: Channel, call: Call, engine: FakeEngine
    ) -> None:
        alice, carol = await call(stored.alice, deck), await call(stored.carol, deck)
        await alice.joins()
        await carol.joins()
        engine.speaks(deck.pk, stored.carol.pk, stored.alice.pk)
        for caller in (alice, carol):
            await caller.told("speaking", users=sorted([stored.alice.pk, stored.carol.pk]))

    async def test_what_somebody_wants_to_see_reaches_the_media_server(
        self, stored: Harbour, deck: Channel, call: Call, engine: FakeEngine
    ) -> None:
        carol = await call(stored.carol, deck)
        await carol.joins()
        await carol.asks("watch", wishes=[{"user": stored.alice.pk, "source": "screen", "large": True}])
        await carol.asks("candidate", number=1, mid="0", candidate="candidate:1")
        await carol.asks("state", muted=True)
        await carol.told("person", muted=True)
        held = engine.of(stored.carol.pk)
        assert held.wishes == (Wish(stored.alice.pk, Source.SCREEN, large=True),)
        assert held.candidates == ["candidate:1"]

    async def test_an_answer_that_is_none_is_said_to_be_so_and_the_call_goes_on(
        self, stored: Harbour, deck: Channel, call: Call, engine: FakeEngine
    ) -> None:
        alice, carol = await call(stored.alice, deck), await call(stored.carol, deck)
        await alice.asks("join")
        await alice.told("offer")
        await carol.joins()
        for number, sdp in ((1, "garbage"), (1, "v" * 60_000), (2, "answer"), (2**31 - 1, "answer")):
            await carol.asks("answer", number=number, sdp=sdp)
            assert (await carol.told("error"))["code"] == "bad_answer"
        await carol.asks("candidate", number=7, mid="0", candidate="candidate:1")
        await carol.asks("state", muted=True)
        await carol.told("person", user=stored.carol.pk, muted=True)
        assert not engine.of(stored.alice.pk).connected, "nobody answers for somebody else"

    async def test_captions_are_read_by_all_and_written_by_who_may(
        self, stored: Harbour, deck: Channel, call: Call
    ) -> None:
        alice, carol = await call(stored.alice, deck), await call(stored.carol, deck)
        await alice.joins()
        await carol.joins()
        await carol.asks("caption", text="Land <b>ho</b>", final=True)
        caption = await alice.told("caption")
        assert caption == {"type": "caption", "user": stored.carol.pk, "text": "Land <b>ho</b>", "final": True}
        await do(actions.mute_member)(actor=stored.bob, room=stored.room, subject=stored.carol)
        await carol.told("rights", caption=False)
        await carol.asks("caption", text="Hear me", final=True)
        assert (await carol.told("error"))["code"] == "not_allowed"

    async def test_who_comes_while_others_change_ends_up_with_how_things_are(
        self, stored: Harbour, deck: Channel, call: Call, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Everybody is looked up once; what is told while that is under way must neither be lost nor be undone."""
        alice, carol = await call(stored.alice, deck), await call(stored.carol, deck)
        await alice.joins()
        gate, looked = threading.Event(), asyncio.Event()
        state, loop = switchboard().state, asyncio.get_running_loop()
        look = state.in_channels

        def slow(channels: Collection[int]) -> Roll:
            roll = look(channels)
            loop.call_soon_threadsafe(looked.set)
            gate.wait(SECONDS)
            return roll

        monkeypatch.setattr(state, "in_channels", slow)
        await carol.asks("join")
        await looked.wait()
        hub.publish(voice_topic(deck.pk), json.dumps({"type": "person", "user": stored.alice.pk, "muted": True}) + "\n")
        await alice.told("person", muted=True)
        gate.set()
        await carol.told("offer")
        kinds = [each["type"] for each in carol.heard]
        assert kinds.index("people") < kinds.index("person")
