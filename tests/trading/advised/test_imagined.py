"""The bookkeeping of imagined positions: that of real ones, in multiples of the first quantity."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trading.advised.imagined import BOTH_FEES, Imagined

PRICES = st.decimals(min_value=1, max_value=1000, places=4)
SHARES = st.decimals(min_value=30, max_value=50, places=2)
HAIR = Decimal("1e-20")


def position(price="100", *, is_long=True, **details):
    average = Decimal(price)
    return Imagined(is_long=is_long, quantity=Decimal(1), average=average, entered=average, **details)


def test_adding_weighs_the_average():
    after = position().added(Decimal(50), price=Decimal(110))

    assert (after.quantity, after.adds) == (Decimal("1.5"), 1)
    assert after.average.quantize(Decimal("0.01")) == Decimal("103.33")
    assert after.entered == 155


def test_reducing_realises_its_share_and_leaves_the_average():
    after = position(is_long=False).reduced(Decimal(30), price=Decimal(104))

    assert (after.quantity, after.average, after.reduces) == (Decimal("0.7"), 100, 1)
    assert after.realized == Decimal("-1.2")


@pytest.mark.parametrize(("is_long", "result"), [(True, "0.05"), (False, "-0.05")])
def test_without_changes_the_result_is_that_of_the_price_less_fees(is_long, result):
    assert position(is_long=is_long).result_ratio(Decimal(105)) == Decimal(result) - BOTH_FEES


def test_a_part_that_was_closed_well_counts_though_the_rest_loses():
    after = position().reduced(Decimal(50), price=Decimal(110))

    assert after.result_ratio(Decimal(100)) == Decimal("0.05") - BOTH_FEES


def test_an_add_at_the_top_costs_what_it_lost():
    after = position().added(Decimal(50), price=Decimal(110))

    gross = (Decimal(100) * Decimal("1.5") - 155) / 155
    assert abs(after.result_ratio(Decimal(100)) - (gross - BOTH_FEES)) < HAIR


@settings(deadline=None)
@given(first=PRICES, steps=st.lists(st.tuples(st.booleans(), SHARES, PRICES), max_size=5), last=PRICES)
def test_the_result_is_what_was_paid_and_what_was_got(first, steps, last):
    held, money, open_ = position(str(first)), -first, Decimal(1)
    for is_add, share, price in steps:
        part = open_ * share / 100
        held = held.added(share, price=price) if is_add else held.reduced(share, price=price)
        money, open_ = (money - price * part, open_ + part) if is_add else (money + price * part, open_ - part)

    expected = (money + open_ * last) / held.entered - BOTH_FEES

    assert abs(held.result_ratio(last) - expected) < Decimal("1e-15")
