"""Locks that processes share through Redis. They save work; rows and constraints guard money."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import redis
from django.conf import settings
from redis.exceptions import LockNotOwnedError

TICK_SECONDS = 15.0  # wall; a tick whose process was killed gives way within half of the time for recovery


@cache
def _connection() -> "redis.Redis":
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=5, socket_connect_timeout=2)


@contextmanager
def only_one(name: str, *, seconds: float) -> Iterator[bool]:
    """True inside the block when this process holds the lock, False when the work should be left for the next tick.

    ``seconds`` (wall) is the life of a lock whose holder died. Raises redis.RedisError when Redis cannot be reached.
    """
    lock = _connection().lock(f"duolive:lock:{name}", timeout=seconds, blocking=False)
    is_held = bool(lock.acquire())
    try:
        yield is_held
    finally:
        if is_held:
            _release(lock)


def _release(lock: "redis.lock.Lock") -> None:
    try:
        lock.release()
    except LockNotOwnedError:
        return  # it outlived its time and may be somebody else's now
