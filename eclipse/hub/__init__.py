"""The live hub: one topic -> this process's sockets.

Whatever is published to a topic, from any thread of any process, is written to every socket that is in the topic:
rendered once, joined with its neighbours when many come at once, and never held up by a reader who does not read.
One process delivers to its own sockets itself; several reach each other through Redis (see relay.py).
How it works, and why so: docs/architecture.md; what it costs: docs/benchmarks.md.
"""

import asyncio
import contextvars
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings

from eclipse.hub.relay import TOPIC, Relay, publish_once
from eclipse.hub.withheld import Withheld
from eclipse.hub.writer import CommandHandler, Message, Send, Socket, Writer

__all__ = ["Hub", "Socket", "hub"]

logger = logging.getLogger(__name__)

# Each looks into the database: a thousand at once would hold up whoever comes just then.
RECHECKS_AT_ONCE = 4
# Out of what a socket is held until it has been looked at again.
EVERYTHING = "everything"


class Hub:
    """A process's switchboard. Sockets are connected on its event loop; anybody may publish, from any thread."""

    CATCH_UP = '<hx-push event="catch_up"></hx-push>'
    # The command by which a socket asks again what it may hear.
    RECHECK = "recheck"

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._relay: Relay | None = None
        self._periodic: list[tuple[float, Callable[[Hub], Awaitable[None]]]] = []
        self._reset()

    def _reset(self) -> None:
        self._sockets: dict[Socket, None] = {}
        self._topics: dict[str, dict[Socket, None]] = {}
        self._inbox: deque[tuple[Callable[..., None], tuple[Any, ...]]] = deque()
        self._awake = False
        self._tickers: dict[int, asyncio.Task[None]] = {}
        self._withheld = Withheld()
        # How often a topic was put in doubt. Whoever looks up what a socket may hear, while it hears nothing yet,
        # compares: what was found before may be wrong after.
        self.doubts = 0
        self._unchecked: dict[Socket, None] = {}
        self._checkers: list[asyncio.Task[None]] = []

    # --- The event loop -------------------------------------------------------------------------

    def bind(self) -> None:
        """Make the running event loop the hub's own; one that is not the last one's starts the hub afresh."""
        loop = asyncio.get_running_loop()
        if loop is self._loop:
            return
        self._reset()
        self._loop = loop
        self._window = settings.LIVE_COALESCE_MS / 1000
        self._writer = Writer(loop, self._window, self._give_up)
        self._writer.on_thaw(self._wake)
        # Of its own: a turn must not run in, and keep alive, the context of whichever request published first.
        self._context = contextvars.Context()
        self._relay = Relay(self) if settings.CHANNEL_LAYERS else None

    @property
    def _running(self) -> bool:
        return self._loop is not None and self._loop.is_running()

    def _post(self, call: Callable[..., None], *args: Any) -> None:
        """Have the loop do this after all that was posted before, from any thread."""
        self._inbox.append((call, args))
        self._wake()

    def _wake(self) -> None:
        # A thread that finds the flag up may rely on it: the turn lowers it before it looks into the inbox.
        if not self._awake and self._loop is not None:
            self._awake = True
            self._loop.call_soon_threadsafe(self._turn, context=self._context)

    def _turn(self) -> None:
        """Take in everything posted, then write to some sockets: what arrives together leaves together."""
        self._awake = False
        for _ in range(len(self._inbox)):
            # With a window of 0 nothing may be joined: the next fragment waits until this one is written.
            if not self._window and self._writer.busy:
                break
            call, args = self._inbox.popleft()
            try:
                call(*args)
            except Exception:
                logger.exception("The hub could not carry out %s", getattr(call, "__name__", call))
        self._writer.turn()
        if self._inbox or self._writer.busy:
            self._wake()

    # --- Sockets (on the hub's loop) --------------------------------------------------------------

    def connect(
        self,
        send: Send,
        topics: Iterable[str],
        evict: Callable[[], object],
        *,
        on_command: CommandHandler | None = None,
    ) -> Socket:
        """Let an accepted socket hear `topics`, through its ASGI `send`, from now on.

        `evict` is called when the hub has given the socket up: its reader left `QUEUE_LIMIT` bytes unread, or a send
        raised. The consumer must then end. `on_command` is called with the socket, a name and data for each `command`;
        "recheck" also comes to every socket after an outage of Redis.
        """
        self.bind()
        socket = Socket(send, evict, on_command)
        self._sockets[socket] = None
        self.subscribe(socket, topics)
        self._start_tickers()
        return socket

    def subscribe(self, socket: Socket, topics: Iterable[str]) -> None:
        """Let `socket` hear these topics and no others."""
        if not socket.open:
            return
        before, socket.topics = socket.topics, frozenset(topics)
        for topic in before - socket.topics:
            self._take_out(socket, topic)
        for topic in socket.topics - before:
            members = self._topics.setdefault(topic, {})
            members[socket] = None
            if len(members) == 1 and self._relay:
                self._relay.topic_changed(topic)

    def _take_out(self, socket: Socket, topic: str) -> None:
        members = self._topics.get(topic, {})
        members.pop(socket, None)
        self._withheld.drop(socket, topic)
        if members or topic in self._withheld:
            return
        if self._topics.pop(topic, None) is not None and self._relay:
            self._relay.topic_changed(topic)

    async def settled(self) -> None:
        """Wait until the other processes' publications to all local topics arrive here too; 2 seconds at most."""
        if self._relay:
            await self._relay.settled()

    def disconnect(self, socket: Socket) -> None:
        """Forget a socket that is closed or about to be; calling it again changes nothing."""
        self.subscribe(socket, ())
        socket.open = False
        self._sockets.pop(socket, None)
        self._writer.forget(socket)

    def _give_up(self, socket: Socket) -> None:
        self.disconnect(socket)
        try:
            socket.evict()
        except Exception:
            logger.exception("Evicting a socket failed")

    def has_topic(self, topic: str) -> bool:
        """Whether a local socket is in `topic`."""
        return topic in self._topics

    def local_topics(self, prefix: str = "") -> list[str]:
        """The topics, beginning with `prefix`, that this process's sockets are in."""
        return [topic for topic in list(self._topics) if topic.startswith(prefix)]

    # --- Publishing (from any thread) -------------------------------------------------------------

    def publish(self, topic: str, fragment: str) -> None:
        """Write `fragment` to every socket in `topic`, on every process; never raises because of the live layer."""
        self._publish({"topic": topic, "fragment": fragment})

    def command(self, topic: str, name: str, **data: Any) -> None:
        """Call `on_command(socket, name, data)` for every socket in `topic`, on every process, in order with fragments.

        `data` holds what JSON can hold.
        """
        self._publish({"topic": topic, "command": name, "data": data})

    def _publish(self, message: Message) -> None:
        try:
            if not self._running and _in_event_loop():
                self.bind()
            if self._running:
                self._post(self._relay.send if self._relay else self._carry_out, message)
            elif settings.CHANNEL_LAYERS:
                # A management command or a plain script: no loop of ours to hand it to.
                async_to_sync(publish_once)(message)
        except Exception:
            logger.exception("A publication to %s was lost", message["topic"])

    def deliver(self, topic: str, fragment: str) -> None:
        """Write `fragment` to this process's sockets in `topic` only."""
        self.take_in({"topic": topic, "fragment": fragment})

    def send(self, socket: Socket, fragment: str) -> None:
        """Write `fragment` to one local socket, after what was delivered to it before."""
        self._post(self._send, socket, fragment)

    def _send(self, socket: Socket, fragment: str) -> None:
        if socket.open:
            self._writer.add((socket,), fragment)

    def tell_to_catch_up(self) -> None:
        """Have every local page ask for what it may have missed."""
        self._post(lambda: self._writer.add(tuple(self._sockets), self.CATCH_UP))

    def take_in(self, message: Message) -> None:
        """Carry out a publication for the local sockets, in its turn."""
        self._post(self._carry_out, message)

    def _carry_out(self, message: Message) -> None:
        topic = message["topic"]
        if "fragment" in message:
            # A copy: a send that fails takes its socket out of the topic.
            self._writer.add(tuple(self._topics.get(topic, ())), message["fragment"])
            if topic in self._withheld:
                self._withheld.keep(topic, message["fragment"])
            return
        command, data = message["command"], message["data"]
        if command == self.RECHECK and "hold" in data:
            self._put_in_doubt(topic, data["hold"])
            return
        sockets = self._everybody_in(topic)
        if command == self.RECHECK and len(sockets) > RECHECKS_AT_ONCE:
            self._recheck(sockets)
            return
        for socket in sockets:
            self._tell(socket, command, data)

    def _tell(self, socket: Socket, command: str, data: dict[str, Any]) -> None:
        if not socket.open or socket.on_command is None:
            return
        try:
            socket.on_command(socket, command, data)
        except Exception:
            logger.exception("A socket could not carry out the command %s", command)

    # --- Asking again what sockets may hear ---------------------------------------------------------

    def recheck(self, topic: str, *, everything: bool = False) -> None:
        """Have every socket in `topic`, on every process, ask again what it may hear, a few at a time.

        Until it has, it is held out of `topic` and of the topics below it (`room.42.members` is below `room.42`); with
        `everything`, out of all of its topics. Whoever may still hear is sent afterwards what was told there meanwhile.
        """
        self.command(topic, self.RECHECK, hold=EVERYTHING if everything else TOPIC)

    def recheck_all(self) -> None:
        """Have every local socket ask again what it may hear, a few at a time; each hears on until its turn comes."""
        self._post(lambda: self._recheck(self._sockets))

    def doubt(self, socket: Socket) -> None:
        """Have one local socket ask again what it may hear; until it has, it hears nothing."""
        self._hold(socket, socket.topics)
        self._look_again(socket)

    def _put_in_doubt(self, topic: str, hold: str) -> None:
        if hold == TOPIC:
            self.doubts += 1
            topics = [each for each in self._topics if each == topic or each.startswith(f"{topic}.")]
        else:
            topics = [topic]
        sockets = dict.fromkeys(socket for each in topics for socket in self._everybody_in(each))
        for socket in sockets:
            self._hold(socket, socket.topics if hold == EVERYTHING else socket.topics.intersection(topics))
        if len(sockets) > RECHECKS_AT_ONCE:
            self._recheck(sockets)
            return
        for socket in sockets:
            self._look_again(socket)

    def _hold(self, socket: Socket, topics: Iterable[str]) -> None:
        for topic in topics:
            hearing = self._topics[topic]
            if socket in hearing:
                # The topic stays this process's, though nobody may be left who hears it.
                del hearing[socket]
                self._withheld.hold(socket, topic)

    def _look_again(self, socket: Socket) -> asyncio.Future[None] | None:
        """Have `socket` ask again what it may hear, and let it hear that when it has."""
        if not socket.open:
            return None
        try:
            done = socket.on_command(socket, self.RECHECK, {}) if socket.on_command is not None else None
        except Exception:
            # Whoever may have lost a right must not keep it because nobody could look.
            logger.exception("A socket is given up: it could not ask what it may hear")
            self._give_up(socket)
            return None
        if done is None:
            self._release(socket)
            return None
        socket.looks += 1
        done.add_done_callback(lambda done: self._looked(socket, done))
        return done

    def _looked(self, socket: Socket, done: asyncio.Future[None]) -> None:
        socket.looks -= 1
        if not socket.held:
            return
        if done.cancelled() or done.exception() is not None:
            self._give_up(socket)
        elif not socket.looks and socket not in self._unchecked:
            self._release(socket)

    def _release(self, socket: Socket) -> None:
        if not socket.held:
            return
        for topic in socket.held:
            self._topics[topic][socket] = None
        missed, not_all = self._withheld.release(socket)
        for fragment in missed:
            self._writer.add((socket,), fragment)
        if not_all:
            self._writer.add((socket,), self.CATCH_UP)
        self._wake()

    def _everybody_in(self, topic: str) -> tuple[Socket, ...]:
        """The sockets in `topic`, those included that are held out of it."""
        return (*self._topics.get(topic, ()), *self._withheld.at(topic))

    def _recheck(self, sockets: Iterable[Socket]) -> None:
        self._unchecked |= dict.fromkeys(sockets)
        checkers = [task for task in self._checkers if not task.done()]
        loop = asyncio.get_running_loop()
        for _ in range(min(RECHECKS_AT_ONCE - len(checkers), len(self._unchecked))):
            checkers.append(loop.create_task(self._check(), context=contextvars.Context()))
        self._checkers = checkers

    async def _check(self) -> None:
        while self._unchecked:
            socket, _ = self._unchecked.popitem()
            if done := self._look_again(socket):
                await asyncio.wait([done])

    # --- By the clock -----------------------------------------------------------------------------

    def every(self, seconds: float, callback: Callable[["Hub"], Awaitable[None]]) -> None:
        """Await `callback(hub)` every so many seconds while this process has sockets."""
        self._periodic.append((seconds, callback))
        if self._sockets:
            self._start_tickers()

    def _start_tickers(self) -> None:
        loop = asyncio.get_running_loop()
        for index, (seconds, callback) in enumerate(self._periodic):
            ticker = self._tickers.get(index)
            if ticker is None or ticker.done():
                self._tickers[index] = loop.create_task(self._tick(seconds, callback), context=contextvars.Context())

    async def _tick(self, seconds: float, callback: Callable[["Hub"], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(seconds)
            if not self._sockets:
                return
            try:
                await callback(self)
            except Exception:
                logger.exception("%s failed; it runs again in %g s", callback, seconds)


def _in_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


hub = Hub()
