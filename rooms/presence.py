"""Who is here: a person is online while at least one socket of theirs, on any process, has not lapsed.

A socket's entry lapses by itself, so that the crash of a page, a process or a machine needs no goodbye: the process
that holds a socket renews it, and a lost connection is let lapse after a few seconds, which is how walking from page
to page does not flicker. One small interface, kept in Redis where several processes share it, else in this process.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Protocol, cast

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

# How long a socket counts without being renewed; with the server's ping (20 s, 20 s) a crash shows within a minute.
LAPSE = 50.0
RENEW_EVERY = 20.0
# How long a person whose last page closed still counts: long enough to load the next page.
GRACE = 5.0
SWEEP_EVERY = 2.0


class Presence(Protocol):
    """The interface that both stores keep."""

    def arrive(self, user_id: int, socket_id: str) -> bool:
        """Count a socket; true when the person was not here before."""

    def renew(self, sockets: Iterable[tuple[int, str]]) -> list[int]:
        """Count these sockets for another `LAPSE` seconds; the people whom the store had lost, and who are back."""

    def leave(self, user_id: int, socket_id: str) -> None:
        """Let a socket lapse after `GRACE` seconds."""

    def take_lapsed(self) -> list[int]:
        """The people who are here no more; each is told once, to one process."""

    def online(self, user_ids: Iterable[int]) -> set[int]:
        """Which of these people are here."""

    def everybody(self) -> set[int]:
        """All who are here, in whichever room."""


class ProcessPresence:
    """Presence in this process's memory: for the one-process default."""

    def __init__(self) -> None:
        self._expiry: dict[int, dict[str, float]] = defaultdict(dict)

    def arrive(self, user_id: int, socket_id: str) -> bool:
        new = not self.online([user_id])
        self._expiry[user_id][socket_id] = time.monotonic() + LAPSE
        return new

    def renew(self, sockets: Iterable[tuple[int, str]]) -> list[int]:
        return [user_id for user_id, socket_id in sockets if self.arrive(user_id, socket_id)]

    def leave(self, user_id: int, socket_id: str) -> None:
        if socket_id in self._expiry.get(user_id, {}):
            self._expiry[user_id][socket_id] = time.monotonic() + GRACE

    def take_lapsed(self) -> list[int]:
        now, gone = time.monotonic(), []
        for user_id, sockets in list(self._expiry.items()):
            for socket_id in [socket_id for socket_id, expiry in sockets.items() if expiry <= now]:
                del sockets[socket_id]
            if not sockets:
                del self._expiry[user_id]
                gone.append(user_id)
        return gone

    def online(self, user_ids: Iterable[int]) -> set[int]:
        now = time.monotonic()
        return {
            user_id
            for user_id in user_ids
            if any(expiry > now for expiry in list(self._expiry.get(user_id, {}).values()))
        }

    def everybody(self) -> set[int]:
        return self.online(list(self._expiry))


# KEYS: the person's sockets, everybody. ARGV: user, socket, the socket's expiry, now, verb, seconds until the key goes.
# Drops what has lapsed, sets the socket, and keeps the person's own expiry at the latest of their sockets'.
TOUCH = """
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[4])
if ARGV[5] == 'leave' and not redis.call('ZSCORE', KEYS[1], ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[6])
local last = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return redis.call('ZADD', KEYS[2], last[2], ARGV[1])
"""

# KEYS: everybody. ARGV: now. In one step, so that each departure is told by one process, and none that has been
# taken back by a new socket meanwhile.
TAKE_LAPSED = """
local lapsed = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
return lapsed
"""


@contextmanager
def _tolerated() -> Iterator[None]:
    """Who is here is worth less than the page that shows it: without Redis nobody is known to be, and all goes on."""
    try:
        yield
    except RedisError:
        logger.warning("Redis cannot be reached: who is here is not known")


class RedisPresence:
    """Presence in Redis: for several processes."""

    def __init__(self, url: str, prefix: str = "eclipse:presence") -> None:
        self._redis = Redis.from_url(url, decode_responses=True, socket_timeout=2, socket_connect_timeout=2)
        self._everybody = prefix
        self._touch_script = self._redis.register_script(TOUCH)
        self._take_lapsed_script = self._redis.register_script(TAKE_LAPSED)

    def _touch(self, sockets: Iterable[tuple[int, str]], seconds: float, verb: str) -> list[int]:
        """Let these sockets count for `seconds`; the people who were not here before."""
        wanted, now = list(sockets), time.time()
        with _tolerated():
            # At once: one by one, a thousand sockets would each wait for a Redis that does not answer.
            with self._redis.pipeline(transaction=False) as calls:
                for user_id, socket_id in wanted:
                    keys = [f"{self._everybody}:{user_id}", self._everybody]
                    args: list[str | float] = [user_id, socket_id, now + seconds, now, verb, int(LAPSE * 2)]
                    self._touch_script(keys=keys, args=args, client=calls)
                news = calls.execute()
            return [user_id for (user_id, _), new in zip(wanted, news, strict=True) if new]
        return []

    def arrive(self, user_id: int, socket_id: str) -> bool:
        return bool(self._touch([(user_id, socket_id)], LAPSE, "arrive"))

    def renew(self, sockets: Iterable[tuple[int, str]]) -> list[int]:
        return self._touch(sockets, LAPSE, "renew")

    def leave(self, user_id: int, socket_id: str) -> None:
        self._touch([(user_id, socket_id)], GRACE, "leave")

    def take_lapsed(self) -> list[int]:
        with _tolerated():
            lapsed = cast(list[str], self._take_lapsed_script(keys=[self._everybody], args=[time.time()]))
            return [int(user_id) for user_id in lapsed]
        return []

    def online(self, user_ids: Iterable[int]) -> set[int]:
        ids = list(user_ids)
        if not ids:
            return set()
        now = time.time()
        with _tolerated():
            scores = self._redis.zmscore(self._everybody, [str(user_id) for user_id in ids])
            return {user_id for user_id, score in zip(ids, scores, strict=True) if score is not None and score > now}
        return set()

    def everybody(self) -> set[int]:
        with _tolerated():
            here = cast(list[str], self._redis.zrangebyscore(self._everybody, f"({time.time()}", "+inf"))
            return {int(user_id) for user_id in here}
        return set()


@cache
def presence() -> Presence:
    """This site's presence store."""
    return RedisPresence(settings.REDIS_URL) if settings.REDIS_URL else ProcessPresence()
