"""How large an entry on advice may be: the least of what was asked, of half Kelly, and of what may be lost. Pure."""

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from risk.sizing_modes import SizingSettings, TradeRecord, half_kelly_ratio, streak_factor
from trading.advised.facts import Facts, Record

PERCENT = Decimal(100)
SIZE_PLACES = Decimal("0.0001")


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvisedSize:
    """``percent`` of the available balance as margin; ``bound_by`` names what made it so small."""

    percent: Decimal
    bound_by: str
    bounds: dict[str, Decimal]


def advised_size(asked_pct: Decimal, *, leverage: int, stop_ratio: Decimal, facts: Facts) -> AdvisedSize:
    """The largest size that every bound allows, rounded down. ``stop_ratio`` is of the price."""
    limits, account = facts.limits, facts.account
    bounds = {
        "asked": asked_pct,
        "half_kelly": kelly_pct(facts.record, default_pct=limits.default_size_pct),
        "max_size": limits.max_size_pct,
    }
    if account.available > 0:
        loss = account.equity * limits.max_loss_pct / PERCENT
        bounds["max_loss"] = loss / (stop_ratio * leverage * account.available) * PERCENT
    bound_by = min(bounds, key=lambda name: bounds[name])
    percent = max(bounds[bound_by], Decimal(0)).quantize(SIZE_PLACES, rounding=ROUND_DOWN)
    return AdvisedSize(percent=percent, bound_by=bound_by, bounds=bounds)


def kelly_pct(record: Record, *, default_pct: Decimal) -> Decimal:
    """Half Kelly by the bot's own record, times its streak; ``default_pct`` stands for it until there are 20 trades."""
    settings = SizingSettings(kelly_default_pct=default_pct)
    trades = TradeRecord(
        wins=record.wins,
        losses=record.losses,
        average_win=record.average_win,
        average_loss=record.average_loss,
        streak=record.streak,
    )
    return half_kelly_ratio(trades, settings) * PERCENT * streak_factor(record.streak)
