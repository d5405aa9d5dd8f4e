"""The reference that the hub is compared with: a server that can do nothing but `websockets.broadcast`.

`PORT=… python -m bench.broadcast <control socket>`. Takes the order "flood" as bench/server.py does.
"""

import asyncio
import json
import os
import sys
import time

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


async def obey(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while line := await reader.readline():
        order = json.loads(line)
        writer.write(json.dumps(await flood(order["seconds"], order["size"])).encode() + b"\n")
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
