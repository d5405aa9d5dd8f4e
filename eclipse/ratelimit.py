"""The one place where Eclipse's own limits are declared. (allauth limits logging in and signing up itself.)

Each is `<count>/<seconds> second` in the notation of the `limits` library and can be set by the environment as
`RATE_LIMIT_<NAME>`, for instance `RATE_LIMIT_MESSAGES=30/10 second`. Windows move: a burst at a window's border
counts as one burst.
"""

import logging
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from types import MappingProxyType

from django.conf import settings
from django.utils.translation import ngettext
from limits import RateLimitItem, parse
from limits.storage import RedisStorage, Storage
from limits.strategies import MovingWindowRateLimiter
from redis.exceptions import RedisError

from eclipse.moving_window import ProcessStorage

logger = logging.getLogger(__name__)

DEFAULTS = MappingProxyType(
    {
        "messages": "10/10 second",
        "edits": "30/60 second",
        "rooms": "10/3600 second",
        "joins": "30/60 second",
        "nicknames": "10/600 second",
        "reports": "10/3600 second",
        "invitations": "20/3600 second",
        # Looks at an invitation, by one person or one guest's address: a code cannot be found by trying.
        "invitation_looks": "60/60 second",
        # Upstream socket frames of one socket: typing every three seconds, liveness every twenty.
        "socket_frames": "40/20 second",
        # The same of a voice socket; a call that is set up sends some dozens of candidates.
        "voice_frames": "200/20 second",
        # Of one person.
        "voice_joins": "20/60 second",
        # Of one session: what it does (thinned, see voice/sessions.py), and fresh connections.
        "voice_states": "20/10 second",
        "voice_restarts": "10/60 second",
        # Of one person: a page tells a line three times a second while it is typed.
        "voice_captions": "60/10 second",
    }
)


class RateLimited(Exception):
    """Somebody did something more often than allowed; `retry_after` is in whole seconds."""

    def __init__(self, name: str, retry_after: int) -> None:
        self.name = name
        self.retry_after = retry_after
        super().__init__(f"rate limit {name!r}: retry after {retry_after} s")

    def explain(self) -> str:
        """What to tell the person, in the active language."""
        return ngettext(
            "That was too fast. Your text is kept: try again in %(seconds)d second.",
            "That was too fast. Your text is kept: try again in %(seconds)d seconds.",
            self.retry_after,
        ) % {"seconds": self.retry_after}


# Counted in the process that holds the socket: asking Redis would hold up every other socket of that process.
LOCAL = frozenset({"socket_frames", "voice_frames", "voice_joins", "voice_states", "voice_restarts", "voice_captions"})
_suspended: ContextVar[bool] = ContextVar("rate limits are suspended", default=False)


@cache
def _storage(*, local: bool) -> Storage:
    return RedisStorage(settings.REDIS_URL) if settings.REDIS_URL and not local else ProcessStorage()


@cache
def _limit(name: str) -> RateLimitItem:
    return parse(settings.RATE_LIMITS[name])


def spend(name: str, key: object) -> None:
    """Count one use of the limit `name` by `key`; `RateLimited` when there is none left, `KeyError` if undeclared."""
    limit = _limit(name)
    if _suspended.get():
        return
    try:
        _count(name, limit, str(key), _storage(local=name in LOCAL))
    except RedisError:
        # Each process then counts for itself: the limit still holds, and nothing is refused for Redis's loss.
        logger.warning("Redis cannot be reached: the limit %s is counted in this process", name)
        _count(name, limit, str(key), _storage(local=True))


def _count(name: str, limit: RateLimitItem, key: str, storage: Storage) -> None:
    limiter = MovingWindowRateLimiter(storage)
    if not limiter.hit(limit, name, key):
        reset_at = limiter.get_window_stats(limit, name, key).reset_time
        raise RateLimited(name, max(1, math.ceil(reset_at - time.time())))


@contextmanager
def suspended() -> Iterator[None]:
    """Within it nothing is counted or refused: for what an operator's command does in people's names."""
    token = _suspended.set(True)
    try:
        yield
    finally:
        _suspended.reset(token)


def forget_all() -> None:
    """Start every count anew, and read the limits again: for tests."""
    _limit.cache_clear()
    for local in (True, False):
        _storage(local=local).reset()
