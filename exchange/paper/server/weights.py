"""Request limits as the venue counts them: weight per address and minute, orders per account. All wall time."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from exchange.paper.core.refusals import VenueError

WEIGHT_PER_MINUTE = 2400
ORDERS_PER_10S = 300
ORDERS_PER_MINUTE = 1200
NS_PER_S = 1_000_000_000
BAN_AFTER = 10  # refused requests within a minute
FIRST_BAN_S, LONGEST_BAN_S = 120, 3 * 24 * 3600


class Pool(Enum):
    """What a request counts against: requests per seconds of one address, beside the weight."""

    WEIGHT = (WEIGHT_PER_MINUTE, 60)
    FUNDING = (500, 300)
    STATISTICS = (1000, 300)


class TooMany(VenueError):
    """A limit is used up; ``retry_after_s`` is the wall time until its window ends."""

    def __init__(self, code: int, *values: object, retry_after_s: int) -> None:
        super().__init__(code, *values)
        self.retry_after_s = retry_after_s


class Banned(TooMany):
    """The address went on after being told to stop (418)."""

    def __init__(self, peer: str, *, until_ns: int, now_ns: int) -> None:
        super().__init__(-1003, "", retry_after_s=max(1, -((now_ns - until_ns) // NS_PER_S)))
        self.message = (
            f"Way too many requests; IP({peer}) banned until {until_ns // 1_000_000}. "
            "Please use the websocket for live updates to avoid bans."
        )
        self.status = 418
        self.args = (f"{self.code}: {self.message}",)


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


@dataclass(slots=True)
class Ban:
    """When an address may come again, and how long its next ban would be."""

    until_ns: int = 0
    next_s: int = FIRST_BAN_S


class RequestLimits:
    """Counts every request, also refused ones."""

    def __init__(
        self, *, weight_per_minute: int = WEIGHT_PER_MINUTE, wall_ns: Callable[[], int] = time.time_ns
    ) -> None:
        self._limits = {pool: pool.value[0] for pool in Pool} | {Pool.WEIGHT: weight_per_minute}
        self._wall_ns = wall_ns
        self._windows = {pool: Window(pool.value[1]) for pool in Pool}
        self._orders_10s = Window(10)
        self._orders_minute = Window(60)
        self._refused = Window(60)
        self._bans: dict[str, Ban] = {}

    @property
    def weight_per_minute(self) -> int:
        return self._limits[Pool.WEIGHT]

    def check_ban(self, peer: str) -> None:
        """Raises Banned while the address is."""
        now, ban = self._wall_ns(), self._bans.get(peer)
        if ban is not None and now < ban.until_ns:
            raise Banned(peer, until_ns=ban.until_ns, now_ns=now)

    def count(self, peer: str, amount: int, *, pool: Pool = Pool.WEIGHT) -> int:
        """Count a request and return what the address has used in the pool's window."""
        return self._windows[pool].count(peer, amount, wall_ns=self._wall_ns())

    def check(self, peer: str, used: int, *, pool: Pool = Pool.WEIGHT) -> None:
        """Raises TooMany (-1003) when that is more than a window allows, and bans who does not stop."""
        if used <= self._limits[pool]:
            return
        now = self._wall_ns()
        if self._refused.count(peer, 1, wall_ns=now) > BAN_AFTER:
            ban = self._bans.setdefault(peer, Ban())
            ban.until_ns, ban.next_s = now + ban.next_s * NS_PER_S, min(2 * ban.next_s, LONGEST_BAN_S)
            self.check_ban(peer)
        raise TooMany(-1003, self._limits[pool], retry_after_s=self._windows[pool].seconds_left(now))

    def use_order(self, api_key: str, *, recent: int = 1, minute: int = 1) -> dict[str, str]:
        """Count orders and return the headers that say so. Raises TooMany (-1015)."""
        now = self._wall_ns()
        in_10s = self._orders_10s.count(api_key, recent, wall_ns=now)
        in_minute = self._orders_minute.count(api_key, minute, wall_ns=now)
        if in_10s > ORDERS_PER_10S:
            raise TooMany(-1015, ORDERS_PER_10S, "10 SECOND", retry_after_s=self._orders_10s.seconds_left(now))
        if in_minute > ORDERS_PER_MINUTE:
            raise TooMany(-1015, ORDERS_PER_MINUTE, "1 MINUTE", retry_after_s=self._orders_minute.seconds_left(now))
        return {"X-MBX-ORDER-COUNT-10S": str(in_10s), "X-MBX-ORDER-COUNT-1M": str(in_minute)}
