"""How fast the real server tells a room's sockets something: `bench/fanout`."""

import asyncio
import tempfile
import time
from pathlib import Path

import uvloop

from bench.fragments import SIZE
from bench.load import (
    Crowd,
    Effort,
    Server,
    Site,
    crowd,
    describe_machine,
    free_port,
    fresh_site,
    percentile,
    prepare_generator,
    running,
    table,
    ws_url,
)

ROOMS = (100, 500, 1000)
MEMORY_SOCKETS = 2000
WARM_UP_SOCKETS = 100
FLOOD_SECONDS = 3.0
PACE = {"per_second": 20, "seconds": 10, "size": SIZE}
STALLED = 5
STALLED_BYTES = 12_000_000

HEADER = ("measured", "sockets", "result", "wanted", "bare broadcast", "ratio", "server CPU", "generator CPU")
Row = tuple[str, ...]


async def flood(server: Server, people: Crowd, **arguments: object) -> tuple[float, float, tuple[str, str]]:
    """Deliveries a second at full speed, fragments a frame, CPU shares."""
    await people.quiet()
    fragments, frames, effort = people.tally.fragments, people.tally.frames, Effort(server)
    answer = await server.order("flood", seconds=FLOOD_SECONDS, size=SIZE, **arguments)
    deliveries = int(answer["published"] * len(people.sockets))
    ended = await people.received(fragments + deliveries)
    shares = effort.shares()
    return deliveries / (ended - answer["started"]), deliveries / (people.tally.frames - frames), shares


async def measure_reference() -> tuple[dict[int, float], str]:
    """`websockets.broadcast` alone: deliveries a second by room, and the delay in the largest."""
    rates = {}
    with tempfile.TemporaryDirectory() as directory:
        port, control = free_port(), Path(directory) / "control"
        with running("bench.broadcast", str(control), port, control, "Listening", {"PORT": str(port)}) as server:
            async with crowd() as people:
                for size in ROOMS:
                    nobody = [{"session": ""}] * (size - len(people.sockets))
                    await people.open(f"ws://127.0.0.1:{port}/ws/", nobody)
                    rates[size], _, _ = await flood(server, people)
                delay, _ = await pace(server, people)
    return rates, delay


async def measure_single_frames(site: Site, reference: dict[int, float]) -> list[Row]:
    rows: list[Row] = []
    with site.serve(LIVE_COALESCE_MS="0") as server:
        async with crowd() as people:
            for size in ROOMS:
                await people.open(ws_url(site, server), site.people[len(people.sockets) : size])
                rate, joined, shares = await flood(server, people, topic=site.topic, outstanding=4)
                assert joined < 1.05, f"{joined} fragments a frame"
                wanted = "80,000" if size == max(ROOMS) else ""
                ratio = f"{rate / reference[size]:.2f}"
                rows.append(
                    (
                        "deliveries/s, a frame each",
                        f"{size}",
                        f"{rate:,.0f}",
                        wanted,
                        f"{reference[size]:,.0f}",
                        ratio,
                        *shares,
                    )
                )
    return rows


async def measure_memory(site: Site, server: Server, people: Crowd) -> Row:
    url = ws_url(site, server)
    await people.open(url, site.people[:WARM_UP_SOCKETS])
    await people.close()
    await people.quiet()
    before = server.memory()
    started = time.monotonic()
    await people.open(url, site.people[:MEMORY_SOCKETS])
    await people.quiet(2)
    each = (server.memory() - before) / MEMORY_SOCKETS / 1024
    print(f"{MEMORY_SOCKETS / (time.monotonic() - started):.0f} sockets opened a second")
    return ("memory a connection", f"{MEMORY_SOCKETS}", f"{each:.1f} KiB", "25 KiB", "", "", "", "")


async def pace(server: Server, people: Crowd, **arguments: object) -> tuple[str, tuple[str, str]]:
    """p50 and p99 of the time from publishing to arrival, at a steady pace; CPU shares."""
    await people.quiet()
    effort, fragments = Effort(server), people.tally.fragments
    people.tally.ages = []
    answer = await server.order("pace", **PACE, **arguments)
    await people.received(fragments + int(answer["published"]) * len(people.sockets))
    ages, people.tally.ages = people.tally.ages, None
    return f"{percentile(ages, 0.5) * 1000:.1f} / {percentile(ages, 0.99) * 1000:.1f} ms", effort.shares()


async def measure_delay(what: str, site: Site, server: Server, people: Crowd, reference: str = "") -> Row:
    figures, shares = await pace(server, people, topic=site.topic)
    return (what, f"{len(people.sockets)}", figures, "p99 20 ms", reference, "", *shares)


async def measure_coalesced(site: Site, server: Server, people: Crowd) -> list[Row]:
    rows: list[Row] = []
    for size in sorted(ROOMS, reverse=True):
        await people.close(keep=size)
        rate, joined, shares = await flood(server, people, topic=site.topic, outstanding=256)
        wanted = "1,000,000" if size == max(ROOMS) else ""
        rows.append(
            (f"deliveries/s, joined ({joined:.0f} a frame)", f"{size}", f"{rate:,.0f}", wanted, "", "", *shares)
        )
    return rows[::-1]


async def measure_stalled(site: Site, server: Server, people: Crowd) -> list[Row]:
    """Five people stop reading while much is published to each of them: what the others notice, what it costs."""
    stalled = Crowd()
    persons = site.people[-STALLED:]
    await stalled.open(ws_url(site, server), persons)
    await people.quiet()
    for transport in stalled.sockets:
        transport.underlying_transport.pause_reading()
    before = most = server.memory()
    filling = asyncio.create_task(
        server.order("fill", topics=[f"user.{person['id']}" for person in persons], amount=STALLED_BYTES)
    )
    measuring = asyncio.create_task(measure_delay(f"p50 / p99 beside {STALLED} stalled readers", site, server, people))
    while not (filling.done() and measuring.done()):
        most = max(most, server.memory())
        await asyncio.sleep(0.05)
    left = (await filling)["left"]
    await stalled.close()
    each = (most - before) / STALLED / 1024
    return [
        await measuring,
        (
            f"memory a stalled reader ({STALLED - left} closed)",
            f"{STALLED}",
            f"{each:.0f} KiB",
            "1,000 KiB",
            "",
            "",
            "",
            "",
        ),
    ]


async def main() -> None:
    prepare_generator()
    started = time.monotonic()
    reference, reference_delay = await measure_reference()
    with fresh_site(MEMORY_SOCKETS) as site:
        rows = await measure_single_frames(site, reference)
        with site.serve() as server:
            async with crowd() as people:
                memory = await measure_memory(site, server, people)
        # Afresh: that a thousand people have just left is told to those who stay, and is not what is measured here.
        with site.serve() as server:
            async with crowd() as people:
                await people.open(ws_url(site, server), site.people[: max(ROOMS)])
                what = f"p50 / p99 until it arrives, {PACE['per_second']}/s"
                delay = await measure_delay(what, site, server, people, reference_delay)
                stalled = await measure_stalled(site, server, people)
                rows += [*await measure_coalesced(site, server, people), delay, memory, *stalled]
    print(describe_machine())
    print(f"fragments of {SIZE} bytes; server on core 0, generator on core 1; {time.monotonic() - started:.0f} s\n")
    print(table(HEADER, rows))


if __name__ == "__main__":
    uvloop.run(main())
