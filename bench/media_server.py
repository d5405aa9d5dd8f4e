"""The media server alone, told what to do as signalling would: `python -m bench.media_server <control socket>`.

The control socket takes one JSON order a line and answers each with one line: {"do": "join", "channel", "session",
"user"}, {"do": "answer", "session", "number", "sdp"}, {"do": "watch", "session", "users"}, {"do": "leave", "session"},
{"do": "count"}: what there is in the process now.
"""

import asyncio
import gc
import json
import os
import sys
import threading
from typing import Any

import uvloop

from voice.engine import Allowance, CallLimits, Source, Wish
from voice.media.engine import Capacity, MediaEngine

UNLIMITED = 1_000_000
READY = "The media server is ready"


class Desk:
    """Takes orders for an engine."""

    def __init__(self) -> None:
        self.engine = MediaEngine(Capacity(people=UNLIMITED, streams=UNLIMITED, address="127.0.0.1"))

    async def join(self, channel: int, session: str, user: int) -> dict[str, Any]:
        offer = await self.engine.join(
            channel=channel, session=session, user=user, allowance=Allowance(), limits=CallLimits(bitrate=64_000)
        )
        return {"number": offer.number, "sdp": offer.sdp}

    async def answer(self, session: str, number: int, sdp: str) -> dict[str, Any]:
        await self.engine.answer(session=session, number=number, sdp=sdp)
        return {}

    async def watch(self, session: str, users: list[int]) -> dict[str, Any]:
        await self.engine.watch(session=session, wishes=[Wish(user, Source.CAMERA) for user in users])
        return {}

    async def leave(self, session: str) -> dict[str, Any]:
        await self.engine.leave(session=session)
        return {}

    async def count(self) -> dict[str, Any]:
        gc.collect()
        return {
            "threads": threading.active_count(),
            "tasks": len(asyncio.all_tasks()),
            "files": len(os.listdir("/proc/self/fd")),  # noqa: PTH208
            "objects": len(gc.get_objects()),
        }

    async def obey(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                order = json.loads(line)
                answer = await getattr(self, order.pop("do"))(**order)
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
        finally:
            writer.close()


async def main() -> None:
    control = await asyncio.start_unix_server(Desk().obey, sys.argv[1], limit=1 << 20)
    print(READY, flush=True)
    # As eclipse.server does: what is loaded now lives as long as the process.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)
    await control.serve_forever()


if __name__ == "__main__":
    os.sched_setaffinity(0, {0})
    uvloop.run(main())
