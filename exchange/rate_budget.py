"""What may still be sent to the venue in the running window, decided before a request leaves.

The venue counts weight per address and minute, orders per account and 10 s and minute, in windows that begin at full
minutes and tens of seconds (USDS-M API, general info, limits). The budget counts the same way, for all processes
together, and keeps the last part of every window for requests that protect. All times are wall time, aware UTC.
"""

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from types import MappingProxyType
from typing import Protocol

from exchange.clock import wall_now
from exchange.errors import RateLimited


class Urgency(Enum):
    """How much of a window requests of a kind may use, in percent."""

    SPARE = 50  # what is only told to an adviser
    SCAN = 75  # public market data
    ENTER = 85  # what leads to new risk
    TEND = 90  # reading the account
    WATCH = 99  # what was filled and is to be protected, six entries every two seconds; what is open and to be closed
    PROTECT = 100  # stops, closes, cancels, the clock and the user stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one or more requests use up. ``account`` names whose order counters ``orders`` counts on."""

    urgency: Urgency
    weight: int = 0
    orders: int = 0
    account: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """A counter that begins anew at each full ``seconds`` of wall time."""

    name: str
    seconds: int

    def number(self, now: datetime) -> int:
        return int(now.timestamp()) // self.seconds

    def end(self, now: datetime) -> datetime:
        return datetime.fromtimestamp((self.number(now) + 1) * self.seconds, UTC)


WEIGHT = Window("weight", 60)
ORDERS_10S = Window("orders_10s", 10)
ORDERS_1M = Window("orders_1m", 60)

Limits = Mapping[Window, int]
# Binance's main venue; its demo allows more weight.
VENUE_LIMITS: Limits = MappingProxyType({WEIGHT: 2400, ORDERS_10S: 300, ORDERS_1M: 1200})


@dataclass(frozen=True, slots=True)
class Charge:
    """One counter that a cost adds to, and how far it may go for its urgency."""

    window: Window
    account: str
    amount: int
    ceiling: int


def charges(cost: Cost, limits: Limits) -> list[Charge]:
    """The counters of ``cost``, those that it leaves alone not among them."""
    orders = (cost.account, cost.orders)
    amounts = {WEIGHT: ("", cost.weight), ORDERS_10S: orders, ORDERS_1M: orders}
    return [
        Charge(window, account, amount, ceiling=limits[window] * cost.urgency.value // 100)
        for window, (account, amount) in amounts.items()
        if amount
    ]


class RateBudget(Protocol):
    """Shared by all that would be refused or banned together."""

    def admit(self, cost: Cost) -> None:
        """Count ``cost``. Raises RateLimited, with nothing counted, when it does not fit or all must wait."""

    def fits_at(self, cost: Cost) -> datetime | None:
        """When ``cost`` will fit, as far as can be told; None when it does now. Counts nothing."""

    def correct(self, used_weight: int, *, asked_at: datetime | None = None) -> None:
        """The venue said it had counted this much weight in the minute; ours only ever rises to it.

        ``asked_at`` is when the request left: an answer that came over the turn of a minute tells of the last one.
        """

    def stop_until(self, until: datetime) -> None:
        """Nothing leaves before ``until``; an earlier time never shortens a wait."""


class LocalBudget:
    """RateBudget in the memory of one process. Thread-safe."""

    def __init__(self, limits: Limits = VENUE_LIMITS, *, now: Callable[[], datetime] = wall_now) -> None:
        self._limits = limits
        self._now = now
        self._until: datetime | None = None
        self._used: Counter[tuple[Window, str, int]] = Counter()
        self._counting = threading.Lock()

    def admit(self, cost: Cost) -> None:
        now = self._now()
        with self._counting:
            due = self._fitting(cost, now)
            for charge in due:
                self._used[self._key(charge, now)] += charge.amount

    def fits_at(self, cost: Cost) -> datetime | None:
        try:
            with self._counting:
                self._fitting(cost, self._now())
        except RateLimited as limited:
            return limited.until
        return None

    def correct(self, used_weight: int, *, asked_at: datetime | None = None) -> None:
        number = WEIGHT.number(self._now())
        if asked_at is not None and WEIGHT.number(asked_at) != number:
            return
        key = (WEIGHT, "", number)
        with self._counting:
            self._used[key] = max(used_weight, self._used[key])

    def stop_until(self, until: datetime) -> None:
        self._until = until if self._until is None else max(until, self._until)

    @property
    def waits_until(self) -> datetime | None:
        """The end of the last wait, which may be past."""
        return self._until

    def _fitting(self, cost: Cost, now: datetime) -> list[Charge]:
        """The counters that ``cost`` adds to. Raises RateLimited when it must not."""
        if self._until is not None and now < self._until:
            raise RateLimited(self._until, "waiting, nothing was sent")
        self._forget_past(now)
        due = charges(cost, self._limits)
        for charge in due:
            if self._used[self._key(charge, now)] + charge.amount > charge.ceiling:
                raise spent(charge, now)
        return due

    def _key(self, charge: Charge, now: datetime) -> tuple[Window, str, int]:
        return charge.window, charge.account, charge.window.number(now)

    def _forget_past(self, now: datetime) -> None:
        for key in [key for key in self._used if key[2] != key[0].number(now)]:
            del self._used[key]


def spent(charge: Charge, now: datetime) -> RateLimited:
    """The error for a window in which ``charge`` has no room."""
    end = charge.window.end(now) + timedelta(milliseconds=50)  # never before the venue's own clock turns over
    return RateLimited(end, f"the budget of {charge.window.name} is used up, nothing was sent")
