"""What a change makes of a position, reckoned by hand."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.types import PositionSide
from trading.core.change_effect import Holding, added, moved, reduced

D = Decimal


def holding(**details) -> Holding:
    """A short of 12 at 8.5, stop 10, take-profit 6."""
    values = {
        "position_side": PositionSide.SHORT,
        "leverage": 3,
        "quantity": D(12),
        "entry_price": D("8.5"),
        "margin": D(34),
        "stop_price": D(10),
        "take_profit_price": D(6),
    }
    return Holding(**values | details)


def test_results_at_the_exits_have_the_sign_of_the_money():
    short, long = holding(), holding(position_side=PositionSide.LONG, stop_price=D(8), take_profit_price=D(9))

    assert (short.result_at_stop, short.result_at_target) == (D(-18), D(30))
    assert (long.result_at_stop, long.result_at_target) == (D(-6), D(6))
    assert holding(take_profit_price=None).result_at_target is None


def test_an_add_has_the_weighted_mean_and_the_margin_of_both():
    effect = added(holding(quantity=D(1), entry_price=D(100), margin=D(20)), quantity=D("0.5"), price=D(110))

    assert effect.after.entry_price.quantize(D("0.01")) == D("103.33")
    assert effect.after.quantity == D("1.5")
    assert effect.after.margin == D(20) + D(55) / 3
    assert (effect.notional, effect.fee, effect.is_whole) == (D(55), D("0.0275"), False)


def test_a_part_close_realises_its_part_and_keeps_the_average():
    effect = reduced(holding(quantity=D(1), entry_price=D(100), margin=D(30)), quantity=D("0.3"), price=D(104))

    assert effect.realized == D("-1.2")
    assert (effect.after.entry_price, effect.after.quantity, effect.after.margin) == (D(100), D("0.7"), D("21.0"))


def test_closing_all_of_it_leaves_nothing():
    effect = reduced(holding(), quantity=D(12), price=D(8))

    assert effect.is_whole
    assert (effect.after.margin, effect.after.result_at_stop) == (0, 0)


@pytest.mark.parametrize(("stop", "target"), [(D(9), None), (None, D(5)), (D(9), D(5))])
def test_moved_exits_change_only_what_is_named(stop, target):
    effect = moved(holding(), stop=stop, take_profit=target, price=D(8))

    assert effect.after.stop_price == (stop or D(10))
    assert effect.after.take_profit_price == (target or D(6))
    assert (effect.quantity, effect.realized, effect.fee) == (0, 0, 0)


@given(quantity=st.integers(1, 12), price=st.integers(1, 20))
def test_what_is_realised_and_what_stays_are_the_whole_result(quantity, price):
    effect = reduced(holding(), quantity=D(quantity), price=D(price))

    assert effect.realized + effect.after.result_at(D(price)) == holding().result_at(D(price))
