"""Where the stop of a position goes that was added to: one average true range from its new average price. Pure."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from exchange.types import Kline, PositionSide

PERIOD = 14


def average_true_range(bars: Sequence[Kline], *, period: int = PERIOD) -> Decimal | None:
    """Wilder's, of finished bars, oldest first, in USDT; None where there are too few."""
    ranges = [max(bar.high, before.close) - min(bar.low, before.close) for before, bar in pairwise(bars)]
    if len(ranges) < period:
        return None
    value = sum(ranges[:period], Decimal(0)) / period
    for true_range in ranges[period:]:
        value = (value * (period - 1) + true_range) / period
    return value


def stop_after_add(*, average: Decimal, atr: Decimal, position_side: PositionSide) -> Decimal:
    """One ``atr`` behind the ``average`` entry price, unrounded."""
    return average - atr if position_side is PositionSide.LONG else average + atr


def is_tighter(price: Decimal, other: Decimal, *, position_side: PositionSide) -> bool:
    """Whether a stop at ``price`` risks less than one at ``other``."""
    return price > other if position_side is PositionSide.LONG else price < other


def tightest(prices: Sequence[Decimal], *, position_side: PositionSide) -> Decimal:
    return max(prices) if position_side is PositionSide.LONG else min(prices)
