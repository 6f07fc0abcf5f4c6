"""The form of the next close: at market, or after a market order that the book could not fill, a bounded limit."""

from decimal import Decimal

from exchange.rules import limit_price
from exchange.types import PositionSide, SymbolRules

# Of the way from the mark price to where the venue's PERCENT_PRICE filter refuses: the mark moves until it arrives.
SHARE_OF_BAND = Decimal("0.8")
BAND_WITHOUT_FILTER = Decimal("0.05")


def worst_close_price(mark_price: Decimal, *, position_side: PositionSide, rules: SymbolRules) -> Decimal:
    """Limit price, USDT on the tick, of a close that takes all the book offers within the venue's band."""
    if position_side is PositionSide.SHORT:
        band = rules.price_up_ratio - 1 if rules.price_up_ratio else BAND_WITHOUT_FILTER
        wanted = mark_price * (1 + band * SHARE_OF_BAND)
    else:
        band = 1 - rules.price_down_ratio if rules.price_down_ratio else BAND_WITHOUT_FILTER
        wanted = mark_price * (1 - band * SHARE_OF_BAND)
    return limit_price(wanted, side=position_side.close_side, rules=rules)
