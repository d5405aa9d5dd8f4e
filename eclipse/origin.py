"""Which pages may open a socket: this site's own.

A browser sends cookies with a socket that any page opens, whatever port or scheme that page came from, and Channels'
own check compares host names alone. Source: RFC 6455, section 10.2.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import split_domain_port, validate_host

DEFAULT_PORTS = {"http": 80, "https": 443}

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


class SameOrigin:
    """Lets a socket through whose Origin is the host and port it was sent to, or in CSRF_TRUSTED_ORIGINS."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        application = self.application if is_own(_read(scope)) else WebsocketDenier()
        await application(scope, receive, send)


def _read(scope: Mapping[str, Any]) -> dict[bytes, str]:
    return {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}


def is_own(headers: Mapping[bytes, str]) -> bool:
    """Whether a request with these headers comes from a page of this site."""
    origin, host = headers.get(b"origin", ""), headers.get(b"host", "").lower()
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return False
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        return False
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    same = {f"{name}:{port or DEFAULT_PORTS[parts.scheme]}"}
    if port in (None, DEFAULT_PORTS[parts.scheme]):
        same.add(name)
    return host in same and validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)
