"""What the best levels of an order book say: who weighs more, where the walls are, how wide the spread is."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from exchange.market_types import BookLevel, OrderBook

LEVELS = 20
MICRO_LEVELS = 3
BUYERS_FROM, SELLERS_TO = 1.5, 0.67


class Pressure(StrEnum):
    BUYERS = "buyers"
    SELLERS = "sellers"
    BALANCED = "balanced"


@dataclass(frozen=True, slots=True, kw_only=True)
class BookReading:
    """Totals in base asset. A wall is the largest level of a side, whatever its quantity; None for an empty side.

    ``ratio`` is bids over asks, ``micro_pressure`` the same of the first three levels: 1 when there are no asks.
    """

    bid_total: Decimal
    ask_total: Decimal
    ratio: float
    micro_pressure: float
    bid_wall: BookLevel | None
    ask_wall: BookLevel | None
    best_bid: Decimal | None
    best_ask: Decimal | None

    @property
    def pressure(self) -> Pressure:
        if self.ratio > BUYERS_FROM:
            return Pressure.BUYERS
        return Pressure.SELLERS if self.ratio < SELLERS_TO else Pressure.BALANCED

    @property
    def spread_pct(self) -> float | None:
        """Percent of the best bid."""
        if self.best_bid is None or self.best_ask is None:
            return None
        return float((self.best_ask - self.best_bid) / self.best_bid * 100)


def read_book(book: OrderBook) -> BookReading | None:
    """Reading of the first 20 levels; None for a book without any order."""
    bids, asks = book.bids[:LEVELS], book.asks[:LEVELS]
    if not bids and not asks:
        return None
    return BookReading(
        bid_total=_total(bids),
        ask_total=_total(asks),
        ratio=_ratio(bids, asks),
        micro_pressure=_ratio(bids[:MICRO_LEVELS], asks[:MICRO_LEVELS]),
        bid_wall=_wall(bids),
        ask_wall=_wall(asks),
        best_bid=bids[0].price if bids else None,
        best_ask=asks[0].price if asks else None,
    )


def _total(levels: Sequence[BookLevel]) -> Decimal:
    return sum((level.quantity for level in levels), Decimal(0))


def _ratio(bids: Sequence[BookLevel], asks: Sequence[BookLevel]) -> float:
    offered = _total(asks)
    return float(_total(bids) / offered) if offered else 1.0


def _wall(levels: Sequence[BookLevel]) -> BookLevel | None:
    """The largest level; of equal ones that nearest to the price."""
    return max(levels, key=lambda level: level.quantity, default=None)
