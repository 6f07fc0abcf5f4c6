"""Sizing: the worked example of the reference, and what must hold for every margin and price."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.rules import BelowMinNotional
from risk.sizing import STOP_TO_LIQUIDATION, entry_quantity, percent_margin, safe_leverage
from tests.rules_of_symbols import symbol_rules

prices = st.decimals(min_value="0.001", max_value="5000", places=3)
margins = st.decimals(min_value=1, max_value=10000, places=2)


def test_fixed_margin_is_rounded_down_to_the_step() -> None:
    rules = symbol_rules(step="1")

    quantity = entry_quantity(margin=Decimal(5), leverage=3, entry_price=Decimal("2.345"), rules=rules)

    assert quantity == Decimal(6)


def test_what_the_exchange_would_refuse_is_refused_with_the_number() -> None:
    rules = symbol_rules(step="1", min_notional="5")

    with pytest.raises(BelowMinNotional, match="notional 4"):
        entry_quantity(margin=Decimal(2), leverage=3, entry_price=Decimal(4), rules=rules)


def test_an_entry_stays_closable_by_one_market_order() -> None:
    rules = symbol_rules(market_max="100")

    assert entry_quantity(margin=Decimal(10000), leverage=3, entry_price=Decimal(4), rules=rules) == 100


@given(margin=margins, price=prices, leverage=st.integers(min_value=1, max_value=125))
def test_an_entry_is_on_the_step_and_never_above_its_margin(margin: Decimal, price: Decimal, leverage: int) -> None:
    rules = symbol_rules()
    try:
        quantity = entry_quantity(margin=margin, leverage=leverage, entry_price=price, rules=rules)
    except BelowMinNotional:
        return

    assert quantity % rules.step_size == 0
    assert rules.min_notional <= quantity * price <= margin * leverage


@pytest.mark.parametrize(
    ("wanted", "stop", "expected"), [(3, "0.18", 3), (4, "0.18", 4), (6, "0.18", 4), (20, "0.05", 12)]
)
def test_leverage_is_lowered_until_the_stop_fires_before_liquidation(wanted: int, stop: str, expected: int) -> None:
    assert safe_leverage(wanted=wanted, stop_loss_ratio=Decimal(stop)) == expected


@given(wanted=st.integers(1, 125), stop=st.decimals(min_value="0.001", max_value="0.7", places=3))
def test_the_stop_always_lies_well_inside_liquidation(wanted: int, stop: Decimal) -> None:
    leverage = safe_leverage(wanted=wanted, stop_loss_ratio=stop)

    assert 1 <= leverage <= wanted
    assert stop <= STOP_TO_LIQUIDATION * (Decimal(1) / leverage - Decimal("0.02"))


@pytest.mark.parametrize(("available", "expected"), [("40", "1"), ("50", "1"), ("100", "2"), ("0", "1")])
def test_percent_of_what_is_available_is_at_least_one(available: str, expected: str) -> None:
    assert percent_margin(available_balance=Decimal(available), margin_pct=Decimal(2)) == Decimal(expected)
