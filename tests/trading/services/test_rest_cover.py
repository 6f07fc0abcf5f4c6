"""What a part close leaves is never behind a stop that the exchange would refuse to fire."""

from decimal import Decimal
from pathlib import Path

import pytest

from signals.strategies.execution import ExecutionStyle
from tests.lockstep import SYMBOL, Lockstep
from tests.trading.services.plans import ask, look
from trading.core.states import ChangeKind, ChangeStatus, Purpose
from trading.models import Position, PositionChange
from trading.services.position_changes import work_change
from trading.services.tending import tend

ALGO_ORDERS = "/fapi/v1/algoOrder"


@pytest.fixture
def hedged(db: None, tmp_path: Path) -> Lockstep:
    """A short in hedge mode behind a stop by quantity."""
    desk = Lockstep(tmp_path, hedge_mode=True)
    desk.open_position()
    Position.objects.update(is_shared=True)
    tend(desk.position(), desk.venue)
    desk.deliver()
    return desk


def stops(desk: Lockstep) -> list[Decimal | None]:
    standing = [each for each in desk.venue.trading.open_algo_orders(SYMBOL) if each.order_type == "STOP_MARKET"]
    return sorted(each.quantity for each in standing)


def reduced(desk: Lockstep, change: PositionChange) -> PositionChange:
    for _ in range(4):
        look(desk)
    change.refresh_from_db()
    return change


def test_a_stop_that_fires_right_after_a_part_close_closes_the_rest(hedged: Lockstep) -> None:
    change = ask(hedged, ChangeKind.REDUCE)
    hedged.wire.lose_answer("POST", "/fapi/v1/order")
    work_change(change, hedged.venue)
    hedged.lose_events()  # nobody knows yet that the part is closed

    hedged.price("10.500")

    assert hedged.wire.count("POST", "/fapi/v1/order") == 2
    assert hedged.open_at_exchange() == 0


def test_a_stop_that_fires_before_the_part_leaves_closes_the_whole(hedged: Lockstep) -> None:
    change = ask(hedged, ChangeKind.REDUCE)
    hedged.wire.swallow("POST", "/fapi/v1/order")
    work_change(change, hedged.venue)

    hedged.price("10.500")

    assert hedged.open_at_exchange() == 0


@pytest.mark.parametrize("style", [ExecutionStyle.MARKET, ExecutionStyle.TWAP])
def test_one_stop_of_the_right_size_is_left(hedged: Lockstep, style: ExecutionStyle) -> None:
    change = ask(hedged, ChangeKind.REDUCE, style=style)
    for _ in range(5):
        reduced(hedged, change)
        hedged.step(61)
    tend(hedged.position(), hedged.venue)

    assert change.status == ChangeStatus.DONE
    assert stops(hedged) == [hedged.position().quantity]
    assert hedged.position().naked_since is None


def test_no_part_leaves_while_the_stop_of_the_rest_is_refused(hedged: Lockstep) -> None:
    before = hedged.position().quantity
    for _ in range(40):
        hedged.wire.refuse("POST", ALGO_ORDERS, -1111, "Precision is over the maximum.")

    change = reduced(hedged, ask(hedged, ChangeKind.REDUCE))

    assert not hedged.orders(Purpose.REDUCE)
    assert change.status == ChangeStatus.WORKING
    assert stops(hedged) == [before]


def test_a_lost_answer_of_the_smaller_stop_makes_no_second_one(hedged: Lockstep) -> None:
    hedged.wire.lose_answer("POST", ALGO_ORDERS)

    change = reduced(hedged, ask(hedged, ChangeKind.REDUCE))
    tend(hedged.position(), hedged.venue)

    assert change.status == ChangeStatus.DONE
    assert len(hedged.orders(Purpose.INNER_STOP)) == 1
    assert stops(hedged) == [hedged.position().quantity]


@pytest.mark.parametrize("is_shared", [False, True])
def test_where_the_exchange_cuts_a_stop_itself_no_further_one_is_placed(lockstep: Lockstep, is_shared: bool) -> None:
    lockstep.open_position()
    Position.objects.update(is_shared=is_shared)
    tend(lockstep.position(), lockstep.venue)
    lockstep.deliver()

    change = reduced(lockstep, ask(lockstep, ChangeKind.REDUCE))

    assert change.status == ChangeStatus.DONE
    assert not lockstep.orders(Purpose.INNER_STOP)


def test_a_stop_for_whatever_is_open_needs_no_second_one(db: None, tmp_path: Path) -> None:
    desk = Lockstep(tmp_path, hedge_mode=True)
    desk.open_position()

    change = reduced(desk, ask(desk, ChangeKind.REDUCE))

    assert change.status == ChangeStatus.DONE
    assert not desk.orders(Purpose.INNER_STOP)
