"""How much to trade: always rounded down to the lot step, never below what the venue takes."""

from decimal import Decimal

from exchange.rules import check_notional, floor_to_step
from exchange.types import SymbolRules


def entry_quantity(*, margin: Decimal, leverage: int, entry_price: Decimal, rules: SymbolRules) -> Decimal:
    """Quantity in base asset for ``margin`` USDT, rounded down to the coarser lot step, at most one order.

    Step and cap of market orders keep every position closable by one of them. Raises BelowMinNotional when the venue
    would refuse it.
    """
    wanted = margin * leverage / entry_price
    bounds = [bound for bound in (rules.max_quantity, rules.market_max_quantity) if bound]
    quantity = floor_to_step(min([wanted, *bounds]), max(rules.step_size, rules.market_step_size))
    check_notional(quantity=quantity, price=entry_price, rules=rules)
    return quantity


SMALLEST_MARGIN = Decimal(1)  # USDT


def percent_margin(*, available_balance: Decimal, margin_pct: Decimal) -> Decimal:
    """USDT for an entry as a share of what is available, at least 1 USDT."""
    return max(available_balance * margin_pct / 100, SMALLEST_MARGIN)


STOP_TO_LIQUIDATION = Decimal("0.8")


class StopBeyondLiquidation(ValueError):
    """At no leverage would the stop fire well before the venue liquidates."""


MAINTENANCE_RATIO = Decimal("0.02")


def farthest_stop_ratio(leverage: int, *, maintenance_ratio: Decimal = MAINTENANCE_RATIO) -> Decimal:
    """How far a stop may lie from what was paid: 0.8 of the distance to liquidation, as a share of the price.

    That distance of an isolated position is about 1/leverage less the maintenance ratio.
    """
    return STOP_TO_LIQUIDATION * (Decimal(1) / leverage - maintenance_ratio)


def safe_leverage(*, wanted: int, stop_loss_ratio: Decimal, maintenance_ratio: Decimal = MAINTENANCE_RATIO) -> int:
    """The largest leverage up to ``wanted`` at which the stop lies within 0.8 of the distance to liquidation.

    An 18 % stop never fires at 6×. Raises StopBeyondLiquidation where not even 1× will do.
    """
    for leverage in range(wanted, 0, -1):
        if stop_loss_ratio <= farthest_stop_ratio(leverage, maintenance_ratio=maintenance_ratio):
            return leverage
    raise StopBeyondLiquidation(f"a stop {stop_loss_ratio * 100:f} % away lies beyond liquidation at any leverage")
