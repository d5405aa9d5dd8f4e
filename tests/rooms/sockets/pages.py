"""Open pages' sockets, from the origin check on."""

import asyncio
from collections.abc import Awaitable, Callable

from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings as django_settings

from accounts.models import User
from eclipse.asgi import application
from eclipse.hub import hub
from tests.rooms.conftest import browser_of

SECONDS = 30
do = sync_to_async
ORIGIN = "http://testserver"
CHAT = "/ws/chat/harbour/"
VAULT = "/ws/chat/vault/"


async def until(holds: Callable[[], object]) -> None:
    """Let everything else go on until it holds."""
    async with asyncio.timeout(SECONDS):
        while not holds():
            await do(lambda: None)()


class Page:
    """An open page's socket: keeps what it hears."""

    def __init__(self, path: str, user: User | None, origin: str | None = ORIGIN) -> None:
        headers = [(b"host", b"testserver")]
        if origin is not None:
            headers.append((b"origin", origin.encode("latin-1")))
        if user is not None:
            self.browser = browser_of(user)
            session = self.browser.cookies[django_settings.SESSION_COOKIE_NAME].value
            headers.append((b"cookie", f"{django_settings.SESSION_COOKIE_NAME}={session}".encode()))
        self.socket = WebsocketCommunicator(application, path, headers=headers)
        self.text = ""
        self.code: int | None = None

    async def open(self) -> None:
        """Connect, and wait until the socket is refused, closed, or in its place."""
        sockets = len(hub._sockets)
        accepted, code = await self.socket.connect(timeout=SECONDS)
        if not accepted:
            self.code = code
            return
        # The first that a page with a channel hears is the channel's count.
        silent = self.socket.scope["path"].startswith(("/ws/presence/", "/ws/voice/"))
        await until(lambda: not self.socket.output_queue.empty() or (silent and len(hub._sockets) > sockets))
        await hub.settled()

    async def says(self, text: str | None = None, binary: bytes | None = None) -> None:
        await self.socket.send_to(text_data=text, bytes_data=binary)

    async def hears(self, text: str) -> str:
        """Everything heard until `text` is."""
        async with asyncio.timeout(SECONDS):
            while text not in self.text:
                assert self.code is None, f"closed with {self.code} before {text!r} was heard: {self.text}"
                await self._listen()
        return self.text

    async def is_closed(self) -> int:
        """The code with which the server closes."""
        async with asyncio.timeout(SECONDS):
            while self.code is None:
                await self._listen()
        return self.code

    async def _listen(self) -> None:
        # Waits longer than the one who asks: its own end would end the socket, too.
        event = await self.socket.receive_output(2 * SECONDS)
        if event["type"] == "websocket.close":
            self.code = event.get("code", 1000)
        else:
            self.text += event["text"]

    async def leave(self) -> None:
        if not self.socket.future.done():
            await self.socket.disconnect(timeout=SECONDS)


Open = Callable[..., Awaitable[Page]]
