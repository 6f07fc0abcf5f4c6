"""The rate budget of one venue, counted in Redis for all processes together."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache

import redis
import structlog
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from exchange.clock import wall_now
from exchange.errors import RateLimited
from exchange.rate_budget import (
    VENUE_LIMITS,
    WEIGHT,
    Charge,
    Cost,
    Limits,
    LocalBudget,
    Urgency,
    Window,
    charges,
    spent,
)
from exchange.types import from_ms, to_ms

log = structlog.get_logger(__name__)

RESERVE = 10  # per cent of each limit that one process may use by itself while Redis is away
ASK_AGAIN_SECONDS = 1.0
ENTRIES_WAIT = timedelta(seconds=5)

# In one step, so that no two processes take the same room. KEYS: the waiting time, then a counter per charge.
# ARGV: now in ms, then amount, ceiling and life in seconds of each. Returns what stands in the way, or the counts.
LOOK = """
local wait = redis.call('GET', KEYS[1])
if wait and tonumber(wait) > tonumber(ARGV[1]) then return {'wait', wait} end
local counts = {'ok'}
for i = 2, #KEYS do
  local amount, ceiling = tonumber(ARGV[3 * i - 4]), tonumber(ARGV[3 * i - 3])
  local used = tonumber(redis.call('GET', KEYS[i]) or '0') + amount
  if used > ceiling then return {'spent', tostring(i - 2)} end
  counts[i] = tostring(used)
end
"""
ADMIT = f"""{LOOK}
for i = 2, #KEYS do redis.call('SET', KEYS[i], counts[i], 'EX', ARGV[3 * i - 2]) end
return counts
"""
FITS = f"{LOOK} return counts"

# KEYS: a number. ARGV: a value that it must not stay below, its life in ms. Returns an empty list: it was heard.
RAISE_TO = """
if tonumber(redis.call('GET', KEYS[1]) or '0') < tonumber(ARGV[1]) then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
return {}
"""


@cache
def _connection() -> "redis.Redis":
    """For what a protective order must not wait for: a Redis that does not answer at once is done without."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=0.1,
        socket_connect_timeout=0.1,
        retry=Retry(NoBackoff(), retries=0),
        decode_responses=True,
    )


class SharedBudget:
    """RateBudget of one venue. While Redis is away this process goes on with a reserve and enters nothing.

    ``reserve``: per cent of each limit that the process may use by itself then.
    """

    def __init__(
        self,
        venue: str,
        *,
        limits: Limits = VENUE_LIMITS,
        reserve: int = RESERVE,
        now: Callable[[], datetime] = wall_now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._prefix = f"duolive:budget:{venue}"
        self._limits = limits
        self._now = now
        self._monotonic = monotonic
        self._share = reserve
        self._reserve = LocalBudget({window: most * reserve // 100 for window, most in limits.items()}, now=now)
        self._away_until = 0.0
        self._is_wait_untold = False  # whether Redis was away when this process was told to wait
        self._counted = (0, 0)  # the minute's number, and the weight in it that Redis knows of

    def admit(self, cost: Cost) -> None:
        """Raises RateLimited when it does not fit, all must wait, or Redis is away and ``cost`` is an entry."""
        due, now = charges(cost, self._limits), self._now()
        self._require_no_wait(now)
        answer = self._ask(lambda: self._asked(ADMIT, due, now))
        if answer is None:
            self._require_redis(cost, now)
            self._reserve.admit(cost)
            return
        self._require_room(answer, due, now)
        if due and due[0].window is WEIGHT:
            self._counted = (WEIGHT.number(now), int(answer[1]))

    def fits_at(self, cost: Cost) -> datetime | None:
        due, now = charges(cost, self._limits), self._now()
        try:
            self._require_no_wait(now)
            answer = self._ask(lambda: self._asked(FITS, due, now))
            if answer is None:
                self._require_redis(cost, now)
                return self._reserve.fits_at(cost)
            self._require_room(answer, due, now)
        except RateLimited as limited:
            return limited.until
        return None

    def correct(self, used_weight: int, *, asked_at: datetime | None = None) -> None:
        """Also what others on this address use counts, as soon as the venue says so."""
        now = self._now()
        minute = WEIGHT.number(now)
        if asked_at is not None and WEIGHT.number(asked_at) != minute:
            return
        if (minute, used_weight) <= self._counted:
            return
        self._counted = (minute, used_weight)
        self._reserve.correct(used_weight * self._share // 100)
        key = self._key(WEIGHT, "", now)
        self._ask(lambda: _connection().eval(RAISE_TO, 1, key, used_weight, 2000 * WEIGHT.seconds))

    def stop_until(self, until: datetime) -> None:
        self._reserve.stop_until(until)
        self._tell_wait(until, self._now())

    def _tell_wait(self, until: datetime, now: datetime) -> None:
        life_ms = to_ms(until) - to_ms(now)
        if life_ms > 0:
            key = f"{self._prefix}:wait"
            heard = self._ask(lambda: _connection().eval(RAISE_TO, 1, key, to_ms(until), life_ms))
            self._is_wait_untold = heard is None

    def _require_no_wait(self, now: datetime) -> None:
        """Raises RateLimited while this process knows of a wait, whatever Redis knows; what it missed is told again."""
        until = self._reserve.waits_until
        if until is None or now >= until:
            return
        if self._is_wait_untold:
            self._tell_wait(until, now)
        raise RateLimited(until, "waiting, nothing was sent")

    def _asked(self, script: str, due: list[Charge], now: datetime) -> list[str]:
        keys = [f"{self._prefix}:wait", *(self._key(charge.window, charge.account, now) for charge in due)]
        rows = [(charge.amount, charge.ceiling, 2 * charge.window.seconds) for charge in due]
        arguments = [to_ms(now), *(number for row in rows for number in row)]
        answer: list[str] = _connection().eval(script, len(keys), *keys, *arguments)
        return answer

    def _require_room(self, answer: list[str], due: list[Charge], now: datetime) -> None:
        """Raises RateLimited when Redis named something that stands in the way."""
        if answer[0] == "wait":
            self._reserve.stop_until(from_ms(int(answer[1])))
            raise RateLimited(from_ms(int(answer[1])), "waiting, nothing was sent")
        if answer[0] == "spent":
            raise spent(due[int(answer[1])], now)

    @staticmethod
    def _require_redis(cost: Cost, now: datetime) -> None:
        """Raises RateLimited for an entry, which needs the count of all."""
        if cost.urgency is Urgency.ENTER:
            raise RateLimited(now + ENTRIES_WAIT, "the shared rate budget cannot be reached, nothing was sent")

    def _key(self, window: Window, account: str, now: datetime) -> str:
        return f"{self._prefix}:{window.name}:{account}:{window.number(now)}"

    def _ask(self, question: Callable[[], list[str] | None]) -> list[str] | None:
        """The answer of Redis, or None while it is away; then it is asked again once a second, not by everyone."""
        if self._monotonic() < self._away_until:
            return None
        try:
            return question()
        except redis.RedisError as error:
            self._away_until = self._monotonic() + ASK_AGAIN_SECONDS
            log.warning("rate_budget_unreachable", error=str(error))
            return None
