"""What processes share through Redis: locks that save work (rows and constraints guard money), and the venue's
waiting time."""

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.exceptions import LockNotOwnedError
from redis.retry import Retry

from exchange.binance.client import InProcess
from exchange.types import from_ms, to_ms


@cache
def _connection() -> "redis.Redis":
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=5, socket_connect_timeout=2)


@cache
def _quick_connection() -> "redis.Redis":
    """For what a protective order must not wait for: a Redis that does not answer at once is done without."""
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=0.1, socket_connect_timeout=0.1, retry=Retry(NoBackoff(), retries=0)
    )


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


class SharedNotBefore:
    """Wall time before which no process may send to one venue; in memory alone while Redis cannot be reached."""

    def __init__(self, venue: str) -> None:
        self._key = f"duolive:not_before:{venue}"
        self._here = InProcess()

    def read(self) -> datetime | None:
        with contextlib.suppress(redis.RedisError):
            stored = _quick_connection().get(self._key)
            if stored is not None:
                self._here.extend(from_ms(int(stored)))
        return self._here.read()

    def extend(self, until: datetime) -> None:
        self._here.extend(until)
        milliseconds = to_ms(until)
        with contextlib.suppress(redis.RedisError):
            _quick_connection().set(self._key, milliseconds, pxat=milliseconds)


def _release(lock: "redis.lock.Lock") -> None:
    try:
        lock.release()
    except LockNotOwnedError:
        return  # it outlived its time and may be somebody else's now
