"""Who opens a socket."""

from typing import Any

from channels.auth import get_user
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import parse_cookie
from django.utils.module_loading import import_string

from eclipse.origin import Application

SessionStore: type[SessionBase] = import_string(f"{settings.SESSION_ENGINE}.SessionStore")


class SessionPerson:
    """Puts the session and its person into the scope, and hands the server's own `send` through.

    Channels' middleware wraps `send` to save the session, which a socket's never is: 6 µs of the 20 that a delivery
    cost (docs/benchmarks.md).
    """

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        # The server's own dictionary, not a copy, and a session that is not read: they live as long as the socket.
        key = _session_key(scope)
        scope["user"] = await get_user({"session": SessionStore(key)})
        scope["session"] = SessionStore(key)
        await self.application(scope, receive, send)


def _session_key(scope: dict[str, Any]) -> str | None:
    cookies = parse_cookie(dict(scope["headers"]).get(b"cookie", b"").decode("latin-1"))
    return cookies.get(settings.SESSION_COOKIE_NAME)
