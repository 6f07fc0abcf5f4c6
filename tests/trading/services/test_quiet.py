"""A position is quiet only where looking after it would change nothing."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from django.utils import timezone

from tests.lockstep import Lockstep
from trading.core.states import LIVE, OrderStatus, PositionStatus
from trading.models import Order, Position
from trading.services.quiet import is_quiet
from trading.services.tending import tend


def quiet(lockstep: Lockstep) -> bool:
    position = lockstep.position()
    living = list(position.orders.filter(status__in=LIVE))
    return is_quiet(position, living, lockstep.venue.trading.positions(), lockstep.venue)


DISTURBANCES: dict[str, Callable[[], object]] = {
    "no stop": lambda: Order.objects.filter(purpose="stop").update(status=OrderStatus.CANCELED),
    "no take-profit": lambda: Order.objects.filter(purpose="take_profit").update(status=OrderStatus.CANCELED),
    "a stop of unknown outcome": lambda: Order.objects.filter(purpose="stop").update(status=OrderStatus.UNKNOWN),
    "a stop that fires": lambda: Order.objects.filter(purpose="stop").update(status=OrderStatus.TRIGGERED),
    "a stop by quantity": lambda: Order.objects.filter(purpose="stop").update(close_position=False, quantity=1),
    "a stop to be moved": lambda: Position.objects.update(stop_price=Decimal(9)),
    "a take-profit to be moved": lambda: Position.objects.update(take_profit_ratio=Decimal("0.1")),
    "an inner stop left": lambda: Order.objects.filter(purpose="take_profit").update(purpose="inner_stop"),
    "a working entry": lambda: Order.objects.filter(purpose="entry").update(status=OrderStatus.PARTIALLY_FILLED),
    "naked by its row": lambda: Position.objects.update(naked_since=timezone.now()),
    "shared": lambda: Position.objects.update(is_shared=True),
    "found flat before": lambda: Position.objects.update(flat_checks=1),
    "closing": lambda: Position.objects.update(status=PositionStatus.CLOSING, exit_reason="manual"),
    "another quantity": lambda: Position.objects.update(quantity=Decimal(1)),
}


def test_a_protected_position_is_quiet_and_tending_it_asks_and_changes_nothing(either_mode: Lockstep) -> None:
    either_mode.open_position()
    before = list(Order.objects.values()), list(Position.objects.values())
    either_mode.wire.log.clear()

    assert quiet(either_mode)
    either_mode.wire.log.clear()
    tend(either_mode.position(), either_mode.venue)

    assert either_mode.wire.log == []
    assert (list(Order.objects.values()), list(Position.objects.values())) == before


@pytest.mark.parametrize("what", DISTURBANCES)
def test_what_needs_something_is_not_quiet(lockstep: Lockstep, what: str) -> None:
    lockstep.open_position()

    DISTURBANCES[what]()

    assert not quiet(lockstep)


def test_a_position_that_the_exchange_shows_in_another_size_is_not_quiet(lockstep: Lockstep) -> None:
    position = lockstep.open_position()
    living = list(position.orders.filter(status__in=LIVE))
    (row,) = lockstep.venue.trading.positions()

    assert not is_quiet(position, living, [replace(row, quantity=row.quantity - 1)], lockstep.venue)
    assert not is_quiet(position, living, [], lockstep.venue)
