"""The hub's line to the hubs of the other processes: Redis, reached through one channel of the Channels layer.

The process is in a topic's group while a local socket is in the topic, and always in one that every process is in. Its
own publications come back the same way. Redis keeps nothing for whoever is not listening, and the layer mends a broken
connection without a word, so the relay watches its line: a numbered beacon on its own channel must come back, and every
reconnection is noticed. After any doubt, once a beacon has come back, all local pages are told to catch up, and all
local sockets ask again what they may hear: the news that a right had ended may be among what was lost.

That is enough where Redis itself was away, for then every process was cut off and does so. Where only one was, the
others have noticed nothing: what it could not publish it makes up for itself, each command in its newest form, and for
fragments the word to catch up. Only a process that ends before its line is back takes such commands along.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from channels_redis.utils import decode_hosts
from django.conf import settings
from django.utils.module_loading import import_string
from redis.asyncio.connection import AbstractConnection

from eclipse.hub.writer import Message

if TYPE_CHECKING:
    from eclipse.hub import Hub

logger = logging.getLogger(__name__)

# The group that every process is in: what puts a topic in doubt concerns also a socket that is only on its way into it.
EVERYWHERE = "everywhere"
# What such a command holds sockets out of: its topic, and those below it.
TOPIC = "topic"
BEACON_EVERY = 5.0
# A beacon is sent this often, and so many times, before the line counts as dead and is laid anew. The layer pauses
# for a second after an error, so 3 seconds of silence are more than a hiccup.
ECHO_SECONDS = 0.25
ECHO_TRIES = 12
RETRY_EVERY = 0.5
SETTLE_SECONDS = 2.0


def make_layer(on_connect: Callable[[AbstractConnection], Awaitable[None]] | None = None) -> Any:
    """A channel layer as configured; `on_connect` completes each of its new connections to Redis."""
    config: dict[str, Any] = settings.CHANNEL_LAYERS["default"]
    options = dict(config.get("CONFIG", {}))
    if on_connect is not None:
        options["hosts"] = [{**host, "redis_connect_func": on_connect} for host in decode_hosts(options.get("hosts"))]
    return import_string(config["BACKEND"])(**options)


def group_of(message: Message) -> str:
    """To which processes a publication goes: those with a socket in its topic, or all."""
    return EVERYWHERE if message.get("data", {}).get("hold") == TOPIC else message["topic"]


async def publish_once(message: Message) -> None:
    """Publish from a process that has no event loop of its own."""
    layer = make_layer()
    try:
        await layer.group_send(group_of(message), {"type": "hub.message", **message})
    finally:
        await layer.flush()


class Relay:
    """One event loop's line to Redis. All its methods are called on that loop."""

    def __init__(self, hub: "Hub") -> None:
        self._hub = hub
        self._layer = make_layer(self._connected)
        self._channel = ""
        self._outbox: deque[Message] = deque()
        # Topics whose group the channel may have to enter or leave, and those whose group it is in.
        self._changed: set[str] = set()
        self._joined: set[str] = set()
        # Topics that something was published to while nobody could be told, and the newest command of each name. There
        # are no more than rooms, channels and people.
        self._missed: dict[str, dict[str, Message]] = {}
        # Whether a beacon has come back over the present line; every connection made after that is a reconnection.
        self._linked = False
        self._cut_at: float | None = None
        self._doubts = 0
        self._beacon = 0
        self._beacon_at = 0.0
        self._awaited = 0
        self._echo: asyncio.Future[None] | None = None
        self._work = asyncio.Event()
        self._calm = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._receiver: asyncio.Task[None] | None = None
        self._publisher: asyncio.Task[None] | None = None

    # --- What the hub asks for ----------------------------------------------------------------------

    def send(self, message: Message) -> None:
        """Publish to every process, this one included, after all that was sent before."""
        self._outbox.append(message)
        if self._publisher is None or self._publisher.done():
            self._publisher = asyncio.get_running_loop().create_task(self._publish())
        self._start()

    def topic_changed(self, topic: str) -> None:
        """The first local socket has entered `topic`, or the last has left it."""
        self._changed.add(topic)
        if self._cut_at is None:
            self._calm.clear()
        self._work.set()
        self._start()

    async def settled(self) -> None:
        """Wait until all changes of topics have reached Redis; returns at once while Redis is out of reach."""
        self._start()
        await _wait(self._calm, SETTLE_SECONDS)

    # --- Publishing -------------------------------------------------------------------------------

    async def _publish(self) -> None:
        while self._outbox:
            message = self._outbox.popleft()
            if self._cut_at is None:
                try:
                    await self._layer.group_send(group_of(message), {"type": "hub.message", **message})
                    continue
                except Exception as error:
                    self._cut_off(error)
            # The people on this process go on hearing each other; the others are told afterwards.
            commands = self._missed.setdefault(message["topic"], {})
            if "command" in message:
                commands[message["command"]] = message
            self._hub.take_in(message)

    # --- Receiving --------------------------------------------------------------------------------

    async def _receive(self, channel: str) -> None:
        try:
            while True:
                message = await self._layer.receive(channel)
                if message["type"] == "hub.message":
                    self._hub.take_in(message)
                elif message["number"] >= self._awaited and self._echo is not None and not self._echo.done():
                    self._echo.set_result(None)
        except Exception as error:
            # The keeper lays the line anew.
            self._cut_off(error)

    # --- Keeping the line -------------------------------------------------------------------------

    def _start(self) -> None:
        if self._keeper is None:
            self._keeper = asyncio.get_running_loop().create_task(self._keep())

    @property
    def _ending(self) -> bool:
        return self._keeper is not None and self._keeper.cancelling() > 0

    async def _keep(self) -> None:
        # Asked, not only awaited: with Python 3.11 the Redis client swallows a cancellation that comes at a bad moment.
        while not self._ending:
            self._work.clear()
            try:
                await self._lay()
                await self._join_and_leave()
                if self._cut_at is not None or time.monotonic() - self._beacon_at >= BEACON_EVERY:
                    await self._test()
                if not self._changed:
                    self._calm.set()
            except Exception as error:
                self._cut_off(error)
                pause, until = RETRY_EVERY, asyncio.Event()
            else:
                pause, until = BEACON_EVERY, self._work
            if not self._ending:
                await _wait(until, pause)

    async def _lay(self) -> None:
        """Take a channel of the layer and listen to it, where that is not the case."""
        if self._receiver is not None and not self._receiver.done():
            return
        self._linked = False
        # A layer in an unknown state is emptied first; it can be used on like a new one.
        await self._layer.flush()
        self._channel = await self._layer.new_channel()
        self._receiver = asyncio.get_running_loop().create_task(self._receive(self._channel))
        self._joined.clear()
        self._changed.update({EVERYWHERE, *self._hub.local_topics()})
        self._beacon_at = 0.0

    async def _join_and_leave(self) -> None:
        # One task does it, looking each time at how things are now: an entry and an exit cannot overtake each other.
        while self._changed:
            topic = self._changed.pop()
            wanted = topic == EVERYWHERE or self._hub.has_topic(topic)
            try:
                if wanted and topic not in self._joined:
                    await self._layer.group_add(topic, self._channel)
                    self._joined.add(topic)
                elif not wanted and topic in self._joined:
                    await self._layer.group_discard(topic, self._channel)
                    self._joined.discard(topic)
            except Exception:
                self._changed.add(topic)
                raise

    async def _test(self) -> None:
        """Send beacons until one comes back; lays the line anew, and raises `ConnectionError`, where none does."""
        doubts = self._doubts
        self._awaited = self._beacon + 1
        self._echo = asyncio.get_running_loop().create_future()
        for _ in range(ECHO_TRIES):
            self._beacon += 1
            await self._layer.send(self._channel, {"type": "hub.beacon", "number": self._beacon})
            await asyncio.wait([self._echo], timeout=ECHO_SECONDS)
            if self._echo.done():
                self._linked = True
                self._beacon_at = time.monotonic()
                # A reconnection since the first of these beacons: whether all groups are heard again is not known yet.
                if self._cut_at is not None and doubts == self._doubts:
                    self._heal(self._cut_at)
                return
        if self._receiver is not None:
            self._receiver.cancel()
            self._receiver = None
        raise ConnectionError("Redis takes publications but brings none")

    async def _connected(self, connection: AbstractConnection) -> None:
        """Called for each new connection to Redis, before the layer's subscriptions are renewed on it."""
        await connection.on_connect()
        # While everything is being cancelled, the layer connects once more to say goodbye.
        if self._linked and not self._ending:
            self._cut_off("the connection was lost")

    def _cut_off(self, why: object) -> None:
        self._doubts += 1
        self._work.set()
        # Nobody is kept waiting for a Redis that is away.
        self._calm.set()
        if self._cut_at is None:
            self._cut_at = time.monotonic()
            logger.error("Cut off from Redis (%s): other processes' messages do not arrive", why)

    def _heal(self, cut_at: float) -> None:
        self._cut_at = None
        missed, self._missed = self._missed, {}
        logger.warning(
            "Redis is back after %.1f s: all sockets catch up and ask for their rights, and %d topics elsewhere",
            time.monotonic() - cut_at,
            len(missed),
        )
        self._hub.recheck_all()
        self._hub.tell_to_catch_up()
        for topic, commands in missed.items():
            for command in commands.values():
                self.send(command)
            self.send({"topic": topic, "fragment": self._hub.CATCH_UP})


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
