"""The way down to one page of a call: lines in order, through the hub, which never waits for a slow reader."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from eclipse.hub import Socket, hub
from voice.protocol import ServerMessage, line

logger = logging.getLogger(__name__)

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Wire:
    """An accepted socket's place in the hub: what is told to it, and what is published to the call it listens to."""

    def __init__(self, send: Send, close: Callable[[int], Awaitable[None]], evict: Callable[[], object]) -> None:
        self._send = send
        self._close = close
        self._held: list[str] | None = None
        self._socket = hub.connect(self._write, (), evict, on_command=self._on_command)
        # Called when the hub may have lost something that was published, and when it puts in doubt what may be heard.
        self.on_catch_up: Callable[[], object] = lambda: None
        self.on_recheck: Callable[[], asyncio.Future[None] | None] = lambda: None

    def tell(self, text: str) -> None:
        """Send a line, after all that was told or published before."""
        hub.send(self._socket, text)

    def say(self, message: ServerMessage) -> None:
        self.tell(line(message))

    def listen(self, topics: Iterable[str]) -> None:
        """Hear what is published to these topics, and to no others."""
        hub.subscribe(self._socket, topics)

    def hold(self) -> None:
        """Keep back what is told and published from now on, until `release`."""
        self._held = []

    async def release(self, first: str = "") -> None:
        """Send `first`, then what was kept back: each line of it is as new as what stands in `first`, or newer."""
        held, self._held = self._held or [], None
        await self._say(first + "".join(held))

    async def finish(self, message: ServerMessage, code: int, *before: ServerMessage) -> None:
        """Say a last word, past whatever waits, and close; `before` it, what would wait too long else."""
        hub.disconnect(self._socket)
        await self._say("".join(map(line, (*before, message))))
        await self._close(code)

    async def _say(self, text: str) -> None:
        try:
            await self._send({"type": "websocket.send", "text": text})
        except Exception:
            logger.debug("A page did not hear what was said: it has gone", exc_info=True)

    def drop(self) -> None:
        """Nothing more is sent; calling it again changes nothing."""
        hub.disconnect(self._socket)

    def _on_command(self, socket: Socket, name: str, data: dict[str, Any]) -> "asyncio.Future[None] | None":
        return self.on_recheck() if name == hub.RECHECK else None

    async def _write(self, message: dict[str, Any]) -> None:
        text: str = message["text"]
        if hub.CATCH_UP in text:
            # What the hub tells all of its sockets; no line of ours holds a "<" (voice/protocol.py).
            text = text.replace(hub.CATCH_UP, "")
            self.on_catch_up()
        if self._held is not None:
            self._held.append(text)
        elif text:
            await self._send({"type": "websocket.send", "text": text})
