"""The reference that the hub is compared with: a server that can do nothing but `websockets.broadcast`.

`PORT=… python -m bench.broadcast <control socket>`. Takes the orders "flood" and "pace" as bench/server.py does.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable

from websockets.asyncio.server import ServerConnection, broadcast, serve

from bench.fragments import fragment

# Broadcasting waits for nobody; without a pause now and then a flood would only fill buffers.
DRAIN_EVERY = 16

connections: set[ServerConnection] = set()


async def hold(connection: ServerConnection) -> None:
    connections.add(connection)
    try:
        await connection.wait_closed()
    finally:
        connections.discard(connection)


async def flood(seconds: float, size: int) -> dict[str, float]:
    published, started = 0, time.monotonic()
    while time.monotonic() - started < seconds:
        broadcast(connections, fragment(size))
        published += 1
        await asyncio.sleep(0)
        if published % DRAIN_EVERY == 0:
            for connection in tuple(connections):
                await connection.drain()
    return {"published": published, "started": started, "seconds": time.monotonic() - started}


async def pace(seconds: float, per_second: float, size: int) -> dict[str, float]:
    loop, count = asyncio.get_running_loop(), int(seconds * per_second)
    started = loop.time()
    for number in range(count):
        await asyncio.sleep(started + number / per_second - loop.time())
        broadcast(connections, fragment(size))
    return {"published": count}


ORDERS: dict[str, Callable[..., Awaitable[dict[str, float]]]] = {"flood": flood, "pace": pace}


async def obey(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while line := await reader.readline():
        order = json.loads(line)
        answer = await ORDERS[order.pop("do")](**order)
        writer.write(json.dumps(answer).encode() + b"\n")
        await writer.drain()


async def main(port: int, control: str) -> None:
    orders = await asyncio.start_unix_server(obey, control)
    async with orders, serve(hold, "127.0.0.1", port, compression=None, ping_interval=None) as server:
        print(f"Listening on {port}", flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    import uvloop

    os.sched_setaffinity(0, {0})
    uvloop.run(main(int(os.environ["PORT"]), sys.argv[1]))
