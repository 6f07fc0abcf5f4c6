"""Rounding to the venue's grid, always toward safety, always in plain Decimal."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from exchange.types import PositionSide, Side, SymbolRules


class BelowMinNotional(ValueError):
    """An order whose rounded notional the venue would refuse (-4164)."""

    def __init__(self, *, symbol: str, notional: Decimal, minimum: Decimal) -> None:
        super().__init__(f"{symbol}: notional {notional:f} USDT is below the minimum of {minimum:f} USDT")
        self.symbol, self.notional, self.minimum = symbol, notional, minimum


def floor_to_step(value: Decimal, step: Decimal) -> Decimal:
    """Largest multiple of ``step`` that is not above ``value``; a step of 0 leaves it as it is."""
    return _to_grid(value, step, ROUND_FLOOR)


def ceil_to_step(value: Decimal, step: Decimal) -> Decimal:
    """Smallest multiple of ``step`` that is not below ``value``; a step of 0 leaves it as it is."""
    return _to_grid(value, step, ROUND_CEILING)


def _to_grid(value: Decimal, step: Decimal, rounding: str) -> Decimal:
    if step == 0:
        return value
    steps = (value / step).to_integral_value(rounding=rounding)
    return (steps * step).quantize(step)


def limit_price(price: Decimal, *, side: Side, rules: SymbolRules) -> Decimal:
    """Limit price on the tick, never worse for us than ``price``: buys round down, sells up."""
    rounded = floor_to_step if side is Side.BUY else ceil_to_step
    return rounded(price, rules.tick_size)


def stop_loss_trigger(price: Decimal, *, position_side: PositionSide, rules: SymbolRules) -> Decimal:
    """Stop trigger on the tick, rounded toward the entry, so that it never risks more than asked."""
    rounded = ceil_to_step if position_side is PositionSide.LONG else floor_to_step
    return rounded(price, rules.tick_size)


def take_profit_trigger(price: Decimal, *, position_side: PositionSide, rules: SymbolRules) -> Decimal:
    """Take-profit trigger on the tick, rounded toward the entry, so that it is reached no later than asked."""
    rounded = floor_to_step if position_side is PositionSide.LONG else ceil_to_step
    return rounded(price, rules.tick_size)


def check_notional(*, quantity: Decimal, price: Decimal, rules: SymbolRules) -> None:
    """Raise BelowMinNotional when an opening order of this size would be refused."""
    notional = quantity * price
    if notional < rules.min_notional:
        raise BelowMinNotional(symbol=rules.symbol, notional=notional, minimum=rules.min_notional)


def plain(value: Decimal) -> str:
    """Decimal as the venue wants it: no exponent, no trailing zeros (1e-05 would be refused)."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
