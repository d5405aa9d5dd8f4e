"""A voice channel's socket: coming in, the call itself, and what others hear of it."""

from rooms.models import Channel
from tests.rooms.conftest import Harbour
from tests.rooms.sockets.pages import CHAT, Open
from tests.voice.callers import Call
from tests.voice.media_servers import FakeEngine


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
        "rights": {"speak": True, "show": True, "caption": True, "moderate": True},
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
