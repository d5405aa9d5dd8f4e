"""Which media worker holds which call: a lease for each voice channel, which expires unless its worker renews it.

All times are Redis's own, so that no two machines have to agree on the hour.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, cast

from redis import Redis as SyncRedis
from redis.asyncio import Redis

# A worker says this often that it is there, and renews its leases with it.
BEAT_EVERY = 2.0
# One that has not said so for this long takes no new calls.
FRESH = 6.0
LEASE = 10.0
# Everything goes by itself after the last worker.
KEPT = 60

# KEYS: workers (by their last beat), loads. ARGV: prefix of leases.
SHARED = """
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
local function lease(channel) return ARGV[1] .. channel end
"""

# ARGV: worker, load, length of a lease in ms, how long things are kept, and the channels that it holds. Those whose
# lease is another's.
BEAT = """
redis.call('ZADD', KEYS[1], now, ARGV[2])
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
for _, dead in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - tonumber(ARGV[5]))) do
  redis.call('ZREM', KEYS[1], dead)
  redis.call('HDEL', KEYS[2], dead)
end
redis.call('EXPIRE', KEYS[1], ARGV[5])
redis.call('EXPIRE', KEYS[2], ARGV[5])
local lost = {}
for index = 6, #ARGV do
  local holder = redis.call('GET', lease(ARGV[index]))
  if holder and holder ~= ARGV[2] then
    table.insert(lost, ARGV[index])
  else
    redis.call('SET', lease(ARGV[index]), ARGV[2], 'PX', ARGV[4])
  end
end
return lost
"""

# ARGV: channel, length of a lease in ms, how old a beat may be. The worker that holds the call, or the one with the
# least to do; none where no worker is there. A placement counts at once: many calls that begin together spread.
PLACE = """
local holder = redis.call('GET', lease(ARGV[2]))
local beat = holder and redis.call('ZSCORE', KEYS[1], holder)
if beat and tonumber(beat) > now - tonumber(ARGV[4]) then return holder end
local best, least = false, nil
for _, worker in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], now - tonumber(ARGV[4]), '+inf')) do
  local load = tonumber(redis.call('HGET', KEYS[2], worker) or '0')
  if not least or load < least then best, least = worker, load end
end
if best then
  redis.call('SET', lease(ARGV[2]), best, 'PX', ARGV[3])
  redis.call('HINCRBY', KEYS[2], best, 1)
end
return best
"""

# ARGV: worker, channels. The worker takes no more calls, and these of its leases are for others to take.
WITHDRAW = """
redis.call('ZREM', KEYS[1], ARGV[2])
redis.call('HDEL', KEYS[2], ARGV[2])
for index = 3, #ARGV do
  if redis.call('GET', lease(ARGV[index])) == ARGV[2] then redis.call('DEL', lease(ARGV[index])) end
end
return 1
"""

# ARGV: channels. The holder of each, or nothing; then each worker's last beat.
LOOK = """
local holders = {}
for index = 2, #ARGV do table.insert(holders, redis.call('GET', lease(ARGV[index])) or '') end
return {holders, redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')}
"""


PREFIX = "eclipse:voice"


def fresh_workers(redis: SyncRedis) -> list[str]:
    """The workers that take calls now; raises `RedisError`."""
    seconds, micros = redis.time()
    since = seconds + micros / 1_000_000 - FRESH
    return cast(list[str], redis.zrangebyscore(f"{PREFIX}:workers", since, "+inf"))


@dataclass(frozen=True)
class Sight:
    """Who holds some calls, and each worker's last beat, at one moment."""

    holders: dict[int, str]
    beats: dict[str, str]


class Leases:
    """The leases of this site. All methods raise `RedisError` while Redis is away."""

    def __init__(self, redis: Redis) -> None:
        self._keys = [f"{PREFIX}:workers", f"{PREFIX}:loads"]
        self._prefix = f"{PREFIX}:lease:"
        self._scripts = {script: redis.register_script(SHARED + script) for script in (BEAT, PLACE, WITHDRAW, LOOK)}

    async def beat(self, worker: str, load: int, channels: Collection[int]) -> set[int]:
        """Say that this worker is there and holds these calls; those of them that another holds now."""
        lost = await self._run(BEAT, worker, load, int(LEASE * 1000), KEPT, *channels)
        return {int(channel) for channel in lost}

    async def place(self, channel: int) -> str | None:
        """The worker that holds the call, which is chosen now where there is none; `None` while no worker is there."""
        worker: str | None = await self._run(PLACE, channel, int(LEASE * 1000), FRESH)
        return worker or None

    async def withdraw(self, worker: str, channels: Collection[int]) -> None:
        """Let others take this worker's calls."""
        await self._run(WITHDRAW, worker, *channels)

    async def look(self, channels: Collection[int]) -> Sight:
        """Who holds these calls, and which workers are there."""
        wanted = list(channels)
        holders, beats = await self._run(LOOK, *wanted)
        return Sight(
            {channel: holder for channel, holder in zip(wanted, holders, strict=True) if holder},
            dict(zip(beats[::2], beats[1::2], strict=True)),
        )

    async def _run(self, script: str, *arguments: Any) -> Any:
        return await self._scripts[script](keys=self._keys, args=[self._prefix, *arguments])
