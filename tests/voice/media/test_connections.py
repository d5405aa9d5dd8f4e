"""Offers, answers and lines: what is taken, what is refused, and when a session is over."""

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

import pytest

from tests.voice.media.conftest import Table
from tests.voice.media.test_audio import assert_even
from voice.engine import Allowance, BadAnswer, Connected, Ended, EngineBusy, UnknownSession


async def test_an_answer_is_taken_once(table: Table) -> None:
    offer = await table.offer("alice")
    alice = table.talker()
    answer = await alice.answer(offer.sdp)
    await table.engine.answer(session="alice", number=offer.number, sdp=answer)
    with pytest.raises(BadAnswer):
        await table.engine.answer(session="alice", number=offer.number, sdp=answer)
    await alice.connected()
    await table.until(lambda: table.told(Connected))


async def test_an_answer_to_another_offer_is_refused(table: Table) -> None:
    first = await table.offer("alice")
    others = await table.offer("bob")
    alice = table.talker()
    answer = await alice.answer(first.sdp)
    second = await table.offer("alice")
    for number in (first.number, others.number, second.number + 1, 0):
        with pytest.raises(BadAnswer):
            await table.engine.answer(session="alice", number=number, sdp=answer)
    with pytest.raises(UnknownSession):
        await table.engine.answer(session="mallory", number=second.number, sdp=answer)


def without(answer: str, start: str) -> str:
    return "\r\n".join(line for line in answer.split("\r\n") if not line.startswith(start)) + "\r\n"


SPOILT: dict[str, Callable[[str], str]] = {
    "nothing": lambda answer: "",
    "garbage": lambda answer: "\0\n=\n" * 500,
    "half of it": lambda answer: answer[: len(answer) // 2],
    "too long": lambda answer: answer + "a=x:" + "x" * 65_536,
    "a section more": lambda answer: answer + answer[answer.index("m=audio") :],
    "a data channel": lambda answer: answer.replace("m=video", "m=application", 1),
    "sections in another order": lambda answer: answer.replace("a=mid:0", "a=mid:x").replace("a=mid:3", "a=mid:0"),
    "a microphone that wants to hear": lambda answer: answer.replace("a=sendonly", "a=sendrecv", 1),
    "a lane that wants to send": lambda answer: answer.replace("a=recvonly", "a=sendonly", 1),
    "another codec": lambda answer: answer.replace("opus/48000/2", "PCMU/8000", 1),
    "another payload type": lambda answer: answer.replace("SAVPF 111", "SAVPF 0", 1).replace(":111", ":0", 1),
    "no bundle": lambda answer: without(answer, "a=group"),
    "no credentials": lambda answer: without(answer, "a=ice-pwd"),
    "credentials that are none": lambda answer: answer.replace("a=ice-pwd:", "a=ice-pwd:@@", 1),
    "no fingerprint": lambda answer: without(answer, "a=fingerprint"),
    "no role": lambda answer: answer.replace("a=setup:active", "a=setup:actpass"),
    "RTP without multiplexing": lambda answer: without(answer, "a=rtcp-mux"),
    "plain RTP": lambda answer: answer.replace("UDP/TLS/RTP/SAVPF", "RTP/AVP"),
    "one SSRC for two sources": lambda answer: answer.replace("a=mid:1", "a=mid:1\r\na=ssrc:7 cname:x").replace(
        "a=mid:2", "a=mid:2\r\na=ssrc:7 cname:x"
    ),
    "numbers that are none": lambda answer: answer.replace("a=ssrc:", "a=ssrc:-", 1),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
async def test_an_answer_that_describes_something_else_is_refused(table: Table, spoil: Callable[[str], str]) -> None:
    offer = await table.offer("alice")
    alice = table.talker()
    answer = await alice.answer(offer.sdp)
    with pytest.raises(BadAnswer):
        await table.engine.answer(session="alice", number=offer.number, sdp=spoil(answer))
    # A client's mistake is not the end: the right answer is still taken.
    await table.engine.answer(session="alice", number=offer.number, sdp=answer)
    await alice.connected()


async def test_an_answer_that_takes_long_to_read_is_none(table: Table) -> None:
    offer = await table.offer("alice")
    answer = await table.talker().answer(offer.sdp)
    hostile = answer + "".join(f"a=ssrc:{number} cname:x\r\n" for number in range(1, 2000))
    started = asyncio.get_running_loop().time()
    await table.engine.answer(session="alice", number=offer.number, sdp=hostile)
    assert asyncio.get_running_loop().time() - started < 0.2


async def test_an_answer_without_candidates_connects_all_the_same(table: Table) -> None:
    """Browsers hide their addresses; the server finds a client by the checks that it receives."""
    offer = await table.offer("alice")
    alice = table.talker()
    answer = without(await alice.answer(offer.sdp), "a=candidate")
    await table.engine.answer(session="alice", number=offer.number, sdp=answer)
    await alice.connected()


async def test_candidates_that_come_later_are_taken_and_useless_ones_ignored(table: Table) -> None:
    offer = await table.offer("alice")
    alice = table.talker()
    answer = await alice.answer(offer.sdp)
    candidates = {line.removeprefix("a=") for line in answer.split("\r\n") if line.startswith("a=candidate")}
    number = offer.number
    await table.engine.answer(session="alice", number=number, sdp=without(answer, "a=candidate"))
    hidden = "candidate:1 1 udp 2113937151 4b29a7ca-2d6b-4bb5-a1b5-0a1b2c3d4e5f.local 50000 typ host"
    for candidate in [hidden, "candidate:1 1 tcp 1 127.0.0.1 9 typ host tcptype active", *candidates, ""]:
        await table.engine.add_candidate(session="alice", number=number, candidate=candidate, mid="0")
    for wrong in ("nonsense", "candidate:1 1 udp x 127.0.0.1 9 typ host", "candidate:" + "1" * 5000):
        with pytest.raises(BadAnswer):
            await table.engine.add_candidate(session="alice", number=number, candidate=wrong, mid="0")
    with pytest.raises(BadAnswer):
        await table.engine.add_candidate(session="alice", number=number + 1, candidate=min(candidates), mid="0")
    await alice.connected()


async def test_somebody_who_never_answers_is_gone(lay: Callable[..., Table]) -> None:
    table = lay(patience=0.5)
    await table.offer("alice")
    await table.until(lambda: table.ended("alice"))
    assert table.ended("alice") == "no_answer"
    with pytest.raises(UnknownSession):
        await table.engine.mute(session="alice", allowance=Allowance())


async def test_somebody_who_answers_and_never_connects_is_gone(lay: Callable[..., Table]) -> None:
    table = lay(patience=0.5)
    offer = await table.offer("alice")
    alice = table.talker()
    answer = await alice.answer(offer.sdp)
    await alice.close()
    await table.engine.answer(session="alice", number=offer.number, sdp=answer)
    await table.until(lambda: table.ended("alice"))
    assert table.ended("alice") == "no_answer"


async def test_somebody_whose_line_is_dead_is_gone(lay: Callable[..., Table]) -> None:
    table = lay(patience=2)
    alice = await table.sit("alice")
    await table.until(lambda: table.told(Connected))
    # As when a phone loses its network: nothing comes any more, not even a goodbye.
    for protocol in alice.transport.transport._connection._protocols:
        protocol.transport.abort()
    await table.until(lambda: table.ended("alice"))
    assert table.ended("alice") == "line_dead"


async def test_somebody_who_hangs_up_has_time_to_come_back(lay: Callable[..., Table]) -> None:
    table = lay(patience=4)
    alice, bob = [await table.sit(name) for name in ("alice", "bob")]
    await alice.close()
    again = await table.sit("alice")
    async with again.talking(b"back"), bob.talking(b"bob"):
        await bob.hears_word(b"back")
    assert not table.told(Ended)


class Router(asyncio.DatagramProtocol):
    """Somebody's router: the server sees its port, which it may change at any time."""

    def __init__(self, server: tuple[str, int]) -> None:
        self.server = server
        self.person: tuple[str, int] | None = None
        self.inside: asyncio.DatagramTransport
        self.outside: asyncio.DatagramTransport

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self.inside, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        await self.rebind()

    async def rebind(self) -> None:
        router = self

        class Outside(asyncio.DatagramProtocol):
            def datagram_received(self, data: bytes, addr: Any) -> None:
                if router.person is not None:
                    router.inside.sendto(data, router.person)

        loop = asyncio.get_running_loop()
        self.outside, _ = await loop.create_datagram_endpoint(Outside, remote_addr=self.server)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.person = addr
        self.outside.sendto(data)


async def test_a_call_goes_on_when_a_router_changes_somebody_s_port(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aioice.ice.CONSENT_INTERVAL", 0.3)
    bob = await table.sit("bob")
    offer = await table.offer("alice")
    _, port = next(line for line in offer.sdp.split("\r\n") if line.startswith("a=candidate")).split()[4:6]
    router = Router(("127.0.0.1", int(port)))
    await router.open()
    inside = router.inside.get_extra_info("sockname")[1]
    alice = table.talker()
    answer = await alice.answer(offer.sdp.replace(f"127.0.0.1 {port} ", f"127.0.0.1 {inside} "))
    await table.engine.answer(session="alice", number=offer.number, sdp=without(answer, "a=candidate"))
    await alice.connected()
    async with alice.talking(b"alice"), bob.talking(b"bob"):
        await bob.hears_word(b"alice")
        old = router.outside
        await router.rebind()
        old.close()
        await bob.hears_word(b"alice")
        await alice.hears_word(b"bob")
    assert not table.told(Ended)
    for transport in (router.inside, router.outside):
        transport.close()


async def test_a_connection_is_replaced_without_a_gap(table: Table) -> None:
    """Make before break: the old one carries everything until the new one does."""
    alice, bob = [await table.sit(name) for name in ("alice", "bob")]
    async with alice.talking(b"old"):
        await bob.hears_word(b"old")
        offer = await table.offer("alice")
        await bob.hears_word(b"old")
        again = table.talker()
        answer = await again.answer(offer.sdp)
        async with again.talking(b"new"):
            await table.engine.answer(session="alice", number=offer.number, sdp=answer)
            await bob.hears_word(b"new")
        await alice.until(lambda: alice.closed)
    assert_even(bob.heard)
    words = [payload[:3] for payload in bob.payloads()]
    assert [word for word, _ in itertools.groupby(words)] == [b"old", b"new"]
    assert len(table.lanes("bob")) == 1
    # And what they are sent comes on the new one.
    await bob.say(b"welcome back")
    await again.hears(b"welcome back")


async def test_an_offer_to_reconnect_that_is_never_answered_costs_nothing(lay: Callable[..., Table]) -> None:
    table = lay(patience=2)
    alice, bob = [await table.sit(name) for name in ("alice", "bob")]
    await table.offer("alice")
    assert table.member("alice").coming is not None
    async with alice.talking(b"still here"), bob.talking(b"bob"):
        await table.until(lambda: table.member("alice").coming is None)
        await bob.hears_word(b"still here")
    assert not table.told(Ended)


async def test_a_newer_offer_ends_an_older(table: Table) -> None:
    older = await table.offer("alice")
    newer = await table.offer("alice")
    assert newer.number > older.number
    alice = table.talker()
    await table.engine.answer(session="alice", number=newer.number, sdp=await alice.answer(newer.sdp))
    await alice.connected()


async def test_of_two_joins_at_once_the_newer_one_counts(table: Table) -> None:
    older = asyncio.ensure_future(table.offer("alice"))
    await asyncio.sleep(0)
    newer = await table.offer("alice")
    with pytest.raises(UnknownSession):
        await older
    alice = table.talker()
    await table.engine.answer(session="alice", number=newer.number, sdp=await alice.answer(newer.sdp))
    await alice.connected()


async def test_somebody_goes_on_in_another_channel(table: Table) -> None:
    alice, bob = [await table.sit(name) for name in ("alice", "bob")]
    moved = await table.sit("alice", channel=2)
    carol = await table.sit("carol", channel=2)
    async with moved.talking(b"moved"), bob.talking(b"bob"):
        await carol.hears_word(b"moved")
    assert not bob.heard
    await alice.until(lambda: alice.closed)


async def test_an_engine_that_is_full_says_so(lay: Callable[..., Table]) -> None:
    table = lay(people=1)
    await table.sit("alice")
    with pytest.raises(EngineBusy):
        await table.offer("bob")
    await table.offer("alice")
    await table.engine.leave(session="alice")
    await table.offer("bob")


async def test_an_engine_that_sends_as_much_as_it_may_takes_nobody_more_in(lay: Callable[..., Table]) -> None:
    table = lay(streams=2)
    alice, bob, carol = [await table.sit(name) for name in ("alice", "bob", "carol")]
    async with alice.talking(b"word"):
        await bob.hears_word(b"word")
        await carol.hears_word(b"word")
        with pytest.raises(EngineBusy):
            await table.offer("dave")
        # Whoever is in may reconnect.
        await table.offer("bob")


async def test_ports_are_those_that_were_set_and_come_back(lay: Callable[..., Table]) -> None:
    table = lay(ports=range(41_000, 41_002))
    offers = [await table.offer(name) for name in ("alice", "bob")]
    ports = {line.split()[5] for offer in offers for line in offer.sdp.split("\r\n") if line.startswith("a=candidate")}
    assert ports == {"41000", "41001"}
    with pytest.raises(EngineBusy):
        await table.offer("carol")
    assert "carol" not in table.engine._homes
    await table.engine.leave(session="bob")
    await table.offer("carol")


async def test_an_engine_that_stops_ends_every_session(table: Table) -> None:
    alice, _ = await table.sit("alice"), await table.offer("bob")
    await table.engine.close()
    assert table.told(Ended) == [Ended("alice", "stopping"), Ended("bob", "stopping")]
    await alice.until(lambda: alice.closed)
