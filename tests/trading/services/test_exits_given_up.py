"""An exit given up for lost that stands at the exchange after all, and whose own event nobody heard."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.lockstep import SYMBOL, Lockstep
from trading.core.states import OrderStatus, Purpose
from trading.models import Order
from trading.services.leftovers import ASKED_FOR
from trading.services.nakedness import note_naked
from trading.services.reconcile import check
from trading.services.tending import tend


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
