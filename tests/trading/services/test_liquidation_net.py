"""A stop that the venue's liquidation could overtake is moved to well before it, and never past the price."""

from decimal import Decimal

import pytest

from desk.event_kinds import EventKind
from desk.models import Event
from exchange.types import PositionSide
from tests.lockstep import SYMBOL, Lockstep
from trading.models import Position
from trading.services import reconcile
from trading.services.liquidation_net import keep_from_liquidation

ENTRY = Decimal("8.5")


def base_stops(lockstep: Lockstep) -> list[Decimal | None]:
    standing = lockstep.venue.trading.open_algo_orders(SYMBOL)
    return [state.trigger_price for state in standing if state.order_type == "STOP_MARKET"]


def test_a_check_moves_a_stop_that_lies_beyond_liquidation_and_tells(either_mode: Lockstep) -> None:
    either_mode.open_position()
    Position.objects.update(stop_price=Decimal("13.600"))

    for _ in range(3):
        reconcile.check(either_mode.venue)
        either_mode.deliver()

    position = either_mode.position()
    assert position.liquidation_price is not None
    assert position.liquidation_price - position.stop_price > 0
    assert position.stop_price - ENTRY <= Decimal("0.8") * (position.liquidation_price - ENTRY)
    assert base_stops(either_mode) == [position.stop_price]
    assert not either_mode.naked_at_exchange()
    [told] = Event.objects.filter(kind=EventKind.REPAIRED)
    assert told.facts["what"].startswith("the stop at 13.6")


def test_a_stop_well_before_liquidation_stays(lockstep: Lockstep) -> None:
    before = lockstep.open_position().stop_price

    reconcile.check(lockstep.venue)

    assert lockstep.position().stop_price == before
    assert not Event.objects.filter(kind=EventKind.REPAIRED).exists()


@pytest.mark.parametrize(
    ("side", "stop", "liquidation", "mark", "wanted"),
    [
        (PositionSide.SHORT, "10.600", "10.500", "8.500", "10.100"),
        (PositionSide.SHORT, "10.600", "10.500", "10.200", "10.600"),  # the price stands beyond it already
        (PositionSide.SHORT, "10.600", "8.000", "8.500", "10.600"),  # no liquidation on that side
        (PositionSide.SHORT, "10.600", None, "8.500", "10.600"),
        (PositionSide.LONG, "6.400", "6.500", "8.500", "6.900"),
        (PositionSide.LONG, "7.000", "6.500", "8.500", "7.000"),
    ],
)
def test_where_the_stop_goes(
    lockstep: Lockstep, side: PositionSide, stop: str, liquidation: str | None, mark: str, wanted: str
) -> None:
    lockstep.open_position()
    Position.objects.update(
        direction=side.value,
        stop_price=Decimal(stop),
        mark_price=Decimal(mark),
        liquidation_price=None if liquidation is None else Decimal(liquidation),
    )

    keep_from_liquidation(lockstep.position(), lockstep.venue)

    assert lockstep.position().stop_price == Decimal(wanted)


def test_a_stop_that_somebody_moved_meanwhile_stays_where_it_was_put(lockstep: Lockstep) -> None:
    lockstep.open_position()
    Position.objects.update(stop_price=Decimal("13"), mark_price=ENTRY, liquidation_price=Decimal("10.5"))
    read_before = lockstep.position()
    Position.objects.update(stop_price=Decimal("9"))

    keep_from_liquidation(read_before, lockstep.venue)

    assert lockstep.position().stop_price == read_before.stop_price == Decimal("9")
    assert not Event.objects.filter(kind=EventKind.REPAIRED).exists()
