"""Market time: the exchange's server time, carried on between readings by the wall's seconds and the market's speed."""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import structlog

from exchange.errors import ExchangeError
from exchange.ports import MarketClock

log = structlog.get_logger(__name__)

REAL_TIME_MAX_AGE = 60.0  # wall seconds a reading is trusted at speed 1
REPLAY_MAX_AGE = 1.0  # at any other speed, where an error of a second is a minute of market time
HELD_MAX_AGE = 0.2  # while a replay is held, so that its start is seen soon
DRIFT = 100e-6  # seconds per second that this machine's clock may go wrong against the venue's
RESOLUTION = 0.001  # market seconds; the venue tells its time in whole milliseconds


def wall_now() -> datetime:
    """Wall time, aware UTC: the scale of waits and limits, never of trading."""
    return datetime.now(UTC)


# Linux's monotonic clock stands still while the machine sleeps, as does the one that Python uses on macOS, whose own
# CLOCK_MONOTONIC goes on.
_THROUGH_SLEEP: int | None = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))


def seconds_through_sleep() -> float:
    """Seconds of a clock that nobody sets and that goes on while the machine sleeps, where the system has one."""
    return time.monotonic() if _THROUGH_SLEEP is None else time.clock_gettime(_THROUGH_SLEEP)


@dataclass(frozen=True, slots=True)
class TimeReading:
    """Server time as answered, and market seconds per wall second at that moment (0: held)."""

    at: datetime
    speed: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """Market time at the monotonic second ``taken``, known to within ``error`` market seconds either way."""

    at: datetime
    speed: Decimal
    taken: float
    error: float

    def at_second(self, monotonic: float) -> datetime:
        return self.at + timedelta(seconds=(monotonic - self.taken) * float(self.speed))

    def error_at(self, monotonic: float) -> float:
        """Market seconds; it grows with age, for the clocks do not run alike."""
        return self.error + RESOLUTION + DRIFT * (monotonic - self.taken) * float(self.speed)


def anchored(reading: TimeReading, *, sent: float, got: float, known: Anchor | None = None) -> Anchor:
    """What a reading asked for at ``sent`` and answered at ``got`` (monotonic seconds) tells beside what was known.

    The venue read its clock at some moment of the trip: at ``got`` the true time lies between what it told and that
    plus the whole trip. What was known bounds it too, by its error until now. The middle of what both allow is taken:
    a slow trip, of which nobody can say which way was slow, moves a good anchor hardly at all. Where the two exclude
    each other (the venue's time has jumped), or the market's speed has changed, the reading alone counts.
    """
    trip = (got - sent) * float(reading.speed)
    earliest, latest = 0.0, trip  # market seconds after what was told
    if known is not None and known.speed == reading.speed:
        expected, error = (known.at_second(got) - reading.at).total_seconds(), known.error_at(got)
        if expected - error <= latest and expected + error >= earliest:
            earliest, latest = max(earliest, expected - error), min(latest, expected + error)
    middle = reading.at + timedelta(seconds=(earliest + latest) / 2)
    return Anchor(at=middle, speed=reading.speed, taken=got, error=(latest - earliest) / 2 + DRIFT * trip)


class VenueClock:
    """MarketClock over a venue's server time. Thread-safe; only one thread re-reads, the others use what is known.

    The first use raises what ``fetch_time`` raises; later a failed re-read keeps the old reading.
    """

    def __init__(
        self, fetch_time: Callable[[], TimeReading], *, monotonic: Callable[[], float] = seconds_through_sleep
    ) -> None:
        self._fetch_time = fetch_time
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._rereading = threading.Lock()
        self._anchor: Anchor | None = None
        self._tried = -math.inf
        self._latest: datetime | None = None
        self._is_failing = False

    @property
    def speed(self) -> Decimal:
        """Market seconds per wall second; 1 at a real venue, 0 while a replay is held."""
        return self._current().speed

    def now(self) -> datetime:
        """Exchange time, aware UTC; never earlier than what was answered before."""
        anchor = self._current()
        with self._lock:
            estimate = anchor.at_second(self._monotonic())
            self._latest = estimate if self._latest is None else max(self._latest, estimate)
            return self._latest

    def estimate(self) -> datetime:
        """Exchange time as best known. May step back after a re-read: for request timestamps, not for decisions."""
        return self._current().at_second(self._monotonic())

    def refresh(self) -> None:
        """Read the venue's time now. Raises ExchangeError and keeps the old reading when that fails."""
        with self._rereading:
            self._read()

    def _current(self) -> Anchor:
        anchor = self._anchor or self._first_reading()
        if self._is_stale(anchor) and self._rereading.acquire(blocking=False):
            try:
                anchor = self._reread(anchor)
            finally:
                self._rereading.release()
        return anchor

    def _first_reading(self) -> Anchor:
        with self._rereading:
            return self._anchor or self._read()

    def _is_stale(self, anchor: Anchor) -> bool:
        return self._monotonic() - self._tried >= _max_age(anchor.speed)

    def _reread(self, known: Anchor) -> Anchor:
        try:
            return self._read()
        except ExchangeError as error:
            if not self._is_failing:
                log.warning("market_clock_not_read", error=str(error), reading_at=known.at)
            self._is_failing = True
            return known

    def _read(self) -> Anchor:
        """One reading. A failure is not tried again before the reading's full age has passed once more."""
        sent = self._tried = self._monotonic()
        reading = self._fetch_time()
        anchor = anchored(reading, sent=sent, got=self._monotonic(), known=self._anchor)
        self._anchor, self._is_failing = anchor, False
        return anchor


def _max_age(speed: Decimal) -> float:
    if speed == 0:
        return HELD_MAX_AGE
    return REAL_TIME_MAX_AGE if speed == 1 else REPLAY_MAX_AGE


def wall_seconds(clock: MarketClock, market: timedelta) -> float:
    """Wall seconds that ``market`` time takes at the clock's present speed; infinite while held, 0 if it has passed."""
    if market <= timedelta(0):
        return 0.0
    speed = float(clock.speed)
    return market.total_seconds() / speed if speed else math.inf
