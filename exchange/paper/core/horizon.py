"""What the accounts wait for, so that the many trades of a path that touch nothing cost next to nothing."""

from decimal import Decimal
from typing import NamedTuple

from exchange.paper.core.liquidation import Pool, pools
from exchange.paper.core.state import State
from exchange.paper.core.timers import closings, known_timers
from exchange.types import Side, WorkingType

NEVER_MS = 2**63
WHOLE = (Decimal("-Infinity"), Decimal("Infinity"))


class Band(NamedTuple):
    """Between ``low`` and ``high``, both exclusive, nothing happens."""

    low: Decimal
    high: Decimal

    def holds(self, price: Decimal) -> bool:
        return self.low < price < self.high

    def within(self, other: "Band") -> "Band":
        return Band(max(self.low, other.low), min(self.high, other.high))


FREE = Band(*WHOLE)


class Horizon:
    """Worked out once and again after whatever happened: price bands by symbol, and the next timer."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._last: dict[str, Band] = {}
        self._mark: dict[str, Band] = {}
        self._known_ms = self._closing_ms = NEVER_MS
        self.renew()

    @property
    def next_ms(self) -> int:
        """When the next timer is due, as far as was looked ahead."""
        return min(self._known_ms, self._closing_ms)

    def look_ahead(self, until_ms: int) -> None:
        """Learn of symbols that stop trading by then."""
        self._closing_ms = min((timer.at_ms for timer in closings(self._state, until_ms)), default=NEVER_MS)

    def is_quiet(self, symbol: str, price: Decimal) -> bool:
        """Whether a trade at ``price`` at the state's time touches nothing."""
        if not self._last.get(symbol, FREE).holds(price):
            return False
        band = self._mark.get(symbol)
        return band is None or band.holds(self._state.mark_price(symbol))

    def renew(self) -> None:
        self._known_ms = min((timer.at_ms for timer in known_timers(self._state)), default=NEVER_MS)
        self._last, self._mark = {}, {}
        for account in self._state.accounts.values():
            for order in account.open_orders.values():
                _narrow(self._last, order.symbol, rises=order.side is Side.SELL, price=order.price)
            for algo in account.open_algos.values():
                bands = self._mark if algo.working_type is WorkingType.MARK_PRICE else self._last
                for rises, price in algo.waits_for():
                    _narrow(bands, algo.symbol, rises=rises, price=price)
            for pool in pools(self._state, account):
                self._guard(pool)

    def _guard(self, pool: Pool) -> None:
        """Each position may use up its part of the slack; the maintenance margin moves less than the value does."""
        part = pool.slack / (2 * len(pool.rows)) if pool.margin > 0 else Decimal(0)
        for leg, row in pool.rows:
            room = part / abs(leg.quantity)
            band = Band(row.mark - room, row.mark + room)
            self._mark[leg.symbol] = self._mark.get(leg.symbol, FREE).within(band)


def _narrow(bands: dict[str, Band], symbol: str, *, rises: bool, price: Decimal) -> None:
    reached = Band(WHOLE[0], price) if rises else Band(price, WHOLE[1])
    bands[symbol] = bands.get(symbol, FREE).within(reached)
