"""The form of the next close: at market, or after a market order that the book could not fill, a bounded limit."""

from dataclasses import dataclass
from decimal import Decimal

from exchange.rules import floor_to_step, limit_price
from exchange.types import PositionSide, SymbolRules

# Of the way from the mark price to where the venue's PERCENT_PRICE filter refuses: the mark moves until it arrives.
SHARE_OF_BAND = Decimal("0.8")
BAND_WITHOUT_FILTER = Decimal("0.05")


@dataclass(frozen=True, slots=True)
class ClosingForm:
    """Base asset on the step the order's kind takes; without a ``price`` at market."""

    quantity: Decimal
    price: Decimal | None


def closing_form(
    quantity: Decimal, *, mark_price: Decimal, is_too_thin: bool, position_side: PositionSide, rules: SymbolRules
) -> ClosingForm | None:
    """At market, at most as much as the venue takes in one piece; None for what is too fine for any order.

    Within the venue's price band what is too fine for the market, or what the book did not fill (``is_too_thin``).
    """
    piece = min(quantity, rules.market_max_quantity) if rules.market_max_quantity else quantity
    at_market, by_limit = floor_to_step(piece, rules.market_step_size), floor_to_step(piece, rules.step_size)
    if at_market and not is_too_thin:
        return ClosingForm(at_market, None)
    price = worst_close_price(mark_price, position_side=position_side, rules=rules)
    return ClosingForm(by_limit, price) if by_limit else None


def worst_close_price(mark_price: Decimal, *, position_side: PositionSide, rules: SymbolRules) -> Decimal:
    """Limit price, USDT on the tick, of a close that takes all the book offers within the venue's band."""
    if position_side is PositionSide.SHORT:
        band = rules.price_up_ratio - 1 if rules.price_up_ratio else BAND_WITHOUT_FILTER
        wanted = mark_price * (1 + band * SHARE_OF_BAND)
    else:
        band = 1 - rules.price_down_ratio if rules.price_down_ratio else BAND_WITHOUT_FILTER
        wanted = mark_price * (1 - band * SHARE_OF_BAND)
    return limit_price(wanted, side=position_side.close_side, rules=rules)
