"""What a trade would have made: an entry that nobody sent, followed by bars alone until one of its ways out.

The price is taken to pass every tick between open, high, low and close. Within one bar it reaches the worse extreme
first: a bar that touches both triggers is the stop's. A market order that buys pays the ask, a tick above the last
price; one that sells gets the last price. Judgements fall on the opening of a bar, by bars that are finished by then.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from exchange.types import Kline, PositionSide
from signals.strategies.base import Strength

STOP_LOSS, TAKE_PROFIT, TIME_LIMIT = "stop_loss", "take_profit", "time_limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowEntry:
    """Prices in USDT, times market time; ``until`` is the time limit. ``tick_size`` is the spread."""

    symbol: str
    position_side: PositionSide
    entered_at: datetime
    entry_price: Decimal
    stop_price: Decimal
    take_profit_price: Decimal
    until: datetime
    tick_size: Decimal = Decimal(0)
    strength: Strength = Strength.UNKNOWN
    judged: frozenset[str] = frozenset()

    @property
    def is_short(self) -> bool:
        return self.position_side is PositionSide.SHORT


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowExit:
    """``result_ratio`` is of the entry's notional, before fees and funding."""

    reason: str
    price: Decimal
    at: datetime
    result_ratio: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A shadow as far as the bars told: the entry as it was judged last, and its way out, if there was one."""

    entry: ShadowEntry
    exit: ShadowExit | None


# The entry as it stands after a judgement at this moment, or the reason to leave.
Judge = Callable[[ShadowEntry, datetime], ShadowEntry | str]


def follow(entry: ShadowEntry, bars: Iterable[Kline]) -> ShadowExit | None:
    """The first way out in ``bars`` (oldest first) of a trade that nobody judges, None while it is still open."""
    return follow_judged(entry, bars, judge=lambda standing, at: standing).exit


def follow_judged(entry: ShadowEntry, bars: Iterable[Kline], *, judge: Judge) -> Followed:
    """Follow ``entry`` through ``bars``, oldest first, judging at the opening of each.

    Only bars that opened after the entry count: of its own, nobody can tell which part came before it.
    """
    for bar in bars:
        if bar.open_time < entry.entered_at:
            continue
        if bar.open_time >= entry.until:
            return Followed(entry=entry, exit=_left(entry, TIME_LIMIT, price=bar.open, at=entry.until))
        judged = judge(entry, bar.open_time)
        if isinstance(judged, str):
            return Followed(entry=entry, exit=_left(entry, judged, price=bar.open, at=bar.open_time))
        entry = judged
        found = _touched(entry, bar)
        if found is not None:
            return Followed(entry=entry, exit=found)
    return Followed(entry=entry, exit=None)


def _touched(entry: ShadowEntry, bar: Kline) -> ShadowExit | None:
    """The trigger that is met first. A bar that opens beyond one fills at its open."""
    sign = 1 if entry.is_short else -1
    worst, best = (bar.high, bar.low) if entry.is_short else (bar.low, bar.high)
    opened, stop, target = sign * bar.open, sign * entry.stop_price, sign * entry.take_profit_price
    if stop <= opened:
        return _left(entry, STOP_LOSS, price=bar.open, at=bar.open_time)
    if opened <= target:
        return _left(entry, TAKE_PROFIT, price=bar.open, at=bar.open_time)
    if stop <= sign * worst:
        return _left(entry, STOP_LOSS, price=entry.stop_price, at=bar.open_time)
    if sign * best <= target:
        return _left(entry, TAKE_PROFIT, price=entry.take_profit_price, at=bar.open_time)
    return None


def _left(entry: ShadowEntry, reason: str, *, price: Decimal, at: datetime) -> ShadowExit:
    """Leaving at market while the last price is ``price``."""
    paid = price + entry.tick_size if entry.is_short else price
    sign = -1 if entry.is_short else 1
    return ShadowExit(reason=reason, price=paid, at=at, result_ratio=sign * (paid / entry.entry_price - 1))
