import asyncio
import logging
from collections.abc import Awaitable, Callable

logger = logging.getLogger(__name__)


class Pacer:
    """Does a job for a key at once, and again as often as it is asked for, but at most once in so many seconds.

    The last time that it is asked for is always followed by the job.
    """

    def __init__(self, seconds: float, job: Callable[[int], Awaitable[None]]) -> None:
        self._seconds = seconds
        self._job = job
        self._running: dict[int, asyncio.Task[None]] = {}
        self._asked: set[int] = set()

    def ask(self, key: int) -> None:
        self._asked.add(key)
        if key not in self._running:
            self._running[key] = asyncio.get_running_loop().create_task(self._run(key))

    async def _run(self, key: int) -> None:
        try:
            while key in self._asked:
                self._asked.discard(key)
                try:
                    await self._job(key)
                except Exception:
                    logger.exception("What pages are told of channel %d was lost", key)
                await asyncio.sleep(self._seconds)
        finally:
            del self._running[key]
