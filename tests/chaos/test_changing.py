"""What the drill asks of a position, and the bounds that what comes of it has to keep."""

from decimal import Decimal

import pytest

from tests.chaos.changing import ENTRY_STYLES, ORDERS, Asked, gap_for, wanted_change
from tests.chaos.desk import BY_HAND
from tests.chaos.matrix import CHANGES, IN_SLICES, IN_STEPS, State


def test_an_add_may_make_half_more_and_a_reduce_four_tenths_less():
    adds, reduces = (Asked.of_change(state, Decimal(10)) for state in (State.ADDING, State.REDUCING_SLICED))

    assert (adds.least, adds.most, adds.changes) == (10, 15, 1)
    assert (reduces.least, reduces.most, reduces.changes) == (6, 10, 3)


def test_an_adjustment_changes_no_quantity():
    asked = Asked.of_change(State.ADJUSTING, Decimal(10))

    assert (asked.least, asked.most, asked.changes) == (10, 10, 0)


@pytest.mark.parametrize(("style", "orders"), [("twap", 3), ("limit_then_market", 2)])
def test_an_entry_in_steps_may_have_so_many_orders(style, orders):
    asked = Asked.of_entry(Decimal(10), style)

    assert asked.entries == orders
    assert Decimal(10) < asked.most < Decimal(10) * (1 + Decimal(1) / 3)


@pytest.mark.parametrize(("is_short", "stop", "target"), [(True, "103", "95"), (False, "97", "105")])
def test_both_exits_are_moved_closer_to_the_price_than_the_stop_was(is_short, stop, target):
    wanted = wanted_change(State.ADJUSTING, price=Decimal(100), is_short=is_short)

    assert {name: Decimal(text) for name, text in wanted.items() if name != "kind"} == {
        "stop_price": Decimal(stop),
        "take_profit_price": Decimal(target),
    }


def test_the_price_goes_the_positions_way_before_an_add():
    assert Decimal(gap_for("DOTUSDT", is_short=True)["percent"]) < 0 < Decimal(gap_for("X", is_short=False)["percent"])


def test_the_drills_desk_is_set_as_the_bounds_assume():
    assert BY_HAND["twap_slices"] == ORDERS[State.SLICED_ENTRY]
    assert IN_SLICES <= IN_STEPS
    assert CHANGES | set(ENTRY_STYLES) == IN_STEPS
