"""Patience with refusals: at once for the first three, then ever later, never never."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import make_order, make_position
from trading.core.states import OrderStatus, Purpose
from trading.models import Order, Position
from trading.services.patience import is_due, refusals_in_a_row

pytestmark = pytest.mark.django_db


def refused(position: Position, count: int, *, first: int = 1, code: int = -4045) -> None:
    for attempt in range(first, first + count):
        make_order(position, attempt=attempt, status=OrderStatus.REJECTED, reason_code=code)


def age(seconds: float) -> None:
    Order.objects.update(updated_at=timezone.now() - timedelta(seconds=seconds))


@pytest.mark.parametrize(("count", "due"), [(0, True), (1, True), (2, True), (3, False), (9, False)])
def test_the_first_three_follow_at_once(count: int, *, due: bool) -> None:
    position = make_position()
    refused(position, count)

    assert is_due(position, Purpose.STOP) is due


@pytest.mark.parametrize(("count", "seconds"), [(3, 1), (4, 2), (6, 8), (8, 32), (9, 60), (40, 60)])
def test_each_further_one_waits_twice_as_long_up_to_a_minute(count: int, seconds: int) -> None:
    position = make_position()
    refused(position, count)

    age(seconds - 0.5)
    early = is_due(position, Purpose.STOP)
    age(seconds)

    assert not early
    assert is_due(position, Purpose.STOP)


def test_a_success_in_between_ends_the_count() -> None:
    position = make_position()
    refused(position, 3)
    make_order(position, attempt=4, status=OrderStatus.CANCELED)
    refused(position, 2, first=5)

    assert is_due(position, Purpose.STOP)
    assert [order.attempt for order in refusals_in_a_row(position, Purpose.STOP)] == [6, 5]


def test_codes_may_be_left_out_of_the_count() -> None:
    position = make_position()
    refused(position, 5, code=-4509)

    assert not is_due(position, Purpose.STOP)
    assert is_due(position, Purpose.STOP, uncounted=[-4509])


def test_every_purpose_is_counted_for_itself() -> None:
    position = make_position()
    refused(position, 5)

    assert is_due(position, Purpose.TAKE_PROFIT)
