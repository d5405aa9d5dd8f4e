"""Writes fragments to sockets: in order, several in one frame when they come fast, no socket waiting for another."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Generator, Iterable
from typing import Any

logger = logging.getLogger(__name__)

Message = dict[str, Any]
Steps = Generator[Any, Any, Any]
Send = Callable[[Message], Awaitable[None]]
# What it returns is done when the command is carried out; `None` where it is already.
CommandHandler = Callable[["Socket", str, dict[str, Any]], "asyncio.Future[None] | None"]

# Bytes that may wait for one slow reader; past that it is evicted, and catches up when it reconnects.
QUEUE_LIMIT = 1_000_000
# A frame is not grown past this: little is won by it, and a slow reader's frame sits in the server's buffer whole.
FRAME_LIMIT = 65_536
# Sockets written to before the event loop gets a turn for everybody else's requests: 2 to 3 ms.
TURN = 256


class Socket:
    """One open WebSocket as the hub sees it: its topics, and what it has not been sent yet."""

    __slots__ = (
        "driver", "evict", "held", "looks", "on_command", "open", "pausing", "send", "size", "topics", "waiting",
    )  # fmt: skip

    def __init__(self, send: Send, evict: Callable[[], object], on_command: CommandHandler | None) -> None:
        self.send = send
        self.evict = evict
        self.on_command = on_command
        self.topics: frozenset[str] = frozenset()
        # Those of its topics that it does not hear until it has been looked at again, and how many such looks go on.
        self.held: frozenset[str] = frozenset()
        self.looks = 0
        self.open = True
        self.waiting: list[str] = []
        # Bytes in `waiting` and, while `driver` sends for it, in the frame that is stuck.
        self.size = 0
        # Whether a frame was sent so lately that the next fragments wait for each other.
        self.pausing = False
        self.driver: asyncio.Task[None] | None = None


class Writer:
    """Sends what it is given, for one event loop.

    A socket's first fragment is sent at once. For `window` seconds after a frame the next fragments wait and leave
    together. With a window of 0 nothing is joined: each fragment is a frame of its own.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, window: float, give_up: Callable[[Socket], None]) -> None:
        self._loop = loop
        self._window = window
        self._give_up = give_up
        self._ready: deque[Socket] = deque()
        # The sockets written to in this turn.
        self._written: list[Socket] = []
        self._on_thaw: Callable[[], None] = lambda: None

    @property
    def busy(self) -> bool:
        """Whether sockets that may be written to have something waiting."""
        return bool(self._ready)

    def on_thaw(self, callback: Callable[[], None]) -> None:
        """Have `callback` called when sockets that paused have become ready."""
        self._on_thaw = callback

    def add(self, sockets: Iterable[Socket], fragment: str) -> None:
        """Put `fragment` in line at each of `sockets`; sends nothing yet, except where a frame's worth is waiting."""
        size = len(fragment) if fragment.isascii() else len(fragment.encode())
        ready = self._ready
        for socket in sockets:
            if not socket.waiting and not socket.pausing and socket.driver is None:
                ready.append(socket)
            socket.waiting.append(fragment)
            socket.size += size
            if socket.size > FRAME_LIMIT:
                self._press(socket)

    def _press(self, socket: Socket) -> None:
        """A frame's worth is waiting: send it early, or give up on a reader who does not read."""
        if socket.driver is None:
            self._write(socket, "".join(socket.waiting))
        elif socket.size > QUEUE_LIMIT:
            logger.info("A socket is closed: its reader left %d bytes unread", socket.size)
            self._give_up(socket)

    def turn(self) -> None:
        """Write to the next `TURN` ready sockets."""
        ready = self._ready
        joined: dict[tuple[str, ...], str] = {}
        for _ in range(min(len(ready), TURN)):
            socket = ready.popleft()
            waiting = socket.waiting
            if not waiting or socket.driver is not None or not socket.open:
                continue
            if len(waiting) == 1:
                text = waiting[0]
            else:
                # Everybody in a room waits for the same fragments: joined once, not once a socket.
                key = tuple(waiting)
                text = joined.get(key) or joined.setdefault(key, "".join(waiting))
            self._write(socket, text)
        if self._written:
            self._loop.call_later(self._window, self._thaw, self._written)
            self._written = []

    def _write(self, socket: Socket, text: str) -> None:
        """Send `text`, all that waits: in this very step where the server takes it at once, else in a task."""
        socket.waiting.clear()
        try:
            # Nearly every send ends in its first step, and a task would cost more than the send itself.
            steps = socket.send({"type": "websocket.send", "text": text}).__await__()
            suspended = next(steps)
        except StopIteration:
            socket.size = 0
            if self._window and not socket.pausing:
                socket.pausing = True
                self._written.append(socket)
        except (Exception, asyncio.CancelledError) as error:
            self._fail(socket, error)
        else:
            socket.driver = self._loop.create_task(self._drive(socket, steps, suspended, socket.size))

    async def _drive(self, socket: Socket, steps: Steps, suspended: Any, size: int) -> None:
        """Finish a send that had to wait for its reader, then send what has gathered meanwhile."""
        try:
            await _Rest(steps, suspended)
            socket.size -= size
            while socket.waiting:
                text, size = self._take_frame(socket)
                await socket.send({"type": "websocket.send", "text": text})
                socket.size -= size
        except Exception as error:
            socket.driver = None
            self._fail(socket, error)
        else:
            socket.driver = None

    def _take_frame(self, socket: Socket) -> tuple[str, int]:
        """The oldest waiting fragments, one at least and as many as `FRAME_LIMIT` holds, and their size."""
        size = count = 0
        for fragment in socket.waiting:
            more = len(fragment.encode())
            if count and size + more > FRAME_LIMIT:
                break
            size, count = size + more, count + 1
        text = "".join(socket.waiting[:count])
        del socket.waiting[:count]
        return text, size

    def _thaw(self, sockets: list[Socket]) -> None:
        """These sockets have paused long enough."""
        for socket in sockets:
            socket.pausing = False
            if socket.waiting and socket.driver is None:
                self._ready.append(socket)
        if self._ready:
            self._on_thaw()

    def _fail(self, socket: Socket, error: BaseException) -> None:
        """A send raised: mostly the reader has just gone, and the server knows it a moment before the consumer."""
        if socket.open:
            logger.debug("A socket is dropped: sending to it raised", exc_info=error)
            self._give_up(socket)

    def forget(self, socket: Socket) -> None:
        """Drop what waits for this socket, and the send that is stuck."""
        socket.waiting.clear()
        if socket.driver is not None:
            socket.driver.cancel()
            socket.driver = None


class _Rest:
    """What is left of an awaitable whose first step, taken elsewhere, ended by waiting for `suspended`."""

    def __init__(self, steps: Steps, suspended: Any) -> None:
        self._steps = steps
        self._suspended = suspended

    def __await__(self) -> Steps:
        try:
            yield self._suspended
            yield from self._steps
        finally:
            # Cancelled at the first wait, nothing else would unwind the half-run coroutine.
            self._steps.close()
