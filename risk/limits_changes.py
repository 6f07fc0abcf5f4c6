"""Limits of adding to a position and of reducing it."""

from dataclasses import dataclass
from decimal import Decimal

from risk.limit_settings import RiskSettings
from risk.limits import LimitCode, LimitRefusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What was done to a position since its entry. Quantities in base asset; ``gain_pct`` is of the margin."""

    initial_quantity: Decimal
    quantity: Decimal
    gain_pct: Decimal
    adds: int = 0
    reduces: int = 0


def add_refusal(changes: Changes, settings: RiskSettings, *, add_pct: Decimal) -> LimitRefusal | None:
    """Whether ``add_pct`` percent of what is open may be added; sizes are measured on what the position began with."""
    if changes.adds >= settings.max_adds:
        return LimitRefusal(LimitCode.MAX_ADDS, str(changes.adds), str(settings.max_adds))
    if changes.gain_pct < settings.min_add_gain_pct:
        limit = f"{settings.min_add_gain_pct:f} %"
        return LimitRefusal(LimitCode.ADD_GAIN, f"{changes.gain_pct:.2f} %", limit)
    multiple = changes.quantity * (1 + add_pct / 100) / changes.initial_quantity
    if multiple > settings.max_add_multiple:
        return LimitRefusal(LimitCode.ADD_MULTIPLE, f"{multiple:.2f}x", f"{settings.max_add_multiple:f}x")
    return None


def reduce_refusal(changes: Changes, settings: RiskSettings) -> LimitRefusal | None:
    """Whether a part may be closed once more. Closing the whole always may."""
    if changes.reduces < settings.max_reduces:
        return None
    return LimitRefusal(LimitCode.MAX_REDUCES, str(changes.reduces), str(settings.max_reduces))


def grown_share_refusal(*, margin: Decimal, equity: Decimal | None, settings: RiskSettings) -> LimitRefusal | None:
    """Whether a position with ``margin`` in all, USDT, would be too large a share of equity."""
    limit = settings.max_position_pct
    if not limit or equity is None:
        return None
    share = margin / equity * 100 if equity > 0 else Decimal("Infinity")
    return LimitRefusal(LimitCode.POSITION_SHARE, f"{share:.2f} %", f"{limit:f} %") if share > limit else None
