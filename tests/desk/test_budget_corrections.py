"""What the venue says it has counted belongs to the minute in which it was counted."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from desk import shared_budget
from desk.shared_budget import SharedBudget
from exchange.errors import RateLimited
from exchange.rate_budget import ORDERS_1M, ORDERS_10S, WEIGHT, Cost, Limits, LocalBudget, RateBudget, Urgency

LIMITS: Limits = {WEIGHT: 100, ORDERS_10S: 20, ORDERS_1M: 40}
BEFORE = datetime(2030, 11, 23, 12, 0, 59, 990_000, tzinfo=UTC)
AFTER = BEFORE + timedelta(milliseconds=40)


class Wall:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.at = BEFORE

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture(params=["shared", "local"])
def budget(request: pytest.FixtureRequest, wall: Wall, valkey_url: str, settings: Any) -> Iterator[RateBudget]:
    settings.REDIS_URL = valkey_url
    shared_budget._connection.cache_clear()
    yield (
        SharedBudget("http://venue", limits=LIMITS, now=wall)
        if request.param == "shared"
        else LocalBudget(LIMITS, now=wall)
    )
    shared_budget._connection.cache_clear()


def reads(weight: int) -> Cost:
    return Cost(urgency=Urgency.SCAN, weight=weight)


def test_the_count_of_the_last_minute_does_not_burden_the_new_one(budget: RateBudget, wall: Wall) -> None:
    budget.admit(reads(70))
    wall.at = AFTER

    budget.correct(95, asked_at=BEFORE)

    budget.admit(reads(75))


def test_a_count_of_the_new_minute_is_heard_by_who_took_its_room_in_the_last(budget: RateBudget, wall: Wall) -> None:
    budget.admit(reads(70))  # sent over the turn of the minute, and counted there by the venue
    wall.at = AFTER

    budget.correct(60, asked_at=AFTER)

    with pytest.raises(RateLimited):
        budget.admit(reads(20))


def test_what_does_not_fit_is_told_when_it_will_and_nothing_is_counted(budget: RateBudget, wall: Wall) -> None:
    budget.admit(reads(70))

    forecast = budget.fits_at(reads(10))

    assert forecast == BEFORE.replace(minute=1, second=0, microsecond=50_000)
    budget.admit(reads(5))


def test_what_fits_is_told_so_and_nothing_is_counted(budget: RateBudget) -> None:
    assert budget.fits_at(reads(75)) is None

    budget.admit(reads(75))


def test_a_wait_that_was_told_holds_for_the_forecast_too(budget: RateBudget) -> None:
    until = BEFORE + timedelta(minutes=3)
    budget.stop_until(until)

    assert budget.fits_at(reads(1)) == until
