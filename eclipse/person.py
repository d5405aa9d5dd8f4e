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
        cookies = parse_cookie(dict(scope["headers"]).get(b"cookie", b"").decode("latin-1"))
        scope = {**scope, "session": SessionStore(cookies.get(settings.SESSION_COOKIE_NAME))}
        scope["user"] = await get_user(scope)
        await self.application(scope, receive, send)
