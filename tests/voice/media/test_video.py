"""Pictures: they begin whole, their numbers go on evenly, and a weak line gets less of them."""

import itertools
from collections.abc import Callable, Sequence

import pytest
from aiortc.rtp import RTCP_PSFB_APP, RtcpPsfbPacket, pack_remb_fci

from tests.voice.media.camera import Camera, Frame, frames
from tests.voice.media.conftest import Table
from tests.voice.media.test_audio import assert_even
from tests.voice.talker import Talker
from voice.engine import CallLimits, Source, Wish

FIRST = "12"
# Reports come about once a second, and several are needed.
PATIENCE = 60


async def watch(table: Table, watcher: str, *names: str, large: str = "", source: Source = Source.CAMERA) -> None:
    wishes = [Wish(table.users[name], source, large=name == large) for name in names]
    await table.engine.watch(session=watcher, wishes=wishes)


def assert_decodable(seen: Sequence[Frame]) -> None:
    """Asserts that a decoder has all that each of these frames needs, and takes their numbers for one series."""
    assert seen[0].is_key
    for one, other in itertools.pairwise(seen):
        assert (other.picture - one.picture) & 0x7FFF == 1
        assert (other.layer_zero - one.layer_zero) & 0xFF == (other.layer == 0)


async def filmed(table: Table) -> tuple[Talker, Talker, Camera]:
    """Alice films, and bob watches."""
    alice, bob = [await table.sit(name) for name in ("alice", "bob")]
    await watch(table, "bob", "alice")
    return alice, bob, Camera(alice)


async def test_whoever_begins_to_watch_begins_with_a_whole_picture(table: Table) -> None:
    alice, bob = [await table.sit(name) for name in ("alice", "bob")]
    camera = Camera(alice)
    async with camera.filming(packets=3):
        await alice.until(lambda: len(camera.filmed) > 5)
        asked = alice.asked["picture"]
        await watch(table, "bob", "alice")
        await bob.until(lambda: len(frames(bob.heard)) > 8)
    assert alice.asked["picture"] > asked, "a whole picture was asked for"
    seen = frames(bob.heard)
    assert_decodable(seen)
    assert_even(bob.on(FIRST))
    bodies = [frame.body for frame in camera.filmed]
    assert bodies.index(seen[0].body) + len(seen) <= len(bodies)
    assert [frame.body for frame in seen] == bodies[bodies.index(seen[0].body) :][: len(seen)], "not a bit is another"
    assert table.lanes("bob") == {FIRST: ("alice", Source.CAMERA, False)}


async def test_requests_for_whole_pictures_are_passed_on_and_held_down(table: Table) -> None:
    alice, bob, camera = await filmed(table)
    async with camera.filming():
        await bob.until(lambda: len(frames(bob.heard)) > 2)
        lane = bob.on(FIRST)[0].ssrc
        asked, before = alice.asked["picture"], len(camera.filmed)
        for _ in range(200):
            await bob.transport._send_rtp(bytes(RtcpPsfbPacket(fmt=1, ssrc=1, media_ssrc=lane)))
        await bob.until(lambda: any(frame.is_key for frame in frames(bob.heard)[3:]))
        filming = (len(camera.filmed) - before) / 30
    assert 0 < alice.asked["picture"] - asked <= filming / 0.5 + 1


async def test_a_lane_goes_on_from_one_camera_to_another(lay: Callable[..., Table]) -> None:
    table = lay(video_lanes=1)
    alice, bob, carol = [await table.sit(name) for name in ("alice", "bob", "carol")]
    async with Camera(alice).filming(), Camera(bob).filming():
        for name in ("alice", "bob", "alice"):
            seen = len(carol.heard)
            await watch(table, "carol", name)
            await carol.until(lambda seen=seen: len(frames(carol.heard)) > seen + 6)
    # What came last may be of the one before: the next whole picture begins the other's.
    parts: list[list[Frame]] = []
    for frame in frames(carol.heard):
        if frame.is_key:
            parts.append([])
        parts[-1].append(frame)
    assert len(parts) >= 3
    assert_decodable(frames(carol.heard))
    assert_even(carol.heard)


async def test_of_more_pictures_than_lanes_the_first_wishes_are_sent(lay: Callable[..., Table]) -> None:
    table = lay(video_lanes=2)
    for name in ("alice", "bob", "carol", "dave"):
        await table.sit(name)
    await watch(table, "dave", "alice", "bob", "carol")
    await table.until(lambda: len(table.lanes("dave")) == 2)
    before = table.lanes("dave")
    assert {name for name, _, _ in before.values()} == {"alice", "bob"}
    # Who has a lane keeps it.
    await watch(table, "dave", "carol", "bob")
    await table.until(lambda: {name for name, _, _ in table.lanes("dave").values()} == {"bob", "carol"})
    bobs = next(mid for mid, (name, _, _) in before.items() if name == "bob")
    assert table.lanes("dave")[bobs][0] == "bob"
    # Nobody is shown to themself, nor who is not there.
    await table.engine.watch(
        session="dave", wishes=[Wish(table.users["dave"], Source.CAMERA), Wish(999, Source.CAMERA)]
    )
    await table.until(lambda: not table.lanes("dave"))


async def test_whoever_waits_for_a_lane_gets_one_that_becomes_free(lay: Callable[..., Table]) -> None:
    table = lay(video_lanes=1)
    for name in ("alice", "bob", "carol"):
        await table.sit(name)
    await watch(table, "carol", "alice", "bob")
    await table.until(lambda: table.lanes("carol") == {"12": ("alice", Source.CAMERA, False)})
    await table.engine.leave(session="alice")
    await table.until(lambda: table.lanes("carol") == {"12": ("bob", Source.CAMERA, False)})


async def test_padding_between_pictures_changes_nothing(table: Table) -> None:
    """Browsers send it to try what their line carries."""
    alice, bob, camera = await filmed(table)
    async with camera.filming():
        await bob.until(lambda: len(frames(bob.heard)) > 3)
    asked = alice.asked["picture"]
    for _ in range(10):
        await alice.say(b"", source=Source.CAMERA)
        await camera.film(2)
    await bob.until(lambda: frames(bob.heard)[-1].body == camera.filmed[-1].body)
    assert alice.asked["picture"] == asked
    assert_decodable(frames(bob.heard))
    assert_even(bob.on(FIRST))


async def test_a_wish_holds_for_whoever_comes_later(table: Table) -> None:
    bob = await table.sit("bob")
    table.users["alice"] = 2
    await watch(table, "bob", "alice")
    alice = await table.sit("alice")
    async with Camera(alice).filming():
        await bob.until(lambda: frames(bob.heard))


async def test_a_picture_goes_on_when_its_sender_reconnects(table: Table) -> None:
    _alice, bob, camera = await filmed(table)
    async with camera.filming():
        await bob.until(lambda: len(frames(bob.heard)) > 4)
    again = await table.sit("alice")
    seen = len(frames(bob.heard))
    async with Camera(again).filming():
        await bob.until(lambda: len(frames(bob.heard)) > seen + 8)
    assert any(frame.is_key for frame in frames(bob.heard)[seen:])
    assert_decodable(frames(bob.heard))


# --- Weak lines ------------------------------------------------------------------------------------


async def estimate(talker: Talker, table: Table, name: str, bits: int) -> None:
    """Say that the line carries so many bits a second."""
    peer = table.member(name).peer
    assert peer is not None
    fci = pack_remb_fci(bits, [peer.video[0].ssrc])
    await talker.transport._send_rtp(bytes(RtcpPsfbPacket(fmt=RTCP_PSFB_APP, ssrc=1, media_ssrc=0, fci=fci)))


def rate_limit(table: Table, name: str) -> float | None:
    peer = table.member(name).peer
    assert peer is not None
    return peer.supply.limit


async def test_loss_takes_layers_then_the_picture_and_both_come_back(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voice.media.bandwidth.PATIENCE_SECONDS", 0.5)
    alice, bob, camera = await filmed(table)
    carol = await table.sit("carol")
    await watch(table, "carol", "alice")
    async with camera.filming(size=1000), alice.talking(b"words"):
        peer = table.member("bob").peer
        assert peer is not None
        lane = peer.video[0]
        await bob.until(lambda: lane.rates[0] > 0 and lane.packets > 40, PATIENCE)

        bob.drop(0.25)
        await table.until(lambda: lane.wanted in (0, 1), PATIENCE)
        bob.drop(0.6)
        await table.until(lambda: table.lanes("bob")[FIRST] == ("alice", Source.CAMERA, True), PATIENCE)
        # Sound goes on, and whoever's line is good notices nothing.
        await bob.hears_word(b"words")
        assert table.lanes("carol")[FIRST] == ("alice", Source.CAMERA, False)
        assert table.member("carol").peer.video[0].wanted == 2  # type: ignore[union-attr]

        bob.drop(0)
        await table.until(lambda: lane.wanted == 2, PATIENCE)
        seen = len(frames(bob.heard))
        await bob.until(lambda: any(frame.layer == 2 for frame in frames(bob.heard)[seen:]))
        assert table.lanes("bob")[FIRST] == ("alice", Source.CAMERA, False)
        back = len(frames(bob.heard))
        await bob.until(lambda: len(frames(bob.heard)) > back + 12)
    assert_decodable(frames(carol.heard))
    last = max(n for n, frame in enumerate(frames(bob.heard)) if frame.is_key)
    assert_decodable(frames(bob.heard)[last:])


async def test_an_estimate_that_falls_takes_layers(table: Table) -> None:
    _, bob, camera = await filmed(table)
    peer = table.member("bob").peer
    assert peer is not None
    lane = peer.video[0]
    async with camera.filming(size=1000, packets=3):
        await bob.until(lambda: lane.rates[2] > 200_000 and lane.packets > 40)
        # One that is low and does not fall says only that little was sent before.
        await estimate(bob, table, "bob", 150_000)
        await bob.until(lambda n=lane.packets: lane.packets > n + 20)
        assert lane.wanted == 2
        await estimate(bob, table, "bob", 90_000)
        await bob.until(lambda: lane.wanted != 2)
    assert (rate_limit(table, "bob") or 0) < 90_000


async def test_a_sender_is_told_how_much_they_may_send(table: Table) -> None:
    alice, bob, camera = await filmed(table)
    async with camera.filming():
        await alice.until(lambda: alice.asked["bits"] > 400_000)
        await table.engine.limit(channel=1, limits=CallLimits(video_bitrate=200_000))
        await alice.until(lambda: alice.asked["bits"] <= 200_000)
    await bob.until(lambda: frames(bob.heard))


async def test_far_more_than_is_allowed_is_not_passed_on(table: Table) -> None:
    alice, bob, camera = await filmed(table)
    await table.engine.limit(channel=1, limits=CallLimits(video_bitrate=100_000))
    async with camera.filming(packets=10, size=1000), alice.talking(b"words"):
        await alice.until(lambda: len(camera.filmed) > 60)
        await bob.hears_word(b"words")
    octets = sum(len(packet.payload) for packet in bob.on(FIRST))
    assert octets * 8 < 100_000 * 2.5 * 4, "not in the few seconds that this took"
    assert 60 * 10 * 1000 * 8 > 4_000_000


async def test_a_call_limits_a_new_member_too(table: Table) -> None:
    limits = CallLimits(bitrate=24_000, video_bitrate=300_000)
    assert "maxaveragebitrate=24000" in (await table.offer("alice", limits=limits)).sdp
    await table.engine.limit(channel=1, limits=CallLimits(bitrate=64_000))
    assert "maxaveragebitrate=64000" in (await table.offer("bob", limits=limits)).sdp
    await table.engine.limit(channel=99, limits=limits)
