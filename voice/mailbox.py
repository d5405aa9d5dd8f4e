"""Messages between processes through Redis, for voice: each process has a box of its own, and posts to the others'.

What one process posts arrives in the order in which it was posted. Redis keeps nothing for a box that nobody reads, and
says so at once: that is how the death of a process is noticed first.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Any, cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

PREFIX = "eclipse:voice:box:"
RETRY_EVERY = 0.5
# A line to Redis that says nothing for so long is asked whether it is still there.
SILENCE = 5.0
CALM_SECONDS = 3.0

Message = dict[str, Any]


class Mailbox:
    """One event loop's box, called `name`; `receive` is called with each message that comes, and must not block."""

    def __init__(self, url: str, name: str, receive: Callable[[Message], None]) -> None:
        self.name = name
        self._receive = receive
        self.redis: Redis = Redis.from_url(
            url, decode_responses=True, socket_timeout=SILENCE, socket_connect_timeout=2, health_check_interval=SILENCE
        )
        # One connection, so that nothing overtakes.
        self._outbox: asyncio.Queue[tuple[str, str, asyncio.Future[int]]] = asyncio.Queue()
        self._open = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to read and to post; calling it again changes nothing."""
        if not self._tasks:
            loop = asyncio.get_running_loop()
            self._tasks = [loop.create_task(self._read()), loop.create_task(self._post())]

    async def opened(self) -> bool:
        """Wait until the box is read; whether it is, within some seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CALM_SECONDS):
                await self._open.wait()
        return self._open.is_set()

    def post(self, to: str, message: Message) -> "asyncio.Future[int]":
        """Send a message to the box `to`, after all that was posted before; how many read that box, once it is sent.

        The answer raises `RedisError` where it could not be sent.
        """
        sent: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        # Nobody has to look.
        sent.add_done_callback(lambda sent: sent.cancelled() or sent.exception())
        self._outbox.put_nowait((to, json.dumps(message), sent))
        return sent

    async def readers(self, names: Collection[str]) -> dict[str, int]:
        """How many read each of these boxes; raises `RedisError`."""
        if not names:
            return {}
        found = cast(list[tuple[str, int]], await self.redis.pubsub_numsub(*(PREFIX + name for name in names)))
        return {box.removeprefix(PREFIX): count for box, count in found}

    async def close(self) -> None:
        """Post what was asked for until now, and read nothing more."""
        if self._tasks:
            self._tasks[0].cancel()
            with suppress(TimeoutError):
                async with asyncio.timeout(CALM_SECONDS):
                    await self._outbox.join()
            self._tasks[1].cancel()
        await self.redis.aclose()

    async def _read(self) -> None:
        while True:
            try:
                async with self.redis.pubsub() as box:
                    await box.subscribe(PREFIX + self.name)
                    await self._take_in(box)
            except (RedisError, OSError) as error:
                logger.warning("Voice is cut off from Redis: %s", error)
            except Exception:
                logger.exception("Voice could not read what it is told")
            self._open.clear()
            await asyncio.sleep(RETRY_EVERY)

    async def _take_in(self, box: Any) -> None:
        while True:
            message = await box.get_message(timeout=SILENCE)
            if message is None:
                continue
            if message["type"] == "subscribe":
                self._open.set()
            elif message["type"] == "message":
                try:
                    self._receive(json.loads(message["data"]))
                except Exception:
                    logger.exception("A message to voice could not be carried out")

    async def _post(self) -> None:
        while True:
            to, text, sent = await self._outbox.get()
            try:
                receivers = await self.redis.publish(PREFIX + to, text)
                if not sent.done():
                    sent.set_result(receivers)
            except (RedisError, OSError) as error:
                if not sent.done():
                    sent.set_exception(error)
            finally:
                self._outbox.task_done()
