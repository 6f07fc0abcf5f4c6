"""What a person changes of a living position: checked, on record, carried out by tending."""

from decimal import Decimal

import pytest

from desk.event_kinds import EventKind
from desk.models import Event
from tests.lockstep import SYMBOL, Lockstep
from trading.core.states import ExitReason, PositionStatus
from trading.models import Position
from trading.services import reconcile
from trading.services.exit_requests import request_close
from trading.services.manual_changes import ExitRefused, request_entry_cancel, request_stop, request_take_profit
from trading.services.tending import tend
from trading.services.working_entries import work_entries


def want(lockstep: Lockstep, what: str, price: str) -> Decimal:
    request = {"stop": request_stop, "take_profit": request_take_profit}[what]
    rules = lockstep.venue.rules(SYMBOL)
    return request(lockstep.position(), price=Decimal(price), rules=rules, author="anna", now=lockstep.now())


def triggers(lockstep: Lockstep, order_type: str) -> list[Decimal]:
    standing = lockstep.venue.trading.open_algo_orders(SYMBOL)
    return [order.trigger_price for order in standing if order.order_type == order_type]


def test_a_take_profit_is_put_on_the_tick_and_replaced_at_the_exchange(lockstep: Lockstep) -> None:
    lockstep.open_position()
    stop = lockstep.stops_at_exchange()

    trigger = want(lockstep, "take_profit", "7.00001")
    tend(lockstep.position(), lockstep.venue)

    assert trigger == Decimal("7.001")
    assert triggers(lockstep, "TAKE_PROFIT_MARKET") == [Decimal("7.001")]
    assert lockstep.stops_at_exchange() == stop


@pytest.mark.parametrize("price", ["8.499", "8.333", "7.777", "5.001", "0.013"])
def test_every_tick_can_be_had_as_a_take_profit(lockstep: Lockstep, price: str) -> None:
    lockstep.open_position()

    want(lockstep, "take_profit", price)
    tend(lockstep.position(), lockstep.venue)

    assert triggers(lockstep, "TAKE_PROFIT_MARKET") == [Decimal(price)]


def test_a_take_profit_set_by_hand_is_not_judged_again(lockstep: Lockstep) -> None:
    lockstep.open_position()
    want(lockstep, "take_profit", "7.000")
    lockstep.step(13 * 3600)

    for _ in range(2):
        reconcile.check(lockstep.venue)

    assert triggers(lockstep, "TAKE_PROFIT_MARKET") == [Decimal("7.000")]
    assert not Event.objects.filter(kind=EventKind.TAKE_PROFIT_JUDGED).exists()


@pytest.mark.parametrize(
    ("what", "price", "said"),
    [
        ("take_profit", "8.600", "beyond its entry"),
        ("take_profit", "8.500", "beyond its entry"),
        ("stop", "8.000", "beyond such a stop already"),
        ("stop", "8.500", "beyond such a stop already"),
        ("stop", "11.200", "too close to liquidation"),
    ],
)
def test_a_change_that_makes_no_sense_changes_nothing(lockstep: Lockstep, what: str, price: str, said: str) -> None:
    lockstep.open_position()
    reconcile.check(lockstep.venue)
    before = Position.objects.values().get()

    with pytest.raises(ExitRefused, match=said):
        want(lockstep, what, price)

    assert Position.objects.values().get() == before
    assert not Event.objects.filter(kind=EventKind.LEG_REQUESTED).exists()


def test_a_stop_may_be_drawn_to_where_it_secures_a_gain(lockstep: Lockstep) -> None:
    lockstep.open_position()
    lockstep.price("7.000")
    reconcile.check(lockstep.venue)

    want(lockstep, "stop", "7.500")
    for _ in range(3):
        tend(lockstep.position(), lockstep.venue)

    assert triggers(lockstep, "STOP_MARKET") == [Decimal("7.500")]


@pytest.mark.parametrize("what", ["stop", "take_profit"])
def test_a_position_that_is_closing_takes_no_change(lockstep: Lockstep, what: str) -> None:
    position = lockstep.open_position()
    request_close(position, reason=ExitReason.MANUAL, author="tests", now=lockstep.now())

    with pytest.raises(ExitRefused, match="not open"):
        want(lockstep, what, "7.000" if what == "take_profit" else "9.500")


def test_who_asked_for_what_is_on_record(lockstep: Lockstep) -> None:
    lockstep.open_position()

    want(lockstep, "stop", "9.500")

    facts = Event.objects.get(kind=EventKind.LEG_REQUESTED).facts
    assert (facts["author"], facts["what"], facts["price"]) == ("anna", "stop", "9.5")


def test_a_working_entry_is_cancelled_on_request_and_its_filled_part_kept(lockstep: Lockstep) -> None:
    lockstep.let_entries_rest()
    lockstep.enter()
    lockstep.price("8.585", quantity="20")
    lockstep.deliver()

    request_entry_cancel(lockstep.position(), author="anna", now=lockstep.now())
    work_entries(lockstep.venue)

    position = lockstep.position()
    assert lockstep.venue.trading.open_orders() == []
    assert (position.status, position.quantity) == (PositionStatus.OPEN, Decimal(20))
    assert not lockstep.naked_at_exchange()
