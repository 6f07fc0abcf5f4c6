"""Request limits as the venue counts them: weight per address and minute, orders per account. All wall time."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from exchange.paper.core.refusals import VenueError

WEIGHT_PER_MINUTE = 2400
ORDERS_PER_10S = 300
ORDERS_PER_MINUTE = 1200
NS_PER_S = 1_000_000_000


class TooMany(VenueError):
    """A limit is used up; ``retry_after_s`` is the wall time until its window ends."""

    def __init__(self, code: int, *values: object, retry_after_s: int) -> None:
        super().__init__(code, *values)
        self.retry_after_s = retry_after_s


@dataclass(slots=True)
class Window:
    """A counter that starts anew at each full ``seconds`` of wall time."""

    seconds: int
    number: int = -1
    used: dict[str, int] = field(default_factory=dict)

    def count(self, key: str, amount: int, *, wall_ns: int) -> int:
        """Add and return what the key has used in this window."""
        number = wall_ns // (self.seconds * NS_PER_S)
        if number != self.number:
            self.number, self.used = number, {}
        self.used[key] = self.used.get(key, 0) + amount
        return self.used[key]

    def seconds_left(self, wall_ns: int) -> int:
        return self.seconds - wall_ns // NS_PER_S % self.seconds


class RequestLimits:
    """Counts every request, also refused ones."""

    def __init__(
        self, *, weight_per_minute: int = WEIGHT_PER_MINUTE, wall_ns: Callable[[], int] = time.time_ns
    ) -> None:
        self._weight_per_minute = weight_per_minute
        self._wall_ns = wall_ns
        self._weight = Window(60)
        self._orders_10s = Window(10)
        self._orders_minute = Window(60)

    def count_weight(self, peer: str, weight: int) -> int:
        """Count ``weight`` and return what the address has used in this minute."""
        return self._weight.count(peer, weight, wall_ns=self._wall_ns())

    def check_weight(self, used: int) -> None:
        """Raises TooMany (-1003) when that is more than a minute allows."""
        if used > self._weight_per_minute:
            raise TooMany(-1003, self._weight_per_minute, retry_after_s=self._weight.seconds_left(self._wall_ns()))

    def use_order(self, api_key: str) -> dict[str, str]:
        """Count an order and return the headers that say so. Raises TooMany (-1015)."""
        now = self._wall_ns()
        recent = self._orders_10s.count(api_key, 1, wall_ns=now)
        minute = self._orders_minute.count(api_key, 1, wall_ns=now)
        if recent > ORDERS_PER_10S:
            raise TooMany(-1015, ORDERS_PER_10S, "10 SECOND", retry_after_s=self._orders_10s.seconds_left(now))
        if minute > ORDERS_PER_MINUTE:
            raise TooMany(-1015, ORDERS_PER_MINUTE, "1 MINUTE", retry_after_s=self._orders_minute.seconds_left(now))
        return {"X-MBX-ORDER-COUNT-10S": str(recent), "X-MBX-ORDER-COUNT-1M": str(minute)}
