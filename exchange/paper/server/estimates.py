"""What others hold, estimated from the recorded hours, for nothing of it is recorded. Plausible, not historical.

Open interest: half of what was traded in the 24 hours before. Long share: takers who bought against those who sold,
over a day for the crowd and over fewer hours for large accounts, who are taken to lean twice as far; 20 % to 80 %.
"""

from decimal import Decimal
from typing import NamedTuple

from exchange.paper.core.funding_rates import DAY_MS, HOUR_MS
from exchange.paper.core.market import Bar, Market

OPEN_SHARE = Decimal("0.5")
SHARE_GRID, QUANTITY_GRID = Decimal("0.0001"), Decimal("0.001")
EVEN, LEAST, MOST = Decimal("0.5"), Decimal("0.2"), Decimal("0.8")


class Crowd(NamedTuple):
    """Over how many hours its positions are built, and how far it leans with what takers did."""

    hours: int
    lean: int


EVERYBODY = Crowd(24, 1)
LARGE_ACCOUNTS = Crowd(12, 2)
LARGE_POSITIONS = Crowd(4, 2)


def open_interest(market: Market, symbol: str, at_ms: int) -> Decimal:
    """Base asset held by the whole market; 0 before the first closed hour."""
    traded = sum((bar.volume for bar in _hours(market, symbol, at_ms, DAY_MS // HOUR_MS)), Decimal(0))
    return (traded * OPEN_SHARE).quantize(QUANTITY_GRID)


def long_share(market: Market, symbol: str, at_ms: int, crowd: Crowd) -> Decimal:
    """Share of a crowd that is long, a ratio; a half where nothing was traded."""
    bars = _hours(market, symbol, at_ms, crowd.hours)
    volume = sum((bar.volume for bar in bars), Decimal(0))
    if not volume:
        return EVEN.quantize(SHARE_GRID)
    bought = sum((bar.taker_buy_volume for bar in bars), Decimal(0)) / volume
    return max(LEAST, min(MOST, EVEN + crowd.lean * (bought - EVEN))).quantize(SHARE_GRID)


def _hours(market: Market, symbol: str, at_ms: int, count: int) -> list[Bar]:
    """The last closed hours at a time."""
    hour_ms = at_ms // HOUR_MS * HOUR_MS
    return list(market.bars(symbol, "1h", hour_ms - count * HOUR_MS, hour_ms - HOUR_MS, hour_ms))
