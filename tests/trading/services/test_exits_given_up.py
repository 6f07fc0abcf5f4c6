"""An exit given up for lost that stands at the exchange after all, and whose own event nobody heard."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from tests.lockstep import SYMBOL, Lockstep
from trading.core.states import ExitReason, OrderStatus, PositionStatus, Purpose
from trading.models import Order
from trading.services.exit_requests import request_close
from trading.services.leftovers import ASKED_FOR
from trading.services.manual_changes import request_stop
from trading.services.nakedness import note_naked
from trading.services.reconcile import check
from trading.services.tending import tend

ALGO = "/fapi/v1/algoOrder"


def give_up(lockstep: Lockstep, purpose: Purpose, *, ago: timedelta = timedelta(0)) -> Order:
    """The living exit as it would be had nobody answered for it within its time."""
    order = lockstep.position().orders.get(purpose=purpose)
    values = {"status": OrderStatus.REJECTED, "answered_at": None, "venue_order_id": None}
    Order.objects.filter(pk=order.pk).update(**values, reason="never arrived", sent_at=timezone.now() - ago)
    return order


def living(lockstep: Lockstep, purpose: str) -> set[str]:
    rows = lockstep.position().orders.filter(purpose=purpose, status=OrderStatus.NEW)
    return set(rows.values_list("client_order_id", flat=True))


def standing(lockstep: Lockstep) -> set[str]:
    return {order.client_order_id for order in lockstep.venue.trading.open_algo_orders(SYMBOL)}


@pytest.mark.parametrize("purpose", [Purpose.STOP, Purpose.TAKE_PROFIT])
def test_a_check_finds_it_and_rows_and_exchange_agree(lockstep: Lockstep, purpose: Purpose) -> None:
    lockstep.open_position()
    give_up(lockstep, purpose)
    note_naked(lockstep.position())

    for _ in range(3):
        check(lockstep.venue)
        lockstep.deliver()

    assert standing(lockstep) == living(lockstep, "stop") | living(lockstep, "take_profit")
    assert len(living(lockstep, "stop")) == len(living(lockstep, "take_profit")) == 1
    assert not lockstep.naked_at_exchange()


def test_one_that_stands_beside_its_successor_is_not_left_there(lockstep: Lockstep) -> None:
    lockstep.open_position()
    given_up = give_up(lockstep, Purpose.STOP)
    note_naked(lockstep.position())
    tend(lockstep.position(), lockstep.venue)
    lockstep.lose_events()

    for _ in range(3):
        check(lockstep.venue)

    assert len(lockstep.stops_at_exchange()) == 1
    assert standing(lockstep) == living(lockstep, "stop") | living(lockstep, "take_profit")
    given_up.refresh_from_db()
    assert given_up.status != OrderStatus.REJECTED


def test_one_given_up_long_ago_is_not_asked_for_for_ever(lockstep: Lockstep) -> None:
    lockstep.open_position()
    before = lockstep.wire.count("GET", "/fapi/v1/algoOrder")
    give_up(lockstep, Purpose.TAKE_PROFIT, ago=ASKED_FOR + timedelta(minutes=1))

    check(lockstep.venue)

    assert lockstep.wire.count("GET", "/fapi/v1/algoOrder") == before


def inner_stop_given_up(lockstep: Lockstep) -> Order:
    """The inner stop of a moved one stands, its answer was lost, and for some seconds nobody could ask."""
    lockstep.open_position()
    rules, now = lockstep.venue.rules(SYMBOL), lockstep.now()
    request_stop(lockstep.position(), price=Decimal("9.000"), rules=rules, author="anna", now=now)
    lockstep.wire.lose_answer("POST", ALGO)
    for _ in range(8):
        lockstep.wire.lose_request("GET", ALGO)
    tend(lockstep.position(), lockstep.venue)
    Order.objects.filter(purpose=Purpose.INNER_STOP).update(sent_at=timezone.now() - timedelta(seconds=4))
    tend(lockstep.position(), lockstep.venue)
    lockstep.lose_events()
    [inner] = lockstep.orders(Purpose.INNER_STOP)
    assert (inner.status, inner.answered_at) == (OrderStatus.REJECTED, None)
    return inner


def test_one_that_stands_is_gone_before_its_position_is_over(lockstep: Lockstep) -> None:
    inner = inner_stop_given_up(lockstep)
    lockstep.wire.tampering.clear()

    request_close(lockstep.position(), reason=ExitReason.MANUAL, author="anna", now=lockstep.now())
    for _ in range(3):
        tend(lockstep.position(), lockstep.venue)
        lockstep.deliver()

    inner.refresh_from_db()
    assert (lockstep.position().status, inner.status) == (PositionStatus.CLOSED, OrderStatus.CANCELED)
    assert not lockstep.venue.trading.open_algo_orders(SYMBOL)


def test_a_position_is_not_over_while_nobody_can_ask_for_one(lockstep: Lockstep) -> None:
    inner_stop_given_up(lockstep)
    for _ in range(20):
        lockstep.wire.lose_request("GET", ALGO)

    request_close(lockstep.position(), reason=ExitReason.MANUAL, author="anna", now=lockstep.now())
    for _ in range(2):
        tend(lockstep.position(), lockstep.venue)

    assert not lockstep.open_at_exchange()
    assert lockstep.position().status == PositionStatus.CLOSING


def test_one_that_shows_itself_after_its_position_was_over_is_cancelled_by_the_check(lockstep: Lockstep) -> None:
    inner_stop_given_up(lockstep)
    lockstep.wire.tampering.clear()
    lockstep.price("10.100")  # the base stop closes it; the inner one went before
    position = lockstep.position()
    type(position).objects.update(status="closed", quantity=0, exit_reason="manual", closed_at=lockstep.now())

    check(lockstep.venue)

    assert not lockstep.venue.trading.open_algo_orders(SYMBOL)
