"""The state of calls in Redis: for several processes. What must hold whoever else acts at once is one script there."""

import json
import logging
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict, replace
from typing import Any, TypeVar, cast

from redis import Redis
from redis.exceptions import RedisError

from voice.state import LAPSE, ChannelFull, InAnotherCall, Participant, Roll, StateLost, in_order

logger = logging.getLogger(__name__)
T = TypeVar("T")

# Everything goes by itself some time after the last process has gone.
KEPT = int(4 * LAPSE)

# What the scripts share. KEYS: entries (session -> JSON), sessions (person -> session), expiry (session -> time).
# A channel's own keys are made from ARGV[1], the prefix: its sessions, and who talks there.
SHARED = """
local entries, sessions, expiry = KEYS[1], KEYS[2], KEYS[3]
local function members(channel) return ARGV[1] .. ':channel:' .. channel end
local function talking(channel) return ARGV[1] .. ':talking:' .. channel end
local function counts(session, now)
  local lapses = redis.call('ZSCORE', expiry, session)
  return lapses and tonumber(lapses) > now
end
local function keep(...)
  for _, key in ipairs({...}) do redis.call('EXPIRE', key, ARGV[2]) end
end
local function drop(session)
  local entry = redis.call('HGET', entries, session)
  redis.call('HDEL', entries, session)
  redis.call('ZREM', expiry, session)
  if not entry then return false end
  local was = cjson.decode(entry)
  local channel, user = string.format('%.0f', was.channel), string.format('%.0f', was.user)
  redis.call('SREM', members(channel), session)
  redis.call('SREM', talking(channel), user)
  if redis.call('HGET', sessions, user) == session then redis.call('HDEL', sessions, user) end
  return entry
end
"""

# ARGV from the third on: session, person, channel, JSON, now, when it lapses, limit, whether to take over.
ENTER = """
local session, user, channel, entry = ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local now, limit = tonumber(ARGV[7]), tonumber(ARGV[9])
local old = redis.call('HGET', sessions, user)
if old and counts(old, now) and ARGV[10] == '0' then return {'elsewhere', redis.call('HGET', entries, old)} end
if limit > 0 then
  local others = 0
  for _, each in ipairs(redis.call('SMEMBERS', members(channel))) do
    if each ~= old and counts(each, now) then others = others + 1 end
  end
  if others >= limit then return {'full'} end
end
local replaced = old and drop(old)
redis.call('HSET', entries, session, entry)
redis.call('HSET', sessions, user, session)
redis.call('ZADD', expiry, ARGV[8], session)
redis.call('SADD', members(channel), session)
keep(entries, sessions, expiry, members(channel))
return {'in', replaced or ''}
"""

# ARGV: now, when they lapse, and the sessions. Those that are not there.
RENEW = """
local lost = {}
for index = 5, #ARGV do
  local entry = redis.call('HGET', entries, ARGV[index])
  if entry then
    redis.call('ZADD', expiry, ARGV[4], ARGV[index])
    local channel = string.format('%.0f', cjson.decode(entry).channel)
    keep(members(channel), talking(channel))
  else
    table.insert(lost, ARGV[index])
  end
end
keep(entries, sessions, expiry)
return lost
"""

# ARGV: now, when it lapses, the session.
RESUME = """
if not counts(ARGV[5], tonumber(ARGV[3])) then return false end
redis.call('ZADD', expiry, ARGV[4], ARGV[5])
return redis.call('HGET', entries, ARGV[5])
"""

# ARGV: session, JSON.
PUT = """
if redis.call('HEXISTS', entries, ARGV[3]) == 0 then return 0 end
redis.call('HSET', entries, ARGV[3], ARGV[4])
return 1
"""

LEAVE = "return drop(ARGV[3])"

# In one step, so that each departure is told by one process. ARGV: now.
TAKE_LAPSED = """
local lapsed = {}
for _, session in ipairs(redis.call('ZRANGEBYSCORE', expiry, '-inf', ARGV[3])) do
  local entry = drop(session)
  if entry then table.insert(lapsed, entry) end
end
return lapsed
"""

# ARGV: now, channel, and who talks.
SET_SPEAKING = """
local now, key, here = tonumber(ARGV[3]), talking(ARGV[4]), {}
for _, session in ipairs(redis.call('SMEMBERS', members(ARGV[4]))) do
  local entry = counts(session, now) and redis.call('HGET', entries, session)
  if entry then here[string.format('%.0f', cjson.decode(entry).user)] = true end
end
redis.call('DEL', key)
for index = 5, #ARGV do
  if here[ARGV[index]] then redis.call('SADD', key, ARGV[index]) end
end
keep(key)
return 1
"""

# ARGV: now, and the channels. Redis's own clock, by which looks of several processes are put in order; then for each
# entry its JSON and whether its person talks.
LOOK = """
local clock, found = redis.call('TIME'), {}
for index = 4, #ARGV do
  for _, session in ipairs(redis.call('SMEMBERS', members(ARGV[index]))) do
    local entry = counts(session, tonumber(ARGV[3])) and redis.call('HGET', entries, session)
    if entry then
      table.insert(found, entry)
      local user = string.format('%.0f', cjson.decode(entry).user)
      table.insert(found, redis.call('SISMEMBER', talking(ARGV[index]), user))
    end
  end
end
return {clock[1], clock[2], found}
"""


class RedisState:
    """Raises `StateLost` only where somebody comes in: whoever is in a call goes on talking without Redis."""

    def __init__(self, url: str, prefix: str = "eclipse:voice") -> None:
        self._redis = Redis.from_url(url, decode_responses=True, socket_timeout=2, socket_connect_timeout=2)
        self._prefix = prefix
        self._keys = [f"{prefix}:entries", f"{prefix}:sessions", f"{prefix}:expiry"]
        self._scripts = {
            script: self._redis.register_script(SHARED + script)
            for script in (ENTER, RENEW, RESUME, PUT, LEAVE, TAKE_LAPSED, SET_SPEAKING, LOOK)
        }

    def enter(self, participant: Participant, *, limit: int = 0, take_over: bool = False) -> Participant | None:
        now = time.time()
        try:
            verdict, *more = self._run(
                ENTER,
                participant.session, participant.user, participant.channel, _written(participant),
                now, now + LAPSE, limit, int(take_over),
            )  # fmt: skip
        except RedisError as error:
            raise StateLost from error
        if verdict == "elsewhere":
            raise InAnotherCall(_read(more[0]))
        if verdict == "full":
            raise ChannelFull
        return _read(more[0]) if more[0] else None

    def resume(self, session: str) -> Participant | None:
        now = time.time()
        entry: str | None = self._tolerate(lambda: self._run(RESUME, now, now + LAPSE, session), None)
        return _read(entry) if entry else None

    def put(self, participant: Participant) -> bool:
        return bool(self._tolerate(lambda: self._run(PUT, participant.session, _written(participant)), True))

    def renew(self, sessions: Iterable[str]) -> set[str]:
        wanted, now = list(sessions), time.time()
        if not wanted:
            return set()
        lost: list[str] = self._tolerate(lambda: self._run(RENEW, now, now + LAPSE, *wanted), [])
        return set(lost)

    def leave(self, session: str) -> Participant | None:
        entry: str | None = self._tolerate(lambda: self._run(LEAVE, session), None)
        return _read(entry) if entry else None

    def take_lapsed(self) -> list[Participant]:
        lapsed: list[str] = self._tolerate(lambda: self._run(TAKE_LAPSED, time.time()), [])
        return [_read(entry) for entry in lapsed]

    def set_speaking(self, channel: int, users: Collection[int]) -> None:
        self._tolerate(lambda: self._run(SET_SPEAKING, time.time(), channel, *users), None)

    def in_channels(self, channels: Collection[int]) -> Roll:
        if not channels:
            return Roll(0)
        nobody: tuple[str, str, list[Any]] = ("0", "0", [])
        seconds, micros, found = self._tolerate(lambda: self._run(LOOK, time.time(), *channels), nobody)
        people: dict[int, list[Participant]] = {}
        for entry, speaks in zip(found[::2], found[1::2], strict=True):
            participant = replace(_read(entry), is_speaking=bool(speaks))
            people.setdefault(participant.channel, []).append(participant)
        version = int(seconds) * 1_000_000 + int(micros)
        return Roll(version, {channel: in_order(each) for channel, each in people.items()})

    def _run(self, script: str, *arguments: Any) -> Any:
        return self._scripts[script](keys=self._keys, args=[self._prefix, KEPT, *arguments])

    def _tolerate(self, call: Callable[[], Any], otherwise: T) -> T:
        try:
            return cast(T, call())
        except RedisError:
            logger.warning("Redis cannot be reached: who is in a call is not known")
            return otherwise


def _written(participant: Participant) -> str:
    fields = asdict(participant)
    # Kept apart: the media server tells it of a whole channel.
    del fields["is_speaking"]
    return json.dumps(fields)


def _read(entry: str) -> Participant:
    return Participant(**json.loads(entry))
