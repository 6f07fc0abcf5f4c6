"""What came of a signal: the result of the trade that was made on it, or of its shadow."""

from decimal import Decimal

from exchange.types import PositionSide
from signals.models import Signal
from signals.shadow import ShadowExit


def result_of(signal: Signal) -> ShadowExit | None:
    """The way out and the result as a ratio of the notional before fees; None while it is not known."""
    for made in (getattr(signal, "trade", None), getattr(signal, "shadow", None)):
        ended_at = getattr(made, "closed_at", None) or getattr(made, "ended_at", None)
        if made is not None and ended_at is not None and made.entry_price and made.exit_price:
            ratio = _ratio(made.side, made.entry_price, made.exit_price)
            return ShadowExit(reason=made.exit_reason, price=made.exit_price, at=ended_at, result_ratio=ratio)
    return None


def _ratio(side: PositionSide, entry_price: Decimal, exit_price: Decimal) -> Decimal:
    sign = -1 if side is PositionSide.SHORT else 1
    return sign * (exit_price / entry_price - 1)
