"""How far prices move, exactly: average true range and the standard deviation of a day's return."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from exchange.types import Kline

ATR_BARS = 14
LEAST_HOURS = 48  # hourly returns; fewer say nothing about a day
HOURS_OF_A_DAY = Decimal(24)


def average_true_range(bars: Sequence[Kline], *, period: int = ATR_BARS) -> Decimal | None:
    """Wilder's, in USDT, of finished bars, oldest first: begins with the mean of the first ``period`` true ranges.

    None where there are too few.
    """
    ranges = [_true_range(bar, before) for before, bar in pairwise(bars)]
    if len(ranges) < period:
        return None
    average = sum(ranges[:period], Decimal(0)) / period
    for found in ranges[period:]:
        average = (average * (period - 1) + found) / period
    return average


def _true_range(bar: Kline, before: Kline) -> Decimal:
    return max(bar.high, before.close) - min(bar.low, before.close)


def daily_volatility(hours: Sequence[Kline]) -> Decimal | None:
    """Standard deviation of a day's return, a ratio, from finished bars of an hour, oldest first.

    Hours are taken as independent. None where there are too few, or where the price stood still.
    """
    returns = [bar.close / before.close - 1 for before, bar in pairwise(hours) if before.close]
    if len(returns) < LEAST_HOURS:
        return None
    mean = sum(returns, Decimal(0)) / len(returns)
    variance = sum(((each - mean) ** 2 for each in returns), Decimal(0)) / (len(returns) - 1)
    return (variance * HOURS_OF_A_DAY).sqrt() or None
