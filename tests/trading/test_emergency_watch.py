"""Who waits for its stop, and for how long nothing has been proven of it."""

from decimal import Decimal

import pytest

from exchange.types import PositionSide
from trading.core.emergency_ids import CauseKind
from trading.emergency_picture import Exposure
from trading.emergency_watch import PATIENCE_SECONDS, Watch


class Seconds:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def watch(seconds: Seconds) -> Watch:
    return Watch(monotonic=seconds)


def exposure(number: int = 1, *, position_id: int = 7) -> Exposure:
    return Exposure(
        symbol="DOTUSDT",
        position_id=position_id,
        direction=PositionSide.SHORT,
        position_side=PositionSide.BOTH,
        quantity=Decimal(number),
        reference_price=Decimal("8.5"),
        cause=CauseKind.TRADE,
        number=number,
    )


def test_the_database_has_its_time(watch: Watch, seconds: Seconds) -> None:
    watch.expect(exposure())
    assert watch.take_overdue() == []

    seconds.now += PATIENCE_SECONDS
    assert watch.take_overdue() == [exposure()]


def test_further_fills_buy_no_more_time(watch: Watch, seconds: Seconds) -> None:
    watch.expect(exposure(1))
    seconds.now += PATIENCE_SECONDS / 2
    watch.expect(exposure(2))
    seconds.now += PATIENCE_SECONDS / 2

    assert watch.take_overdue() == [exposure(2)]


def test_what_is_worked_is_not_given_out_twice(watch: Watch, seconds: Seconds) -> None:
    watch.expect(exposure())
    seconds.now += PATIENCE_SECONDS
    watch.take_overdue()

    assert watch.take_overdue() == []
    watch.put_back(exposure())
    assert watch.take_overdue() == [exposure()]


def test_a_proof_begins_the_time_anew(watch: Watch, seconds: Seconds) -> None:
    watch.expect(exposure())
    seconds.now += PATIENCE_SECONDS
    watch.proven(exposure())

    assert watch.take_overdue() == []
    assert watch.open() == [exposure()]


def test_what_is_protected_is_forgotten(watch: Watch, seconds: Seconds) -> None:
    watch.expect(exposure())
    watch.discharge(exposure())
    seconds.now += PATIENCE_SECONDS

    assert watch.open() == watch.take_overdue() == []


def test_the_protection_of_an_earlier_fill_says_nothing_of_a_later_one(watch: Watch) -> None:
    watch.expect(exposure(1))
    watch.expect(exposure(2))

    watch.discharge(exposure(1))

    assert watch.open() == [exposure(2)]


def test_positions_are_watched_each_for_itself(watch: Watch, seconds: Seconds) -> None:
    watch.expect(exposure(position_id=7))
    seconds.now += 1
    watch.expect(exposure(position_id=8))
    seconds.now += PATIENCE_SECONDS - 1

    assert [each.position_id for each in watch.take_overdue()] == [7]


def test_proofs_and_returns_of_what_is_forgotten_change_nothing(watch: Watch) -> None:
    watch.proven(exposure())
    watch.put_back(exposure())
    watch.discharge(exposure())

    assert watch.open() == []
