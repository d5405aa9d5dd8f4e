"""What the media server holds to, whatever a client sends."""

import asyncio
import os
import socket

import pytest

from tests.voice.media.camera import Camera, frames
from tests.voice.media.conftest import Table
from tests.voice.media.test_audio import assert_even
from tests.voice.media.test_video import assert_decodable
from tests.voice.talker import Talker
from voice.engine import Allowance, Ended, Source, SpeakingChanged, UnknownSession, Wish
from voice.media.aiortc_seam import MOST_PACKETS, Line
from voice.media.intake import Intake

MUTED = Allowance(may_speak=False)
SILENCED = Allowance(may_speak=False, may_show=False)


def intake(table: Table, name: str) -> Intake:
    peer = table.member(name).peer
    assert peer is not None
    return peer.intake


def line_of(table: Table, name: str) -> Line:
    peer = table.member(name).peer
    assert peer is not None
    return peer._line


async def assert_unheard(speaker: Talker, listener: Talker, witness: Talker, **how: object) -> None:
    """Asserts that nothing of what one sends now arrives, though what another sends after it does."""
    before = len(listener.heard)
    after = b"said after %d" % before
    await speaker.say(*[b"unheard %d" % number for number in range(20)], **how)
    await witness.say(after)
    await listener.hears(after)
    assert [packet.payload for packet in listener.heard[before:]] == [after]


async def test_of_somebody_muted_no_packet_passes(table: Table) -> None:
    alice, bob, carol = [await table.sit(name) for name in ("alice", "bob", "carol")]
    await alice.say(b"before")
    await bob.hears(b"before")

    await table.engine.mute(session="alice", allowance=MUTED)
    await assert_unheard(alice, bob, carol)

    await table.engine.mute(session="alice", allowance=Allowance())
    await alice.say(b"after")
    await bob.hears(b"after")
    lane = [packet for packet in bob.heard if packet.payload in (b"before", b"after")]
    assert [packet.payload for packet in lane] == [b"before", b"after"]


async def test_a_mute_survives_leaving_and_joining_again(table: Table) -> None:
    """Signalling says it at each join; what was said of the session before does not matter."""
    alice, bob, carol = [await table.sit(name) for name in ("alice", "bob", "carol")]
    await table.engine.mute(session="alice", allowance=MUTED)
    again = await table.sit("alice", allowance=MUTED)
    await assert_unheard(again, bob, carol)
    await table.engine.leave(session="alice")
    again = await table.sit("alice", allowance=MUTED)
    await assert_unheard(again, bob, carol)
    await alice.close()


async def test_a_mute_between_offer_and_answer_holds(table: Table) -> None:
    bob, carol = [await table.sit(name) for name in ("bob", "carol")]
    offer = await table.offer("alice")
    await table.engine.mute(session="alice", allowance=MUTED)
    alice = table.talker()
    await table.engine.answer(session="alice", number=offer.number, sdp=await alice.answer(offer.sdp))
    await alice.connected()
    await assert_unheard(alice, bob, carol)


async def test_somebody_muted_is_not_shown_as_talking(table: Table) -> None:
    alice, _ = [await table.sit(name) for name in ("alice", "bob")]
    async with alice.talking(b"word"):
        await table.until(lambda: table.told(SpeakingChanged))
        await table.engine.mute(session="alice", allowance=MUTED)
        await table.until(lambda: table.told(SpeakingChanged)[-1].users == frozenset())
    assert not table.lanes("bob"), "and their lane is free"


async def test_whoever_may_not_show_may_still_speak(table: Table) -> None:
    alice, bob = [await table.sit(name) for name in ("alice", "bob")]
    wishes = [Wish(table.users["alice"], source) for source in (Source.CAMERA, Source.SCREEN)]
    await table.engine.watch(session="bob", wishes=wishes)
    await table.engine.mute(session="alice", allowance=Allowance(may_show=False))
    picture = b"\x10\x00" + b"picture"
    for source in (Source.CAMERA, Source.SCREEN, Source.SCREEN_SOUND):
        await alice.say(picture, source=source)
    await alice.say(b"words")
    await bob.hears(b"words")
    assert bob.payloads() == [b"words"]


async def test_somebody_who_may_show_again_is_seen_again(table: Table) -> None:
    alice, bob = [await table.sit(name) for name in ("alice", "bob")]
    await table.engine.watch(session="bob", wishes=[Wish(table.users["alice"], Source.CAMERA)])
    async with Camera(alice).filming():
        await bob.until(lambda: frames(bob.heard))
        await table.engine.mute(session="alice", allowance=Allowance(may_show=False))
        await table.until(lambda: not table.lanes("bob"))
        seen = len(bob.heard)
        await table.engine.mute(session="alice", allowance=Allowance())
        await bob.until(lambda: len(frames(bob.heard[seen:])) > 3)
    for mid in {packet.mid for packet in bob.heard}:
        assert_decodable(frames(bob.on(mid)))
        assert_even(bob.on(mid))


async def test_whoever_may_not_hear_gets_no_sound(table: Table) -> None:
    alice = await table.sit("alice")
    bob = await table.sit("bob", allowance=Allowance(may_hear=False))
    carol = await table.sit("carol")
    await alice.say(b"secret")
    await carol.hears(b"secret")
    assert not bob.heard

    await table.engine.mute(session="bob", allowance=Allowance())
    await alice.say(b"open")
    await bob.hears(b"open")
    assert bob.payloads() == [b"open"]

    await table.engine.mute(session="bob", allowance=Allowance(may_hear=False))
    await alice.say(b"secret again")
    await carol.hears(b"secret again")
    assert bob.payloads() == [b"open"]


async def test_a_kick_closes_the_transport_at_once(table: Table) -> None:
    alice, bob, carol = [await table.sit(name) for name in ("alice", "bob", "carol")]
    await alice.say(b"before")
    await bob.hears(b"before")

    await table.engine.kick(session="alice", reason="kicked")
    assert table.told(Ended) == [Ended("alice", "kicked")]
    await assert_unheard(alice, bob, carol)
    await alice.until(lambda: alice.closed)
    with pytest.raises(UnknownSession):
        await table.engine.mute(session="alice", allowance=Allowance())
    await table.engine.kick(session="alice", reason="kicked")
    assert len(table.told(Ended)) == 1


async def test_somebody_who_is_kicked_while_they_join_is_not_let_in(table: Table) -> None:
    offer = await table.offer("alice")
    alice = table.talker()
    answer = await alice.answer(offer.sdp)
    await table.engine.kick(session="alice", reason="kicked")
    with pytest.raises(UnknownSession):
        await table.engine.answer(session="alice", number=offer.number, sdp=answer)


async def test_somebody_who_is_kicked_while_the_sockets_open_is_not_let_in(table: Table) -> None:
    joining = asyncio.ensure_future(table.offer("alice"))
    await asyncio.sleep(0)
    await table.engine.kick(session="alice", reason="kicked")
    with pytest.raises(UnknownSession):
        await joining
    assert not table.engine._homes and not table.engine._calls


async def test_leaving_is_told_nobody_as_an_end(table: Table) -> None:
    alice, bob = [await table.sit(name) for name in ("alice", "bob")]
    await alice.say(b"bye")
    await bob.hears(b"bye")
    await table.engine.leave(session="alice")
    await alice.until(lambda: alice.closed)
    assert not table.told(Ended)
    await table.until(lambda: not table.lanes("bob"))
    await table.engine.leave(session="alice")


@pytest.mark.parametrize("what", [{"ssrc": 0xDEAD}, {"payload_type": 96}, {"payload_type": 0}, {"payload_type": 127}])
async def test_packets_that_were_never_agreed_on_are_dropped_and_counted(table: Table, what: dict[str, int]) -> None:
    mallory, bob, carol = [await table.sit(name) for name in ("mallory", "bob", "carol")]
    await assert_unheard(mallory, bob, carol, **what)
    await table.until(lambda: intake(table, "mallory").unknown == 20)


async def test_somebody_s_camera_cannot_come_as_another_s_voice(table: Table) -> None:
    """The SSRC of one's own camera with the payload type of a voice is a packet of neither."""
    mallory, bob, carol = [await table.sit(name) for name in ("mallory", "bob", "carol")]
    camera = mallory.transceiver(Source.CAMERA).sender._ssrc
    await assert_unheard(mallory, bob, carol, ssrc=camera, payload_type=111)


async def test_forged_levels_do_not_decide_who_is_heard_where_lanes_suffice(table: Table) -> None:
    alice, mallory, carol = [await table.sit(name) for name in ("alice", "mallory", "carol")]
    async with mallory.talking(b"loud", level=0), alice.talking(b"alice", level=127):
        await carol.hears_word(b"loud")
        await carol.hears_word(b"alice")
        await table.until(lambda: table.told(SpeakingChanged))
    assert table.told(SpeakingChanged)[-1].users == {table.users["mallory"]}


async def test_a_flood_costs_nobody_but_whoever_floods(table: Table) -> None:
    mallory, alice, bob = [await table.sit(name) for name in ("mallory", "alice", "bob")]
    async with alice.talking(b"alice"):
        await bob.hears_word(b"alice")
        for _ in range(30):
            await mallory.say(*[b"flood"] * 100)
            await asyncio.sleep(0)
        await bob.hears_word(b"alice")
    floods = bob.payloads().count(b"flood")
    assert floods <= 2 * 150, "no more than in two seconds of the shortest packets"


async def test_packets_of_strangers_change_nothing(table: Table) -> None:
    """Whoever guesses the port, or saw it, has no keys."""
    alice, bob = [await table.sit(name) for name in ("alice", "bob")]
    await alice.say(b"before")
    await bob.hears(b"before")
    line = line_of(table, "alice")
    ports = [doorway.local_candidate.port for doorway in line._connection._protocols]
    ssrc = alice.transceiver(Source.MICROPHONE).sender._ssrc
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for port in ports:
            for junk in (b"", b"\x80", b"\0" * 20, os.urandom(1400), b"\x16\xfe\xfd" + os.urandom(60)):
                stranger.sendto(junk, ("127.0.0.1", port))
            stranger.sendto(b"\x80\x6f\0\1\0\0\0\1" + ssrc.to_bytes(4, "big") + b"forged" * 10, ("127.0.0.1", port))
            stranger.sendto(b"\x80\xc8\0\1" + os.urandom(40), ("127.0.0.1", port))
    await alice.say(b"after")
    await bob.hears(b"after")
    assert bob.payloads() == [b"before", b"after"]


async def test_a_flood_of_strangers_does_not_use_up_what_somebody_may_send(table: Table) -> None:
    alice, bob = [await table.sit(name) for name in ("alice", "bob")]
    await alice.say(b"before")
    await bob.hears(b"before")
    line = line_of(table, "alice")
    port = line._connection._protocols[0].local_candidate.port
    packet = b"\x80\x6f\0\1\0\0\0\1" + alice.transceiver(Source.MICROPHONE).sender._ssrc.to_bytes(4, "big") + bytes(80)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        # Within the second in which as many would be counted.
        line.renew()
        seen = line.refused
        for _ in range(MOST_PACKETS + 100):
            stranger.sendto(packet, ("127.0.0.1", port))
            # The server takes one at a time; more would only fill the system's buffer.
            await asyncio.sleep(0)
        await table.until(lambda: line.refused - seen >= MOST_PACKETS)
    await alice.say(b"after")
    await bob.hears(b"after")
