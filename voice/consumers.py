"""The voice channel's socket, `/ws/voice/<channel id>/`: who opens it, and what they say on it."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, parse_cookie

from accounts.middleware import language_for
from accounts.models import User
from eclipse import ratelimit
from eclipse.hub.writer import Send
from eclipse.ratelimit import RateLimited
from rooms.consumers import NOT_UNDERSTOOD, LiveConsumer, Station
from rooms.voice_access import get_voice_channel_by_id
from voice import protocol, wording
from voice.echo import Echo
from voice.protocol import NotUnderstood, Problem
from voice.sessions import Session, unheard
from voice.standing import Visitor
from voice.switchboard import switchboard
from voice.wire import Wire

# A page that goes on sending what nobody understands is broken, or no page.
PATIENCE = 5


class VoiceConsumer(LiveConsumer):
    """A person at a voice channel's door, and once they have joined, the page of their session.

    Attack: a number harvested elsewhere. The door is asked when the socket opens and again at each `join`; whoever has
    joined is asked for by their session (voice/sessions.py), for it outlives this socket.
    """

    frame_limit = "voice_frames"
    longest_frame = protocol.LARGEST_FRAME
    _wire: Wire | None = None
    _session: Session | Echo | None = None
    _puzzles = 0

    async def connect(self) -> None:
        # Now: the server keeps the headers no longer than it takes to accept.
        self._language = language_of(self.scope)
        await super().connect()
        if not self._closed:
            self._wire = Wire(self.base_send, self.close, self._evict)

    def fragments(self) -> Send:
        # They are markup for pages; what is said in the call comes by the wire.
        return unheard

    def find_station(self) -> Station:
        get_voice_channel_by_id(self.user, self._channel_id)
        return Station(frozenset(self._personal()))

    @property
    def _channel_id(self) -> int:
        number: int = self.scope["url_route"]["kwargs"]["channel_id"]
        return number

    async def close(self, code: int | None = None, reason: str | None = None) -> None:
        self._let_go()
        await super().close(code, reason)

    async def _leave(self) -> None:
        self._let_go()
        await super()._leave()

    def _let_go(self) -> None:
        if self._wire is not None:
            self._wire.drop()
            if self._session is not None:
                self._session.detach(self._wire)

    async def _recheck(self) -> None:
        if self._session is None or self._session.is_over:
            await super()._recheck()

    async def understand(self, text: str) -> None:
        try:
            message = protocol.parse(text)
        except NotUnderstood:
            self._puzzles += 1
            if self._puzzles > PATIENCE:
                await self.close(NOT_UNDERSTOOD)
            else:
                self._complain(Problem.NOT_UNDERSTOOD)
            return
        if self._session is not None and not self._session.is_over:
            await self._session.handle(message)
        elif isinstance(message, protocol.Join):
            await self._join(message)
        elif not isinstance(message, protocol.Leave):
            self._complain(Problem.NOT_JOINED)

    async def _join(self, wanted: protocol.Join) -> None:
        if self._wire is None or not isinstance(self.user, User):
            return
        try:
            ratelimit.spend("voice_joins", self.user.pk)
        except RateLimited:
            self._complain(Problem.TOO_FAST)
            return
        visitor = Visitor(self.user, self.scope["session"].session_key, self._language)
        await self._begin(visitor, self._wire, wanted)

    async def _begin(self, visitor: Visitor, wire: Wire, wanted: protocol.Join) -> None:
        self._session = session = await switchboard().join(visitor, self._channel_id, wire, wanted)
        if session is not None:
            await session.attach(wire, visitor)

    def _complain(self, code: Problem) -> None:
        if self._wire is not None:
            self._wire.say(wording.problem(code, self._language))


class EchoConsumer(VoiceConsumer):
    """`/ws/voice/test/`: a call with oneself alone, for everybody who has an account."""

    def find_station(self) -> Station:
        if not self.user.is_authenticated:
            raise PermissionDenied
        return Station(frozenset(self._personal()))

    async def _begin(self, visitor: Visitor, wire: Wire, wanted: protocol.Join) -> None:
        self._session = await switchboard().echo(visitor, wire)


def language_of(scope: dict[str, Any]) -> str:
    """The language of whoever opens a socket, told by the same as that of their pages."""
    headers = dict(scope["headers"])
    request = HttpRequest()
    request.COOKIES = parse_cookie(headers.get(b"cookie", b"").decode("latin-1"))
    request.META["HTTP_ACCEPT_LANGUAGE"] = headers.get(b"accept-language", b"").decode("latin-1")
    return language_for(scope["user"], request)
