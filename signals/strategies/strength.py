"""Re-judging: does the price keep its way some hours after the entry, and what take-profit does that deserve."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from exchange.types import Kline, PositionSide


@dataclass(frozen=True, slots=True)
class Check:
    """One judgement: when it is due after the first fill, and its bounds as ratios."""

    name: str
    after: timedelta
    growth: Decimal
    share: Decimal


MINIMUM_BARS = 2


def share_beyond(
    bars: Sequence[Kline], *, entry_price: Decimal, growth: Decimal, position_side: PositionSide
) -> Decimal | None:
    """Share of closes that lie more than ``growth`` on our side of the entry; None with fewer than two bars.

    A close exactly at the bound does not count.
    """
    if len(bars) < MINIMUM_BARS:
        return None
    sign = 1 if position_side is PositionSide.LONG else -1
    beyond = sum(sign * (bar.close / entry_price - 1) > growth for bar in bars)
    return Decimal(beyond) / len(bars)
