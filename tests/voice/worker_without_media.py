"""A media worker whose media server has no media: `python -m tests.voice.worker_without_media <Redis's address>`."""

import asyncio
import signal
import sys

from tests.voice.media_servers import FakeEngine
from voice.worker import Worker


async def serve(url: str) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    worker = Worker(FakeEngine(), url)
    await worker.run(stop, lambda: sys.stderr.write(f"worker {worker.id} is ready\n"))


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
