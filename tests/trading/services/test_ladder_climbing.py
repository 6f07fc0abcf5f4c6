"""The ladder at work: each rung in its turn, each told with its time, the owner called when nothing goes through."""

from datetime import timedelta
from decimal import Decimal

import pytest
from pytest_django import Settings

from desk.event_kinds import EventKind
from desk.models import Event
from notifications.told import URGENT
from tests.lockstep import Lockstep
from trading.case_file import case_file
from trading.core.ladder import Rung
from trading.core.states import PositionStatus
from trading.models import Order, Position
from trading.services.climbing import rungs_taken
from trading.services.tending import tend

PLACE_ALGO, PLACE = ("POST", "/fapi/v1/algoOrder"), ("POST", "/fapi/v1/order")


def refuse_stops(lockstep: Lockstep, times: int, code: int = -4045) -> None:
    for _ in range(times):
        lockstep.wire.refuse(*PLACE_ALGO, code, "Reach max stop order limit.")


def climbed(lockstep: Lockstep) -> list[Rung]:
    return [step.rung for step in rungs_taken(lockstep.position())]


@pytest.mark.parametrize(
    ("refused", "rungs"),
    [
        (1, [Rung.RETRY]),
        (2, [Rung.RETRY, Rung.QUANTITY]),
        (3, [Rung.RETRY, Rung.QUANTITY, Rung.CORRECTED]),
        (4, [Rung.RETRY, Rung.QUANTITY, Rung.CORRECTED, Rung.FLATTEN]),
    ],
)
def test_each_refusal_leads_one_rung_up_and_is_told(either_mode: Lockstep, refused: int, rungs: list[Rung]) -> None:
    refuse_stops(either_mode, refused)

    either_mode.open_position()

    assert climbed(either_mode) == rungs
    assert not either_mode.naked_at_exchange()


def test_the_stop_by_quantity_is_for_all_that_is_open(either_mode: Lockstep) -> None:
    refuse_stops(either_mode, 2)

    either_mode.open_position()

    stop = either_mode.orders("stop")[-1]
    assert (stop.close_position, stop.quantity) == (False, either_mode.position().quantity)


def test_the_corrected_stop_stands_nearer_to_the_price_and_stays_there(lockstep: Lockstep) -> None:
    refuse_stops(lockstep, 3)
    wanted = lockstep.enter().stop_price

    lockstep.deliver()
    tend(lockstep.position(), lockstep.venue)

    stands = [order.trigger_price for order in lockstep.venue.trading.open_algo_orders() if "STOP" in order.order_type]
    assert stands == [lockstep.position().stop_price]
    assert Decimal("8.5") < stands[0] < wanted


def test_a_tick_that_changed_is_met_by_the_corrected_trigger(lockstep: Lockstep) -> None:
    """The rules were read before the change: the old trigger is off the new tick for good."""
    lockstep.enter()
    lockstep.market._tick = "0.05"
    lockstep.venue.rules._read_at = None  # type: ignore[attr-defined]

    lockstep.deliver()

    assert not lockstep.naked_at_exchange()
    assert lockstep.position().status == PositionStatus.OPEN


def test_settings_leave_rungs_out(lockstep: Lockstep, settings: Settings) -> None:
    settings.LADDER_RETRIES, settings.LADDER_CORRECTIONS = 0, 0
    refuse_stops(lockstep, 2)

    lockstep.open_position()

    assert climbed(lockstep) == [Rung.QUANTITY, Rung.FLATTEN]


def test_past_the_deadline_the_next_refusal_closes(lockstep: Lockstep) -> None:
    lockstep.enter()
    refuse_stops(lockstep, 1)
    lockstep.wire.lose_request(*PLACE_ALGO)
    lockstep.deliver()
    long_ago = timedelta(seconds=6)
    position = lockstep.position()
    Position.objects.update(naked_since=position.naked_since - long_ago)
    for stop in Order.objects.filter(purpose="stop"):
        Order.objects.filter(pk=stop.pk).update(committed_at=stop.committed_at - long_ago)
    refuse_stops(lockstep, 1)

    tend(lockstep.position(), lockstep.venue)

    assert climbed(lockstep) == [Rung.RETRY, Rung.FLATTEN]
    assert lockstep.open_at_exchange() == 0


def test_the_owner_is_called_once_while_neither_stop_nor_close_goes_through(lockstep: Lockstep) -> None:
    refuse_stops(lockstep, 60)
    lockstep.enter()
    for _ in range(60):
        lockstep.wire.refuse(*PLACE, -1111, "refused by the test")

    lockstep.deliver()
    for _ in range(6):
        Order.objects.update(updated_at=lockstep.orders("entry")[0].updated_at - timedelta(minutes=2))
        tend(lockstep.position(), lockstep.venue)

    paged = Event.objects.get(kind=EventKind.OWNER_PAGED)
    assert (paged.facts["quantity"], paged.facts["reason"]) == ("70.5", "refused by the test")
    assert EventKind.OWNER_PAGED in URGENT
    assert climbed(lockstep)[-1] is Rung.PAGE


def test_the_case_of_a_position_tells_each_rung_with_its_reason(lockstep: Lockstep) -> None:
    refuse_stops(lockstep, 1)
    position = lockstep.open_position()

    steps = [step for step in case_file(position.case).steps if "next:" in step.sentence]

    assert [step.sentence for step in steps] == [
        "DOTUSDT: stop refused (Reach max stop order limit.); next: the same stop again under a new id"
    ]
