"""How many voices and pictures the media server passes on, how late, and what a person costs: `bench/voice`."""

import argparse
import asyncio
import itertools
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import uvloop

from bench.caller import Caller
from bench.janus import PROGRAM, running_janus
from bench.load import Effort, Server, describe_machine, prepare_generator, running, table
from bench.media_server import READY
from bench.party import OPUS, SOUND_BYTES, Ear, Heard, Mouth, Party
from voice.media.aiortc_seam import make_certificate

# People of a call who all talk: each hears eight others, as many as there are audio lanes.
TALKERS = 9
CALLS = (6, 9, 13, 18, 24, 30)
# People of a call who all film: each sees six others, as many as there are video lanes.
FILMERS = 7
FILMED_CALLS = (4, 8, 12, 16, 24, 32)
MEMORY_CALLS = 6
MOST_LOSS, MOST_P99 = 0.01, 20.0
WANTED_STREAMS = 600
CROWD, CROWD_TALKERS = 100, 3
WARM_UP_SECONDS = 2
SECONDS = 8
COMING_AT_ONCE, WORDS, WARM_UP_VISITS = 10, 10, 1000
SILENCE = 127
KIB = 1024

HEADER = ("measured", "streams", "result", "wanted", "p50 / p99 ms", "lost", "server CPU", "generator CPU")
Row = tuple[str, ...]


class Site:
    """A media server under measurement, and those who are in its calls."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.ear = Ear()
        self.party = Party(self.ear)
        self.callers: dict[str, Caller] = {}
        self._certificate = make_certificate()

    async def enter(self, channel: int, user: int, *, watch: list[int] | None = None) -> Mouth:
        """Somebody joins a call."""
        session = str(user)
        offer = await self.server.order("join", channel=channel, session=session, user=user)
        ssrcs = [user * 10 + number for number in range(1, 5)]
        caller = self.callers[session] = Caller(self._certificate, self.ear.hear, ssrcs=ssrcs)
        answer = await caller.answer(offer["sdp"])
        await self.server.order("answer", session=session, number=offer["number"], sdp=answer)
        await caller.connect()
        if watch:
            await self.server.order("watch", session=session, users=watch)
        return Mouth(caller.line, ssrcs[0])

    async def leave(self, session: str) -> None:
        await self.server.order("leave", session=session)
        await self.callers.pop(session).close()

    async def clear(self) -> None:
        for session in list(self.callers):
            await self.leave(session)


@contextmanager
def serve(directory: Path) -> Iterator[Server]:
    """A fresh media server, pinned to the first core."""
    control = directory / "control"
    env = {"DATA_DIR": str(directory), "DJANGO_DEBUG": "1", "DJANGO_SETTINGS_MODULE": "eclipse.settings"}
    with running("bench.media_server", str(control), 0, control, READY, env) as server:
        yield server


@asynccontextmanager
async def fresh_site() -> AsyncIterator[Site]:
    with tempfile.TemporaryDirectory(prefix="eclipse-bench-") as directory, serve(Path(directory)) as server:
        site = Site(server)
        try:
            yield site
        finally:
            await site.clear()


async def try_out(server: Server, party: Party, hears: int, seconds: float) -> tuple[Heard, str, str]:
    """Let everybody send for a while; what was heard of it, and what the server and this process did for it."""
    await party.go_on(WARM_UP_SECONDS)
    effort = Effort(server)
    heard = await party.go_on(seconds, hears=hears)
    return heard, *effort.shares()


def row(what: str, streams: int, result: str, wanted: str, tried: tuple[Heard, str, str]) -> Row:
    heard, server, generator = tried
    return (
        what, str(streams), result, wanted, f"{heard.p50:.1f} / {heard.p99:.1f}", f"{heard.loss:.2%}", server, generator
    )  # fmt: skip


def holds(heard: Heard) -> bool:
    return heard.loss < MOST_LOSS and heard.p99 <= MOST_P99


# --- What is measured ------------------------------------------------------------------------------


async def measure_sounds(seconds: float) -> tuple[list[Row], int]:
    """More and more calls in which everybody talks; and the most streams that were carried well."""
    rows, most = [], 0
    async with fresh_site() as site:
        mouths = site.party.mouths
        for calls in CALLS:
            for user in range(len(mouths), calls * TALKERS):
                mouths.append(await site.enter(user // TALKERS + 1, user + 1))
            streams = calls * TALKERS * (TALKERS - 1)
            tried = await try_out(site.server, site.party, TALKERS - 1, seconds)
            good = holds(tried[0])
            rows.append(row("audio, everybody talks", streams, "" if good else "too much", "", tried))
            if not good:
                break
            most = streams
    rows.append(("most audio streams on one core", str(most), "", f">= {WANTED_STREAMS}", "", "", "", ""))
    return rows, most


async def measure_janus_sounds(seconds: float) -> tuple[list[Row], int]:
    """The same through Janus."""
    rows, most = [], 0
    with tempfile.TemporaryDirectory(prefix="eclipse-bench-") as directory:
        async with running_janus(Path(directory), make_certificate()) as janus:
            ear = Ear()
            party = Party(ear)
            mouths = party.mouths
            for calls in CALLS:
                for call in range(len(mouths) // TALKERS, calls):
                    users = [call * TALKERS + number + 1 for number in range(TALKERS)]
                    await janus.open_room(call + 1)
                    mouths += [await janus.publish(call + 1, user, picture=False) for user in users]
                    for user in users:
                        await janus.subscribe(call + 1, [one for one in users if one != user], ear.hear)
                streams = calls * TALKERS * (TALKERS - 1)
                tried = await try_out(janus.server, party, TALKERS - 1, seconds)
                good = holds(tried[0])
                rows.append(row("Janus: the same", streams, "" if good else "too much", "", tried))
                if not good:
                    break
                most = streams
    return rows, most


async def gather_crowd(site: Site, *, silent: bool) -> None:
    """A hundred people in a channel, three of whom talk; the others are `silent` as DTX is, or loudly."""
    site.party.mouths = [await site.enter(1, user + 1) for user in range(CROWD)]
    for mouth in site.party.mouths[CROWD_TALKERS:]:
        mouth.level, mouth.silent = SILENCE, silent


async def measure_crowd(seconds: float) -> list[Row]:
    """One channel of a hundred, of whom three talk."""
    rows = []
    for silent, what in ((True, "3 of 100 talk, silence as DTX"), (False, "3 of 100 talk, silence at full rate")):
        async with fresh_site() as site:
            await gather_crowd(site, silent=silent)
            tried = await try_out(site.server, site.party, CROWD - 1, seconds)
            wanted = "<= 35% CPU" if silent else ""
            rows.append(row(what, CROWD_TALKERS * (CROWD - 1), tried[1], wanted, tried))
    return rows


async def gather_filmers(site: Site, calls: int) -> None:
    """So many calls in which everybody films, talks, and sees everybody else."""
    for user in range(len(site.party.mouths), calls * FILMERS):
        first = user - user % FILMERS + 1
        others = [one for one in range(first, first + FILMERS) if one != user + 1]
        mouth = await site.enter(user // FILMERS + 1, user + 1, watch=others)
        mouth.picture = mouth.sound + 1
        site.party.mouths.append(mouth)


async def measure_pictures(seconds: float) -> list[Row]:
    """More and more calls in which everybody films, and sees everybody else."""
    rows, most = [], 0
    async with fresh_site() as site:
        for calls in FILMED_CALLS:
            await gather_filmers(site, calls)
            for mouth in site.party.mouths:
                mouth.sound = 0
            streams = calls * FILMERS * (FILMERS - 1)
            tried = await try_out(site.server, site.party, FILMERS - 1, seconds)
            good = holds(tried[0])
            rows.append(row("camera, 500 kb/s", streams, "" if good else "too much", "", tried))
            if not good:
                break
            most = streams
    rows.append(("most camera streams on one core", str(most), "", "", "", "", "", ""))
    return rows


async def measure_memory(seconds: float) -> list[Row]:
    """What a person in a call costs: one who only listens, and one who talks, films and watches."""
    rows = []
    async with fresh_site() as site:
        # What comes with the first people of all is not theirs.
        await site.enter(99, 999)
        before = site.server.memory()
        await gather_crowd(site, silent=True)
        await site.party.go_on(seconds)
        cost = (site.server.memory() - before) / CROWD / KIB
        rows.append(("memory a person, 3 of 100 talk", "", f"{cost:.0f} KiB", "<= 1000 KiB", "", "", "", ""))
    async with fresh_site() as site:
        await site.enter(99, 999)
        before = site.server.memory()
        await gather_filmers(site, MEMORY_CALLS)
        await site.party.go_on(seconds)
        cost = (site.server.memory() - before) / len(site.party.mouths) / KIB
        rows.append(("memory a person, all talk, film and watch", "", f"{cost:.0f} KiB", "<= 1000 KiB", "", "", "", ""))
    return rows


async def measure_coming(seconds: float) -> list[Row]:
    """People who come, talk and go: what stays of them."""
    async with fresh_site() as site:
        await site.enter(1, 900_000)
        users = itertools.count(1)

        async def visit(user: int) -> None:
            mouth = await site.enter(1, user)
            for number in range(WORDS):
                mouth.line.send_rtp(0x80, OPUS, number, number * 960, mouth.sound, bytes(SOUND_BYTES))
            await site.leave(str(user))

        async def crowd() -> None:
            await asyncio.gather(*(visit(next(users)) for _ in range(COMING_AT_ONCE)))

        # The system's allocator takes its time to find out how much it needs.
        for _ in range(WARM_UP_VISITS // COMING_AT_ONCE):
            await crowd()
        before, memory, started, visits = await site.server.order("count"), site.server.memory(), time.monotonic(), 0
        while time.monotonic() < started + seconds:
            await crowd()
            visits += COMING_AT_ONCE
        after, grown = await site.server.order("count"), site.server.memory() - memory
    more = ", ".join(f"{after[name] - before[name]:+d} {name}" for name in before)
    what = f"{visits} joins and leaves in {seconds:.0f} s"
    return [(what, "", f"{grown / KIB:+.0f} KiB, {more}", "nothing grows", "", "", "", "")]


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--long", action="store_true", help="let people come and go for ten minutes, not one")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long each row is measured")
    parser.add_argument("--only", nargs="*", help="of sounds, janus, crowd, pictures, memory, coming")
    options = parser.parse_args()
    prepare_generator()

    def chosen(name: str) -> bool:
        return not options.only or name in options.only

    started, rows = time.monotonic(), []
    ours = theirs = 0
    if chosen("sounds"):
        found, ours = await measure_sounds(options.seconds)
        rows += found
    if chosen("janus") and PROGRAM:
        found, theirs = await measure_janus_sounds(options.seconds)
        rows += found
    if ours and theirs:
        rows.append(("streams, of Janus's", "", f"{ours / theirs:.2f}", "", "", "", "", ""))
    if chosen("crowd"):
        rows += await measure_crowd(options.seconds)
    if chosen("pictures"):
        rows += await measure_pictures(options.seconds)
    if chosen("memory"):
        rows += await measure_memory(options.seconds)
    if chosen("coming"):
        rows += await measure_coming(600 if options.long else 60)
    print(describe_machine())
    print(f"server on core 0, people on core 1; {time.monotonic() - started:.0f} s\n")
    print(table(HEADER, rows))


if __name__ == "__main__":
    uvloop.run(main())
