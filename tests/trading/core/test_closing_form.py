"""How far a close goes when the book is too thin for one at market."""

from dataclasses import replace
from decimal import Decimal

import pytest

from exchange.types import PositionSide, SymbolRules
from trading.core.closing_form import worst_close_price

RULES = SymbolRules(
    symbol="DOTUSDT",
    tick_size=Decimal("0.01"),
    min_price=Decimal("0.01"),
    max_price=Decimal(1000),
    step_size=Decimal("0.1"),
    min_quantity=Decimal("0.1"),
    max_quantity=Decimal(1000),
    market_step_size=Decimal("0.1"),
    market_max_quantity=Decimal(100),
    min_notional=Decimal(5),
    price_up_ratio=Decimal("1.10"),
    price_down_ratio=Decimal("0.95"),
)


@pytest.mark.parametrize(("position_side", "expected"), [(PositionSide.SHORT, "10.80"), (PositionSide.LONG, "9.60")])
def test_it_goes_four_fifths_of_the_way_to_where_the_venue_refuses(position_side: PositionSide, expected: str) -> None:
    assert worst_close_price(Decimal(10), position_side=position_side, rules=RULES) == Decimal(expected)


@pytest.mark.parametrize(("position_side", "expected"), [(PositionSide.SHORT, "10.40"), (PositionSide.LONG, "9.60")])
def test_without_a_filter_it_goes_four_percent(position_side: PositionSide, expected: str) -> None:
    unbound = replace(RULES, price_up_ratio=Decimal(0), price_down_ratio=Decimal(0))

    assert worst_close_price(Decimal(10), position_side=position_side, rules=unbound) == Decimal(expected)


@pytest.mark.parametrize("position_side", [PositionSide.SHORT, PositionSide.LONG])
def test_it_is_rounded_to_the_near_side_of_the_band(position_side: PositionSide) -> None:
    price = worst_close_price(Decimal("10.013"), position_side=position_side, rules=RULES)

    assert price % RULES.tick_size == 0
    assert abs(price / Decimal("10.013") - 1) <= Decimal("0.08")
