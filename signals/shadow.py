"""What a trade would have made: an entry that nobody sent, followed by bars alone until one of its ways out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from exchange.types import Kline, PositionSide

STOP_LOSS, TAKE_PROFIT, TIME_LIMIT = "stop_loss", "take_profit", "time_limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowEntry:
    """Prices in USDT, times market time; ``until`` is the time limit."""

    symbol: str
    position_side: PositionSide
    entered_at: datetime
    entry_price: Decimal
    stop_price: Decimal
    take_profit_price: Decimal
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowExit:
    """``result_ratio`` is of the entry's notional, before fees and funding."""

    reason: str
    price: Decimal
    at: datetime
    result_ratio: Decimal


def follow(entry: ShadowEntry, bars: Iterable[Kline]) -> ShadowExit | None:
    """The first way out in ``bars`` (oldest first), None while the trade is still open.

    Only bars that opened after the entry count. A bar that touches both triggers counts as the stop, and one that
    opens beyond the stop fills at its open: the worse of what may have been.
    """
    for bar in bars:
        if bar.open_time < entry.entered_at:
            continue
        if bar.open_time >= entry.until:
            return _exit(entry, TIME_LIMIT, price=bar.open, at=entry.until)
        found = _touched(entry, bar)
        if found is not None:
            return found
    return None


def _touched(entry: ShadowEntry, bar: Kline) -> ShadowExit | None:
    is_short = entry.position_side is PositionSide.SHORT
    if bar.high >= entry.stop_price if is_short else bar.low <= entry.stop_price:
        price = max(bar.open, entry.stop_price) if is_short else min(bar.open, entry.stop_price)
        return _exit(entry, STOP_LOSS, price=price, at=bar.open_time)
    if bar.low <= entry.take_profit_price if is_short else bar.high >= entry.take_profit_price:
        return _exit(entry, TAKE_PROFIT, price=entry.take_profit_price, at=bar.open_time)
    return None


def _exit(entry: ShadowEntry, reason: str, *, price: Decimal, at: datetime) -> ShadowExit:
    sign = -1 if entry.position_side is PositionSide.SHORT else 1
    ratio = sign * (price / entry.entry_price - 1)
    return ShadowExit(reason=reason, price=price, at=at, result_ratio=ratio)
