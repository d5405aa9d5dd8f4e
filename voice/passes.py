"""Whoever is moved by a moderator comes in, though the channel be locked or full: that is how people are let in."""

import logging

from django.core.cache import cache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

# Time enough for a page to load, and for a second try.
SECONDS = 30


def give_pass(user_id: int, channel_id: int) -> None:
    """Let this person into the channel for a while, past its lock and its limit, and past nothing else."""
    try:
        cache.set(_key(user_id, channel_id), True, SECONDS)
    except RedisError:
        logger.warning("Redis cannot be reached: somebody who was moved comes in only where there is room")


def take_pass(user_id: int, channel_id: int) -> None:
    """Whoever is put out of the channel comes in by it no more."""
    try:
        cache.delete(_key(user_id, channel_id))
    except RedisError:
        logger.warning("Redis cannot be reached: a pass holds until it ends by itself")


def has_pass(user_id: int, channel_id: int) -> bool:
    try:
        return cache.get(_key(user_id, channel_id), False)
    except RedisError:
        return False


def _key(user_id: int, channel_id: int) -> str:
    return f"voice-pass:{user_id}:{channel_id}"
