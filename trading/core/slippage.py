"""How much worse than decided a price was, in basis points. Pure."""

from decimal import ROUND_HALF_EVEN, Decimal

from exchange.types import Side

GRID = Decimal("0.01")
BPS = Decimal(10_000)


def slippage_bps(*, price: Decimal, reference: Decimal | None, side: Side) -> Decimal | None:
    """Of ``price`` against ``reference``, positive when it cost us, to a hundredth; None without a reference."""
    if not reference:
        return None
    sign = 1 if side is Side.BUY else -1
    return ((price / reference - 1) * sign * BPS).quantize(GRID, rounding=ROUND_HALF_EVEN)


def bounded_price(*, reference: Decimal, side: Side, max_slippage_pct: Decimal) -> Decimal:
    """The worst price that ``max_slippage_pct`` allows, unrounded."""
    sign = 1 if side is Side.BUY else -1
    return reference * (1 + sign * max_slippage_pct / 100)
