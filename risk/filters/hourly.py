"""The hours a filter looks at, and how each compares with the one before it."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

from exchange.types import Kline
from risk.verdict import Outcome, Verdict

HOUR = timedelta(hours=1)


def last_hours(hours: Sequence[Kline], count: int) -> Sequence[Kline]:
    """The newest ``count`` bars, oldest first, without those before a gap: across it nothing is hour over hour."""
    kept = hours[-count:]
    for place in range(len(kept) - 1, 0, -1):
        if kept[place].open_time - kept[place - 1].open_time != HOUR:
            return kept[place:]
    return kept


def growth(volumes: Sequence[Decimal]) -> list[Decimal]:
    """Each hour's volume as a multiple of the hour's before; 0 after an hour without volume."""
    return [now / before if before > 0 else Decimal(0) for before, now in pairwise(volumes)]


def bought(hours: Sequence[Kline]) -> list[Decimal]:
    """What takers bought in each hour, base asset."""
    return [hour.taker_buy_volume for hour in hours]


def sold(hours: Sequence[Kline]) -> list[Decimal]:
    """What takers sold in each hour, base asset."""
    return [hour.sell_volume for hour in hours]


def too_few(name: str, hours: Sequence[Kline], *, needed: int) -> Verdict:
    """The answer of filter ``name`` to fewer than ``needed`` bars."""
    reason = f"{len(hours)} hourly bars, {needed} are needed" if hours else "no hourly bars"
    return Verdict(name, Outcome.UNAVAILABLE, reason, {"hours": str(len(hours))})
