"""Trades between two looks at them, reduced to the few that matter: both extremes and the last."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

ZERO = Decimal(0)


class Trade(NamedTuple):
    """``quantity`` base asset at ``price`` USDT; 0 where only the price is known."""

    price: Decimal
    quantity: Decimal


class Tally:
    """Trades of one symbol not taken in yet, oldest first. ``since_s`` is when the first of them came."""

    def __init__(self) -> None:
        self._trades: list[Trade] = []
        self.since_s = 0.0

    def __bool__(self) -> bool:
        return bool(self._trades)

    def add(self, trade: Trade, *, at_s: float) -> None:
        if not self._trades:
            self.since_s = at_s
        self._trades.append(trade)
        if len(self._trades) > 1000:
            self._trades = outline(self._trades)

    def extremes(self) -> tuple[Decimal, Decimal]:
        """Lowest and highest price; there must be a trade."""
        prices = [trade.price for trade in self._trades]
        return min(prices), max(prices)

    def drain(self) -> list[Trade]:
        """The outline of what came, and nothing is left."""
        trades, self._trades = outline(self._trades), []
        return trades


def outline(trades: Sequence[Trade]) -> list[Trade]:
    """At most three trades with the same extremes, end and quantity; each also has that of those left out before it."""
    if not trades:
        return []
    order = range(len(trades))
    kept = {
        min(order, key=lambda i: trades[i].price),
        max(order, key=lambda i: trades[i].price),
        len(trades) - 1,
    }
    found, carried = [], ZERO
    for i in order:
        carried += trades[i].quantity
        if i in kept:
            found.append(Trade(trades[i].price, carried))
            carried = ZERO
    return found


class Seen(NamedTuple):
    """A running bar as a poll showed it."""

    open_ms: int
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


def trades_between(before: Seen | None, bars: Sequence[Seen]) -> list[Trade]:
    """What must have traded from one look at the running bar to the next; nothing can be told from a first look."""
    if before is None:
        return [Trade(bars[-1].close, ZERO)] if bars else []
    found: list[Trade] = []
    for bar in bars:
        if bar.open_ms >= before.open_ms:
            found += _grown(before if bar.open_ms == before.open_ms else None, bar)
    return found


def _grown(before: Seen | None, bar: Seen) -> list[Trade]:
    """New extremes and the close of a bar, with what was traded since ``before`` dealt out evenly."""
    volume = bar.volume - (before.volume if before else ZERO)
    if volume <= 0:
        return []
    prices = [bar.close]
    if before is None or bar.high > before.high:
        prices.insert(0, bar.high)
    if before is None or bar.low < before.low:
        prices.insert(0, bar.low)
    return [Trade(price, volume / len(prices)) for price in prices]
