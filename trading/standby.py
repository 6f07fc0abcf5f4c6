"""Standing in for worker, beat or Redis: what their ticks would do for open positions, done by the stream process.

Nothing is entered or added to here. All accounts of the environment are looked after, as the ticks do.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import cache

import redis
import structlog
from django.conf import settings
from django.db import close_old_connections
from redis.backoff import NoBackoff
from redis.retry import Retry

from desk.giving_way import hold_lease_or_give_way
from desk.guarding import guarded
from desk.locks import TICK_SECONDS, only_one
from desk.models import Account, accounts_of_this_environment
from trading.core.states import PositionStatus
from trading.models import Position
from trading.pulse import Pulse
from trading.services import executions, position_changes, reconcile, working_entries
from trading.services.breaker_watch import watch_breaker
from trading.services.tending import tend, unfinished
from trading.venue import Venue, open_venue

log = structlog.get_logger(__name__)

CHECK = "check"  # the heartbeat of the checks, and the name of their lock
ENTRIES = "entries"  # the heartbeat of the worker's tick of entries, which comes every second
CHECK_SECONDS = 30.0  # wall, as the beat has it
REPLAY_CHECK_SECONDS = 2.0  # in a market that is faster than the wall
ENTRIES_SECONDS = 2.0
ENTRIES_LATE_SECONDS = 2.5
LATE_PERIODS = 1.5  # after which a check is missed
LEAST_LATE_SECONDS = 10.0


@cache
def _redis() -> "redis.Redis":
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5, retry=Retry(NoBackoff(), retries=0)
    )


def redis_answers() -> bool:
    try:
        return bool(_redis().ping())
    except redis.RedisError:
        return False


class Standby:
    """Its ``turn`` is to be called about every second, always in the same thread."""

    def __init__(
        self,
        *,
        open_venue: Callable[[Account], Venue] = open_venue,
        redis_answers: Callable[[], bool] = redis_answers,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open_venue = open_venue
        self._redis_answers = redis_answers
        self._monotonic = monotonic
        self._checks = Pulse(CHECK, monotonic=monotonic)
        self._entries = Pulse(ENTRIES, monotonic=monotonic)
        self._check_due = self._entries_due = 0.0
        self._rounds_then: int | None = None  # of others, when standing in began

    def turn(self) -> None:
        """Look whether the others check; while they do not, do what is due of their work.

        A worker that has not come to its entries for a few seconds is not waited for that long: an entry may have been
        filled in silence.
        """
        close_old_connections()
        with guarded("standby"):
            accounts = list(accounts_of_this_environment())
            if not accounts:
                return
            if self._is_needed(accounts[0]):
                self._stand_in(accounts)
            elif self._entries.silence() > ENTRIES_LATE_SECONDS and self._are_entries_due():
                self._look_after(accounts, self._work_entries)

    def _is_needed(self, account: Account) -> bool:
        """Once needed, until somebody else has checked: that Redis is back does not bring the others back."""
        has_redis, silence = self._redis_answers(), self._checks.silence()
        late_after = max(LATE_PERIODS * self._period(account), LEAST_LATE_SECONDS)
        was_needed = self._rounds_then is not None
        is_needed = not has_redis or silence > late_after or self._rounds_then == self._checks.rounds_of_others
        if is_needed != was_needed:
            log.warning("standing_in" if is_needed else "standing_down", redis="ok" if has_redis else "away")
            self._rounds_then = self._checks.rounds_of_others if is_needed else None
        return is_needed

    def _period(self, account: Account) -> float:
        return REPLAY_CHECK_SECONDS if self._open_venue(account).clock.speed > 1 else CHECK_SECONDS

    def _stand_in(self, accounts: list[Account]) -> None:
        if self._are_entries_due():
            with guarded("hold_lease"):
                hold_lease_or_give_way()
            self._look_after(accounts, self._work_unfinished)
        now = self._monotonic()
        if now >= self._check_due:
            self._check_due = now + self._period(accounts[0])
            self._check_all(accounts)

    def _are_entries_due(self) -> bool:
        now = self._monotonic()
        if now < self._entries_due:
            return False
        self._entries_due = now + ENTRIES_SECONDS
        return True

    def _look_after(self, accounts: list[Account], work: Callable[[Venue], None]) -> None:
        for account in accounts:
            with guarded("stand_in_for_entries", account=account.name):
                if unfinished(account) or executions.is_any_running(account):
                    work(self._open_venue(account))

    def _work_entries(self, venue: Venue) -> None:
        working_entries.work_entries(venue, may_send=False)
        executions.work_executions(venue, may_send=False)

    def _work_unfinished(self, venue: Venue) -> None:
        self._work_entries(venue)
        position_changes.work_changes(venue, may_risk=False)
        closing = Position.objects.filter(account=venue.account, status=PositionStatus.CLOSING)
        for position in closing.select_related("account", "bot"):
            tend(position, venue)

    def _check_all(self, accounts: list[Account]) -> None:
        with self._lock() as is_ours:
            if not is_ours:
                return
            attempts = [self._check(account) for account in accounts]
        if all(attempts):
            self._checks.beat()

    def _lock(self) -> AbstractContextManager[bool]:
        """The lock saves work only; where Redis is away nobody else is checking."""
        return only_one(CHECK, seconds=TICK_SECONDS) if self._redis_answers() else nullcontext(True)

    def _check(self, account: Account) -> bool:
        """As the worker's check, the breaker's look with it."""
        with guarded("stand_in_check", account=account.name) as attempt:
            reconcile.check(self._open_venue(account))
        with guarded("stand_in_watch_breaker", account=account.name):
            watch_breaker(self._open_venue(account), is_ok=not attempt.failed)
        return not attempt.failed
