"""Moderators' deeds hold in the media server: real peers, through the real sockets, count the packets that arrive."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from accounts.models import User
from rooms import actions
from rooms.models import Channel
from tests.factories import make_channel
from tests.rooms.conftest import Harbour
from tests.voice.callers import Call, Caller
from tests.voice.talker import Talker
from voice import switchboard
from voice.engine import Source
from voice.media.engine import Capacity, MediaEngine

HERE = "127.0.0.1"


class Voice:
    """Somebody in a call: their page, and the peer connection that a browser would hold."""

    def __init__(self, page: Caller, talker: Talker, rights: dict[str, bool]) -> None:
        self.page = page
        self.talker = talker
        self.rights = rights


Sit = Callable[..., Awaitable[Voice]]


@pytest.fixture
async def sit(call: Call, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sit]:
    """Somebody opens the channel's page, joins, and is connected: `await sit(carol, deck)`."""
    engine = MediaEngine(Capacity(address=HERE))
    monkeypatch.setattr(switchboard, "make_engine", lambda: engine)
    talkers: list[Talker] = []

    async def sit(user: User, channel: Channel) -> Voice:
        page, talker = await call(user, channel), Talker()
        talkers.append(talker)
        await page.asks("join")
        welcome = await page.told("welcome")
        offer = await page.told("offer")
        await page.asks("answer", number=offer["number"], sdp=await talker.answer(offer["sdp"]))
        await talker.connected()
        return Voice(page, talker, welcome["rights"])

    yield sit
    for talker in talkers:
        await talker.close()
    await engine.close()


async def act(action: Callable[..., Any], harbour: Harbour, subject: User, **how: Any) -> None:
    await sync_to_async(action)(actor=harbour.bob, room=harbour.room, subject=subject, **how)


async def assert_unheard(speaker: Voice, listener: Voice, witness: Voice, source: Source = Source.MICROPHONE) -> None:
    """Asserts that not one packet of what `speaker` sends now arrives, though what `witness` says after it does."""
    before = len(listener.talker.heard)
    after = b"said after %d" % before
    await speaker.talker.say(*[b"unheard %d" % number for number in range(50)], source=source)
    await witness.talker.say(after)
    await listener.talker.hears(after)
    assert [packet.payload for packet in listener.talker.heard[before:]] == [after]


async def test_of_carol_whom_bob_muted_no_packet_arrives_nor_after_she_left_and_came_back(
    stored: Harbour, deck: Channel, sit: Sit
) -> None:
    alice, bob, carol = [await sit(person, deck) for person in (stored.alice, stored.bob, stored.carol)]
    await carol.talker.say(b"a horn")
    await alice.talker.hears(b"a horn")

    await act(actions.mute_member, stored, stored.carol, reason="A horn")
    await carol.page.told("rights", speak=False)
    await assert_unheard(carol, alice, bob)
    # Her page says what it likes.
    await carol.page.asks("state", muted=False)
    await assert_unheard(carol, alice, bob)

    await carol.page.asks("leave")
    await alice.page.told("gone", user=stored.carol.pk)
    await sync_to_async(actions.leave_room)(actor=stored.carol, room=stored.room)
    await sync_to_async(actions.join_room)(actor=stored.carol, room=stored.room)
    again = await sit(stored.carol, deck)
    assert again.rights["speak"] is False
    await assert_unheard(again, alice, bob)

    await act(actions.unmute_member, stored, stored.carol)
    await again.page.told("rights", speak=True)
    await again.talker.say(b"sorry")
    await alice.talker.hears(b"sorry")


async def test_whoever_is_muted_does_not_speak_through_their_screens_sound(
    stored: Harbour, deck: Channel, sit: Sit
) -> None:
    alice, bob, carol = [await sit(person, deck) for person in (stored.alice, stored.bob, stored.carol)]
    await alice.page.asks("watch", wishes=[{"user": stored.carol.pk, "source": "screen", "large": True}])
    await carol.page.asks("state", screen=True)
    await alice.page.told("person", user=stored.carol.pk, screen=True)
    await carol.talker.say(b"a film", source=Source.SCREEN_SOUND)
    await alice.talker.hears(b"a film")

    await act(actions.mute_member, stored, stored.carol)
    await carol.page.told("rights", speak=False)
    await assert_unheard(carol, alice, bob, Source.SCREEN_SOUND)


async def test_to_carol_whom_bob_deafened_no_packet_is_sent(stored: Harbour, deck: Channel, sit: Sit) -> None:
    alice, bob, carol = [await sit(person, deck) for person in (stored.alice, stored.bob, stored.carol)]
    await act(actions.deafen_member, stored, stored.carol)
    await carol.page.told("person", user=stored.carol.pk, server_deafened=True)
    await alice.talker.say(*[b"secret %d" % number for number in range(50)])
    await bob.talker.hears(b"secret 49")
    await carol.talker.say(b"and you?")
    await alice.talker.hears(b"and you?")
    assert not carol.talker.heard


async def test_timed_out_carol_hears_and_is_not_heard(stored: Harbour, deck: Channel, sit: Sit) -> None:
    alice, bob, carol = [await sit(person, deck) for person in (stored.alice, stored.bob, stored.carol)]
    await act(actions.time_out_member, stored, stored.carol, until=timezone.now() + timedelta(hours=1))
    await carol.page.told("rights", speak=False, show=False)
    await assert_unheard(carol, alice, bob)
    await alice.talker.say(b"listen")
    await carol.talker.hears(b"listen")


@pytest.mark.parametrize("deed", ["disconnect_participant", "kick_member", "ban_member"])
async def test_whoever_is_put_out_neither_hears_nor_is_heard(
    stored: Harbour, deck: Channel, sit: Sit, deed: str
) -> None:
    alice, bob, carol = [await sit(person, deck) for person in (stored.alice, stored.bob, stored.carol)]
    await act(getattr(actions, deed), stored, stored.carol)
    await carol.page.told("ended")
    await carol.talker.until(lambda: carol.talker.closed)
    await bob.talker.say(b"gone?")
    await alice.talker.hears(b"gone?")
    assert not carol.talker.heard


async def test_moved_carol_is_heard_where_she_is_now(stored: Harbour, deck: Channel, sit: Sit) -> None:
    hold = await sync_to_async(make_channel)(stored.room, "hold", "voice")
    alice, carol = await sit(stored.alice, deck), await sit(stored.carol, deck)
    bob = await sit(stored.bob, hold)
    await act(actions.move_participant, stored, stored.carol, to=hold)
    await carol.page.told("moved", channel=hold.pk)
    carol = await sit(stored.carol, hold)
    await carol.talker.say(b"here now")
    await bob.talker.hears(b"here now")
    assert not alice.talker.heard
