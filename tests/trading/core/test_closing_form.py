"""How far a close goes when the book is too thin for one at market."""

from dataclasses import replace
from decimal import Decimal

import pytest

from exchange.types import PositionSide, SymbolRules
from trading.core.closing_form import ClosingForm, closing_form, worst_close_price

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


@pytest.mark.parametrize(
    ("quantity", "is_too_thin", "expected"),
    [
        ("50.37", False, ClosingForm(Decimal(50), None)),
        ("250", False, ClosingForm(Decimal(100), None)),
        ("0.4", False, ClosingForm(Decimal("0.4"), Decimal("10.80"))),
        ("50.37", True, ClosingForm(Decimal("50.3"), Decimal("10.80"))),
        ("0.04", False, None),
        ("0", True, None),
    ],
    ids=["at market", "in pieces", "finer than the market takes", "a thin book", "finer than any order", "nothing"],
)
def test_the_form_of_a_close(quantity: str, is_too_thin: bool, expected: ClosingForm | None) -> None:
    coarse = replace(RULES, market_step_size=Decimal(1))

    form = closing_form(
        Decimal(quantity),
        mark_price=Decimal(10),
        is_too_thin=is_too_thin,
        position_side=PositionSide.SHORT,
        rules=coarse,
    )

    assert form == expected


def test_a_venue_without_a_largest_market_order_takes_the_whole_at_once() -> None:
    unbound = replace(RULES, market_max_quantity=Decimal(0))

    form = closing_form(
        Decimal(250), mark_price=Decimal(10), is_too_thin=False, position_side=PositionSide.LONG, rules=unbound
    )

    assert form == ClosingForm(Decimal(250), None)
