"""Nothing stays of somebody who has left."""

import asyncio
import gc
import threading
import tracemalloc
from collections import Counter
from pathlib import Path

import pytest
from aioice.ice import StunProtocol
from aiortc import RTCDtlsTransport
from OpenSSL import SSL

from bench.caller import Caller
from tests.voice.media.conftest import Table
from voice.media.aiortc_seam import Connection, Line, make_certificate
from voice.media.member import Member
from voice.media.peer import Peer
from voice.media.stream import Stream

JOINS = 200
AT_ONCE = 10
CERTIFICATE = make_certificate()
HEAVY = (Peer, Member, Stream, Line, Connection, StunProtocol, RTCDtlsTransport, SSL.Connection)


def living() -> Counter[str]:
    """What there is now: threads, tasks, timers, open files, and objects of the media server."""
    gc.collect()
    counts = Counter({"threads": threading.active_count(), "tasks": len(asyncio.all_tasks())})
    counts["files"] = len(list(Path("/proc/self/fd").iterdir()))
    timers = asyncio.get_running_loop()._scheduled  # type: ignore[attr-defined]
    ours = [timer for timer in timers if not timer.cancelled() and timer._callback.__module__.startswith("voice.")]
    counts["timers"] = len(ours)
    counts["objects"] = sum(isinstance(one, (Peer, Member, Stream, Caller)) for one in gc.get_objects())
    return counts


async def come_and_go(table: Table, name: str, how: str) -> None:
    """Somebody joins, talks and goes: by themself, thrown out, or without a word."""
    offer = await table.offer(name)
    caller = Caller(CERTIFICATE)
    answer = await caller.answer(offer.sdp)
    if how == "never answers":
        await table.engine.leave(session=name)
        await caller.close()
        return
    await table.engine.answer(session=name, number=offer.number, sdp=answer)
    if how == "leaves while connecting":
        await table.engine.leave(session=name)
        await caller.close()
        return
    await caller.connect()
    for number in range(5):
        caller.line.send_rtp(0x80, 111, number, number * 960, caller.ssrcs[0], b"word" * 20)
        caller.line.send_rtp(0x80, 96, number, number * 3000, caller.ssrcs[1], b"\x10\0" + b"picture" * 100)
    if how == "is kicked":
        await table.engine.kick(session=name, reason="kicked")
    elif how == "hangs up":
        await caller.close()
        await table.until(lambda: table.member(name).peer is None)
        await table.engine.leave(session=name)
    else:
        await table.engine.leave(session=name)
    await caller.close()


@pytest.mark.parametrize("how", ["leaves", "is kicked", "hangs up", "leaves while connecting", "never answers"])
async def test_nothing_stays_of_somebody_who_has_gone(table: Table, how: str) -> None:
    await table.sit("alice")
    await come_and_go(table, "bob", how)
    before = living()
    for number in range(3):
        await come_and_go(table, f"carol {number}", how)
    await table.until(lambda: living() - before == Counter(), 10)


@pytest.mark.parametrize("how", ["leaves", "hangs up", "leaves while connecting", "never answers"])
async def test_nothing_waits_for_the_garbage_collector(table: Table, how: str) -> None:
    """It comes seldom where sockets are served, and a handshake's state is large."""
    await come_and_go(table, "alice", how)
    gc.collect()
    gc.disable()
    try:
        await come_and_go(table, "bob", how)
        await asyncio.sleep(0)
        left = [type(one).__name__ for one in gc.get_objects() if isinstance(one, HEAVY)]
    finally:
        gc.enable()
    assert left == []


async def test_memory_does_not_grow_over_many_joins(table: Table) -> None:
    await table.sit("alice")

    async def crowd(count: int) -> None:
        for start in range(0, count, AT_ONCE):
            names = [f"person {number}" for number in range(start, start + AT_ONCE)]
            await asyncio.gather(*(come_and_go(table, name, "leaves") for name in names))
        table.events.clear()

    await crowd(AT_ONCE * 2)
    before = living()
    tracemalloc.start()
    try:
        memory = tracemalloc.get_traced_memory()[0]
        await crowd(JOINS)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - memory
    finally:
        tracemalloc.stop()
    await table.until(lambda: living() - before == Counter(), 10)
    assert grown < JOINS * 500, f"{grown} bytes more after {JOINS} joins"
    assert table.engine._calls.keys() == {1}
