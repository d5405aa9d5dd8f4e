"""Packets that get lost on the way, to the server and from it, are asked for and sent again."""

from tests.voice.media.camera import Camera, frames
from tests.voice.media.conftest import Table
from tests.voice.media.test_video import watch
from voice.engine import Source

LOSS = 0.05
RTX = 97


async def test_a_picture_survives_loss_on_both_ways(table: Table) -> None:
    alice, bob = [await table.sit(name) for name in ("alice", "bob")]
    await watch(table, "bob", "alice")
    camera = Camera(alice)
    async with camera.filming():
        await bob.until(lambda: frames(bob.heard))
    alice.drop(LOSS, seed=2)
    bob.drop(LOSS, seed=3)
    async with camera.filming(packets=2, seconds=0.01):
        await alice.until(lambda: len(camera.filmed) > 300)
    # The end cannot be missed: nothing after it tells of it.
    alice.drop(0)
    sender, receiver = table.member("alice").peer, table.member("bob").peer
    assert sender is not None and receiver is not None
    upstream = next(one for one in sender.intake.sections.values() if one.section.source == Source.CAMERA)
    lane = receiver.video[0]

    await table.until(lambda: upstream.reception.repaired > 0 and lane.repeated > 0)
    assert alice.asked["packet"] >= upstream.reception.repaired > 10
    again = [packet for packet in bob.heard if packet.payload_type == RTX]
    assert len(again) > 10

    first, last = bob.on("12")[0].sequence, bob.on("12")[-1].sequence
    came = {packet.sequence for packet in bob.on("12")}
    came |= {int.from_bytes(packet.payload[:2], "big") for packet in again}
    expected = {(first + number) & 0xFFFF for number in range((last - first & 0xFFFF) + 1)}
    missing = expected - came
    assert len(missing) < len(expected) * LOSS / 5, f"{len(missing)} of {len(expected)} were not repaired"


async def test_a_voice_survives_loss_on_its_way_to_the_server(table: Table) -> None:
    """Where a client takes requests for sound: browsers do not, and rely on Opus."""
    alice, bob = [await table.sit(name) for name in ("alice", "bob")]
    await alice.say(b"begin")
    await bob.hears(b"begin")
    peer = table.member("alice").peer
    assert peer is not None
    microphone = next(one for one in peer.intake.sections.values() if one.section.source == Source.MICROPHONE)
    microphone.repairs = True
    alice.drop(0.2)
    async with alice.talking(b"word"):
        await table.until(lambda: microphone.reception.repaired > 2)
    words = [int(payload.split()[1]) for payload in bob.payloads() if payload.startswith(b"word")]
    assert words != sorted(words), "those that were sent again came late, and came"
