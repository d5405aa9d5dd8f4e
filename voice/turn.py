"""TURN and STUN servers for a call: their addresses, and a person's own credentials for them, for a time.

The credentials are those of coturn's `use-auth-secret` (draft-uberti-behave-turn-rest-00): the end of their time and a
name are the username, and its HMAC under a secret that only Eclipse and the TURN server know is the password. Nothing
has to be stored or told to the TURN server, and what is harvested is worth nothing later.
"""

import base64
import hashlib
import hmac
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypedDict

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


class IceServer(TypedDict, total=False):
    """As browsers take it: an entry of `RTCConfiguration.iceServers`."""

    urls: list[str]
    username: str
    credential: str


@dataclass(frozen=True)
class TurnAddress:
    """A TURN server's address, taken apart (RFC 7065)."""

    host: str
    port: int
    transport: Literal["udp", "tcp"]
    encrypted: bool

    @classmethod
    def parse(cls, url: str) -> "TurnAddress":
        """The parts of `turn:host:port?transport=tcp`; `ImproperlyConfigured` where it is none."""
        scheme, _colon, rest = url.partition(":")
        place, _mark, query = rest.partition("?")
        host, _colon, port = place.rpartition(":") if not place.endswith("]") else (place, "", "")
        if not host:
            host, port = port, ""
        encrypted = scheme == "turns"
        transport = query.removeprefix("transport=") or ("tcp" if encrypted else "udp")
        known = scheme in {"turn", "turns"} and transport in {"udp", "tcp"}
        if not known or not host or not (port or "0").isdecimal():
            raise ImproperlyConfigured(f"VOICE_TURN_URLS: {url!r} is not like turn:turn.example.org:3478?transport=udp")
        return cls(
            host=host.strip("[]"),
            port=int(port or (5349 if encrypted else 3478)),
            transport="tcp" if transport == "tcp" else "udp",
            encrypted=encrypted,
        )


def credentials(name: str, *, seconds: int | None = None) -> tuple[str, str]:
    """A username and a password that the TURN server takes for so many seconds (`VOICE_TURN_SECONDS`).

    `name` is for the TURN server's log: a session's, never an account's.
    """
    end = int(time.time()) + (settings.VOICE_TURN_SECONDS if seconds is None else seconds)
    username = f"{end}:{name}"
    digest = hmac.new(settings.VOICE_TURN_SECRET.encode(), username.encode(), hashlib.sha1).digest()
    return username, base64.b64encode(digest).decode()


def ice_servers(session: str) -> list[IceServer]:
    """What this session's client may use to reach the media server; empty where the operator has set nothing up."""
    servers: list[IceServer] = []
    if settings.VOICE_STUN_URLS:
        servers.append({"urls": list(settings.VOICE_STUN_URLS)})
    if settings.VOICE_TURN_URLS:
        username, password = credentials(session)
        servers.append({"urls": list(settings.VOICE_TURN_URLS), "username": username, "credential": password})
    return servers


def check_settings(*, stun: Sequence[str], turn: Sequence[str], secret: str, relay_only: bool) -> None:
    """Stop the start with one clear line where the settings cannot work together (`ImproperlyConfigured`)."""
    for url in stun:
        if not url.startswith(("stun:", "stuns:")):
            raise ImproperlyConfigured(f"VOICE_STUN_URLS: {url!r} does not begin with stun:")
    for url in turn:
        TurnAddress.parse(url)
    if turn and not secret:
        raise ImproperlyConfigured(
            "VOICE_TURN_URLS is set and VOICE_TURN_SECRET is not: set it to coturn's static-auth-secret."
        )
    if relay_only and not turn:
        raise ImproperlyConfigured("VOICE_RELAY_ONLY is on, and VOICE_TURN_URLS names no server to relay through.")
