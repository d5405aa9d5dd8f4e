"""What one says, the others hear: bit for bit, evenly numbered, and on lanes that stay."""

import asyncio
import itertools
from collections.abc import Callable, Sequence

from tests.voice.media.camera import VP8
from tests.voice.media.conftest import Table
from tests.voice.talker import Heard
from voice.engine import Allowance, Source, SpeakingChanged, Wish

CLOCK = 48_000


def assert_even(packets: Sequence[Heard]) -> None:
    """Asserts that a receiver sees one series without a gap, in which time only goes on."""
    for one, other in itertools.pairwise(packets):
        assert (other.sequence - one.sequence) & 0xFFFF == 1
        # The packets of a picture have one time.
        least = 0 if one.payload_type == VP8 and not one.marker else 1
        assert least <= (other.timestamp - one.timestamp) & 0xFFFFFFFF < 60 * CLOCK
    assert len({packet.ssrc for packet in packets}) == 1


async def test_others_hear_every_bit_of_what_one_says(table: Table) -> None:
    alice, bob, carol = [await table.sit(name) for name in ("alice", "bob", "carol")]

    said = [bytes([number]) * (40 + number) for number in range(50)]
    await alice.say(*said)

    for listener in (bob, carol):
        await listener.hears(*said)
        assert listener.payloads() == said
        assert_even(listener.heard)
    assert not alice.heard


async def test_each_speaker_has_a_lane_that_stays(table: Table) -> None:
    alice, bob, carol = [await table.sit(name) for name in ("alice", "bob", "carol")]
    async with alice.talking(b"alice"), bob.talking(b"bob"):
        await carol.hears_word(b"alice")
        await carol.hears_word(b"bob")
    before = table.lanes("carol")
    assert {name for name, _, _ in before.values()} == {"alice", "bob"}

    async with bob.talking(b"again"):
        await carol.hears_word(b"again")
    assert table.lanes("carol") == before
    assert_even(carol.on(table.lane_of("carol", "bob")))


async def test_a_lane_goes_on_evenly_from_one_speaker_to_the_next(lay: Callable[..., Table]) -> None:
    table = lay(audio_lanes=1)
    alice, bob, carol = [await table.sit(name) for name in ("alice", "bob", "carol")]
    async with alice.talking(b"alice"):
        await carol.hears_word(b"alice")
    async with bob.talking(b"bob"):
        # Not before alice has been silent for a while: a pause between two words gives no lane away.
        await carol.hears_word(b"bob")
    async with alice.talking(b"and alice"):
        await carol.hears_word(b"and alice")

    assert {packet.mid for packet in carol.heard} == {"4"}
    assert_even(carol.heard)


async def test_the_time_of_a_lane_is_that_of_the_clock(lay: Callable[..., Table]) -> None:
    """A receiver plays what comes late as late as it came: time must not stand still between two speakers."""
    table = lay(audio_lanes=1)
    alice, bob, carol = [await table.sit(name) for name in ("alice", "bob", "carol")]
    async with alice.talking(b"alice"):
        await carol.hears_word(b"alice")
    async with bob.talking(b"bob"):
        await carol.hears_word(b"bob")
    last = max(n for n, packet in enumerate(carol.heard) if packet.payload.startswith(b"alice"))
    gap = (carol.heard[last + 1].timestamp - carol.heard[last].timestamp) / CLOCK
    assert 1 < gap < 5, "alice was silent for at least the second that she keeps her lane"


async def test_a_priority_speaker_takes_a_lane_from_somebody_who_talks(lay: Callable[..., Table]) -> None:
    table = lay(audio_lanes=1)
    alice = await table.sit("alice", allowance=Allowance(has_priority=True))
    bob, carol = [await table.sit(name) for name in ("bob", "carol")]
    async with bob.talking(b"bob", level=10):
        await carol.hears_word(b"bob")
        async with alice.talking(b"alice", level=40):
            await carol.hears_word(b"alice")
            assert table.lanes("carol") == {"4": ("alice", Source.MICROPHONE, False)}


async def test_silence_is_not_sent_on(table: Table) -> None:
    alice, bob = [await table.sit(name) for name in ("alice", "bob")]
    await alice.say(b"said", *[b"\xf8"] * 20, b"said again")
    await bob.hears(b"said again")
    # The first tells the decoder that it begins.
    assert bob.payloads() == [b"said", b"\xf8", b"said again"]
    assert_even(bob.heard)
    silence = (bob.heard[-1].timestamp - bob.heard[0].timestamp) & 0xFFFFFFFF
    assert silence == 21 * 960, "it took as long as it did"


async def test_nothing_of_those_who_are_quiet_is_sent_on_where_lanes_are_short(lay: Callable[..., Table]) -> None:
    table = lay(audio_lanes=1)
    alice, bob, carol = [await table.sit(name) for name in ("alice", "bob", "carol")]
    async with bob.talking(b"hum", level=90), alice.talking(b"alice"):
        await carol.hears_word(b"alice")
    assert not any(payload.startswith(b"hum") for payload in carol.payloads())


async def test_a_screen_s_sound_comes_with_its_picture_alone(table: Table) -> None:
    alice, bob, carol = [await table.sit(name) for name in ("alice", "bob", "carol")]
    await table.engine.watch(session="bob", wishes=[Wish(table.users["alice"], Source.SCREEN)])
    async with alice.talking(b"song", source=Source.SCREEN_SOUND), alice.talking(b"words"):
        await bob.hears_word(b"song")
        await carol.hears_word(b"words")
        assert not any(payload.startswith(b"song") for payload in carol.payloads())
        await table.engine.watch(session="bob", wishes=[])
        await table.until(lambda: all(source == Source.MICROPHONE for _, source, _ in table.lanes("bob").values()))


async def test_everybody_is_told_who_talks_and_who_has_ended(table: Table) -> None:
    alice, _ = [await table.sit(name) for name in ("alice", "bob")]
    async with alice.talking(b"alice"):
        await table.until(lambda: table.told(SpeakingChanged))
    assert table.told(SpeakingChanged) == [SpeakingChanged(1, frozenset({table.users["alice"]}))]
    await table.until(lambda: len(table.told(SpeakingChanged)) == 2)
    assert table.told(SpeakingChanged)[-1] == SpeakingChanged(1, frozenset())


async def test_who_talks_is_told_five_times_a_second_at_most(table: Table) -> None:
    people = [await table.sit(f"person {number}") for number in range(3)]
    times: list[float] = []
    clock = asyncio.get_running_loop().time
    table.engine.listen(lambda event: times.append(clock()) if isinstance(event, SpeakingChanged) else None)
    for talker in people:
        async with talker.talking(b"word"):
            told = len(times)
            await table.until(lambda told=told: len(times) > told)
    assert all(other - one > 0.19 for one, other in itertools.pairwise(times))


async def test_nobody_hears_somebody_in_another_channel(table: Table) -> None:
    alice, bob = await table.sit("alice"), await table.sit("bob")
    mallory = await table.sit("mallory", channel=2)
    async with alice.talking(b"secret"), mallory.talking(b"mallory"):
        await bob.hears_word(b"secret")
    assert not mallory.heard
    assert not any(payload.startswith(b"mallory") for payload in bob.payloads())


async def test_somebody_who_only_listens_hears(table: Table) -> None:
    alice, bob = await table.sit("alice"), await table.sit("bob", sends=False)
    await alice.say(b"hello bob")
    await bob.hears(b"hello bob")
