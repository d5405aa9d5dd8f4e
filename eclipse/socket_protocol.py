"""uvicorn's WebSocket protocol with a short way for what nearly every send is, and without the handshake's remains."""

from typing import Any, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State


class SocketProtocol(WebSocketsSansIOProtocol):
    """Frames a text that goes to a thousand sockets once, where uvicorn encodes and frames it for each.

    Only a text on an open socket that can take it goes the short way; anything else goes uvicorn's own. Measured: a
    quarter to a third more deliveries a second (docs/benchmarks.md, docs/adr/0007-socket-protocol.md).
    """

    async def send(self, message: Any) -> None:
        text = message.get("text")
        if (
            text is not None
            and message["type"] == "websocket.send"
            and self.conn.state is State.OPEN
            and self.handshake_complete
            and self.writable.is_set()
            and not self.close_sent
            and not self.disconnected
            and not self.conn.extensions
        ):
            self.transport.write(_framed(text))
            return
        await super().send(message)
        if message["type"] == "websocket.accept":
            # Whoever asked has been asked who they are: the headers, kept thrice, are 5 KiB of each open socket.
            cast(list[Any], self.scope["headers"]).clear()
            del self.request, self.response


_last: tuple[str, bytes] = ("", b"")


def _framed(text: str) -> bytes:
    """The text as one unmasked frame (RFC 6455, 5.2); the last one is kept, because the next socket asks for it too."""
    global _last
    last_text, frame = _last
    if text is not last_text:
        frame = Frame(Opcode.TEXT, text.encode()).serialize(mask=False)
        _last = (text, frame)
    return frame
