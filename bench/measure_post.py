"""How fast signed-in people's messages are taken, and how soon a whole room has them: `bench/post`."""

import asyncio
import itertools
import re
import time
import uuid
from collections import Counter
from typing import Any
from urllib.parse import urlencode

import uvloop

from bench.load import (
    Crowd,
    Effort,
    Server,
    Site,
    Tally,
    describe_machine,
    fresh_site,
    percentile,
    prepare_generator,
    table,
    ws_url,
)

PEOPLE = 1000
SOCKETS = 1000
POSTERS = 8
WARM_UP_SECONDS = 5
FULL_SPEED_SECONDS = 10
PER_SECOND = 20
PACED_SECONDS = 15
CLIENT_ID = re.compile(rb'event="message_created"[^>]* client="([0-9a-f-]{36})"')
BODIES = (
    "gg, that last round was **so** close",
    "who is up for ranked tonight? I can play until eleven",
    "I wrote it down here: https://example.org/builds/7?tab=skills, tell me what you think of `dash` before `hook`",
    "> we never win on that map\n\nwe do when somebody *watches the flank*",
    "```python\nfor player in team:\n    player.revive()\n```\nis all our healer has to do",
    "ну что, завтра в восемь? Возьмите микрофоны, пожалуйста",
)
HEADER = ("measured", "sockets", "result", "wanted", "server CPU", "generator CPU")
Row = tuple[str, ...]


class Poster:
    """One kept-alive HTTP connection, over which people post one after another as the page's script does."""

    def __init__(self, site: Site, server: Server) -> None:
        self._path = f"/rooms/{site.lobby['room']}/{site.lobby['channel']}/messages/"
        self._port = server.port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, person: dict[str, Any], body: str, client_id: str) -> None:
        """Post and read the whole answer; `RuntimeError` for any answer but 204."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        form = urlencode({"csrfmiddlewaretoken": person["token"], "body": body, "client_id": client_id}).encode()
        head = (
            f"POST {self._path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n"
            f"Origin: http://127.0.0.1:{self._port}\r\nHX-Request: true\r\n"
            f"Prefer: return=minimal\r\nAccept-Encoding: gzip, br\r\n"
            f"Cookie: sessionid={person['session']}; csrftoken={person['csrf']}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(form)}\r\n\r\n"
        )
        writer.write(head.encode() + form)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"\r\ncontent-length: (\d+)", answer, re.IGNORECASE)
        content = await reader.readexactly(int(length[1])) if length else b""
        if not answer.startswith(b"HTTP/1.1 204"):
            raise RuntimeError(f"{answer[:40]!r} {content[:200]!r}")

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()


class Room(Crowd):
    """Open sockets, and when the last of them received each message."""

    def __init__(self) -> None:
        super().__init__()
        self.tally = Arrivals()


class Arrivals(Tally):
    """How many sockets have each message, by its client id, and when the latest of them got it."""

    def __init__(self) -> None:
        super().__init__()
        self.sockets_with: Counter[bytes] = Counter()
        self.latest: dict[bytes, float] = {}

    def take(self, payload: bytes) -> None:
        super().take(payload)
        now = time.monotonic()
        for client_id in CLIENT_ID.findall(payload):
            self.sockets_with[client_id] += 1
            self.latest[client_id] = now


async def measure_full_speed(site: Site, server: Server, sockets: int, seconds: float = FULL_SPEED_SECONDS) -> Row:
    """Posts a second while a few connections post without pause."""
    people, bodies = itertools.cycle(site.people), itertools.cycle(BODIES)
    posters = [Poster(site, server) for _ in range(POSTERS)]
    done, effort, started = 0, Effort(server), time.monotonic()

    async def go_on(poster: Poster) -> None:
        nonlocal done
        while time.monotonic() - started < seconds:
            await poster.post(next(people), next(bodies), str(uuid.uuid4()))
            done += 1

    await asyncio.gather(*(go_on(poster) for poster in posters))
    rate, shares = done / (time.monotonic() - started), effort.shares()
    for poster in posters:
        poster.close()
    return ("posts/s", f"{sockets}", f"{rate:.0f}", "" if sockets else "250", *shares)


async def measure_delay(site: Site, server: Server, room: Room) -> Row:
    """Seconds from sending a post until the last socket of the room has the message."""
    posters, free = [Poster(site, server) for _ in range(PER_SECOND)], asyncio.Queue[Poster]()
    for poster in posters:
        free.put_nowait(poster)
    sent: dict[bytes, float] = {}
    bodies, effort, started = itertools.cycle(BODIES), Effort(server), time.monotonic()

    async def post(person: dict[str, Any]) -> None:
        client_id = str(uuid.uuid4())
        poster = await free.get()
        sent[client_id.encode()] = time.monotonic()
        await poster.post(person, next(bodies), client_id)
        free.put_nowait(poster)

    tasks = []
    for number in range(PER_SECOND * PACED_SECONDS):
        await asyncio.sleep(max(0, started + number / PER_SECOND - time.monotonic()))
        tasks.append(asyncio.create_task(post(site.people[number % PEOPLE])))
    await asyncio.gather(*tasks)
    shares = effort.shares()
    await room.quiet()
    arrivals = room.tally
    assert isinstance(arrivals, Arrivals)
    for client_id in sent:
        if arrivals.sockets_with[client_id] != len(room.sockets):
            raise RuntimeError(f"{arrivals.sockets_with[client_id]} sockets have a message instead of all of them")
    delays = [arrivals.latest[client_id] - at for client_id, at in sent.items()]
    figures = f"{percentile(delays, 0.5) * 1000:.0f} / {percentile(delays, 0.99) * 1000:.0f} ms"
    what = f"p50 / p99 until the last socket has it, {PER_SECOND}/s"
    return (what, f"{len(room.sockets)}", figures, "p99 100 ms", *shares)


async def main() -> None:
    prepare_generator()
    started = time.monotonic()
    with fresh_site(PEOPLE) as site, site.serve() as server:
        await measure_full_speed(site, server, 0, WARM_UP_SECONDS)
        rows = [await measure_full_speed(site, server, 0)]
        room = Room()
        try:
            await room.open(ws_url(site, server), site.people[:SOCKETS])
            await room.quiet()
            rows.append(await measure_delay(site, server, room))
            rows.append(await measure_full_speed(site, server, SOCKETS))
        finally:
            await room.close()
    print(describe_machine())
    print(f"SQLite, one process on core 0, generator on core 1; {time.monotonic() - started:.0f} s\n")
    print(table(HEADER, rows))


if __name__ == "__main__":
    uvloop.run(main())
