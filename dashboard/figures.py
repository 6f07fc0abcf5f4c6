"""The figures of the page that are sums over rows: exposure, risk at the stops, today's result. Money in USDT."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Max

from exchange.types import PositionSide
from trading import selectors
from trading.models import Position
from trading.selectors import ProtectionState

ZERO = Decimal(0)
COUNTED_TRADES = 1000
NAKED = frozenset({ProtectionState.PROTECTING, ProtectionState.UNPROTECTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRisk:
    """``loss`` if every stop fires at its trigger; not bounded while a position has no stop at the venue."""

    loss: Decimal
    is_bounded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """Trades closed since 00:00 UTC of the market's day. ``result`` is after commission."""

    result: Decimal
    trades: int
    worst_naked_seconds: float


def exposure(held: Iterable[Position]) -> Decimal:
    """Open notional at the last mark price, at the entry price where none was read yet."""
    return sum((notional(position) for position in held), ZERO)


def notional(position: Position) -> Decimal:
    price: Decimal = position.mark_price or position.entry_price or ZERO
    quantity: Decimal = position.quantity
    return quantity * price


def open_risk(held: Iterable[Position]) -> OpenRisk:
    loss, is_bounded = ZERO, True
    for position in held:
        loss += loss_at_stop(position)
        is_bounded = is_bounded and selectors.protection_of(position).state not in NAKED
    return OpenRisk(loss=loss, is_bounded=is_bounded)


def loss_at_stop(position: Position) -> Decimal:
    """What the position loses against its entry when its stop fires; 0 where the stop lies in profit."""
    if position.entry_price is None:
        return ZERO
    stop = selectors.protection_of(position).stop
    trigger: Decimal = stop.trigger_price if stop and stop.trigger_price else position.stop_price
    move = trigger - position.entry_price
    loss: Decimal = (-move if position.side is PositionSide.LONG else move) * position.quantity
    return max(ZERO, loss)


def p99_naked_seconds(held: Iterable[Position]) -> float | None:
    """Wall seconds without a stop that 99 of 100 positions stay within: open ones and the last thousand trades."""
    closed = selectors.closed_positions().values_list("worst_naked_seconds", flat=True)[:COUNTED_TRADES]
    return percentile([*closed, *(position.worst_naked_seconds for position in held)], 0.99)


def percentile(values: Sequence[float], share: float) -> float | None:
    """The value that ``share`` of ``values`` do not exceed (nearest rank); None of nothing."""
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(len(values) * share) - 1)]


def result(position: Position) -> Decimal:
    """USDT earned after commission."""
    earned: Decimal = position.realized_pnl - position.commission
    return earned


def return_ratio(position: Position) -> Decimal | None:
    """Result over the initial margin of what was entered; None before the first fill."""
    if not position.entry_price or not position.entered_quantity:
        return None
    initial_margin: Decimal = position.entry_price * position.entered_quantity / position.leverage
    return result(position) / initial_margin


def today(now: datetime, held: Sequence[Position]) -> Today:
    """``now`` is market time. The worst time without a stop counts open positions and today's closed ones."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    closed = selectors.closed_positions().filter(closed_at__gte=midnight).prefetch_related(None)
    worst_closed = closed.aggregate(worst=Max("worst_naked_seconds"))["worst"] or 0.0
    results = [result(position) for position in closed]
    return Today(
        result=sum(results, ZERO),
        trades=len(results),
        worst_naked_seconds=max([worst_closed, *(position.worst_naked_seconds for position in held)]),
    )
