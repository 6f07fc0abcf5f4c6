"""``tp``, ``sl``, ``cancel``, ``cancel-all``, ``cancel-rest``: what may be changed of a position, and what may not."""

from decimal import Decimal

import pytest

from desk.event_kinds import EventKind
from desk.models import Event
from tests.trading.services.plans import look, sliced_entry
from trading.core.states import OrderStatus, PositionStatus, Purpose
from trading.models import Execution, Order, Position

pytestmark = pytest.mark.django_db


def standing(purpose: Purpose) -> Order:
    return Order.objects.get(purpose=purpose, status=OrderStatus.NEW)


def test_a_take_profit_is_moved_and_stands(cli, at_work):
    at_work.open_position()

    answer = cli("tp", "dotusdt", "6.2")

    assert answer.code == 0
    assert answer.out.strip() == "DOTUSDT: take-profit stands at 6.200."
    assert standing(Purpose.TAKE_PROFIT).trigger_price == Decimal("6.2")


def test_a_stop_is_moved_and_at_no_time_absent(cli, at_work, monkeypatch):
    at_work.open_position()
    seen = []
    monkeypatch.setattr("duolive.cli.legs.wait_for", watched(seen, at_work))

    answer = cli("sl", "DOTUSDT", "9.4", "--json")

    assert answer.json == {"symbol": "DOTUSDT", "leg": "stop", "price": "9.400", "stands": True}
    assert standing(Purpose.STOP).trigger_price == Decimal("9.4")
    assert all(seen)


def watched(seen: list[bool], desk):
    from duolive.cli.waiting import wait_for

    def wait(has_come, *, seconds):
        def look() -> bool:
            seen.append(not desk.naked_at_exchange())
            return has_come()

        return wait_for(look, seconds=seconds)

    return wait


@pytest.mark.parametrize(
    ("command", "price", "why"),
    [("tp", "9", "lies beyond its entry price"), ("sl", "8", "stands beyond such a stop already")],
)
def test_a_leg_on_the_wrong_side_is_refused_and_nothing_moves(cli, lockstep, command, price, why):
    lockstep.open_position()

    answer = cli(command, "DOTUSDT", price)

    assert answer.code == 1
    assert why in answer.err
    assert standing(Purpose.STOP).trigger_price == Decimal("10.03")
    assert standing(Purpose.TAKE_PROFIT).trigger_price == Decimal("5.695")


@pytest.mark.parametrize("command", ["tp", "sl"])
def test_a_symbol_without_position_is_refused(cli, lockstep, command):
    answer = cli(command, "DOTUSDT", "9")

    assert answer.code == 1
    assert "no open position" in answer.err


def test_a_change_may_be_only_asked_for(cli, lockstep):
    lockstep.open_position()

    answer = cli("tp", "DOTUSDT", "6.2", "--no-wait")

    assert answer.out.strip() == "DOTUSDT: take-profit asked for at 6.200."
    assert Event.objects.get(kind=EventKind.LEG_REQUESTED).facts["author"] == "cli"


def test_a_leg_that_does_not_come_to_stand_ends_with_1(cli, lockstep):
    lockstep.open_position()

    answer = cli("sl", "DOTUSDT", "9.4", "--timeout", "0.05")

    assert answer.code == 1
    assert "the stop does not stand there" in answer.err


@pytest.fixture
def entry(cli, lockstep) -> Order:
    """An entry above the market: accepted, not filled."""
    from trading.services.working_entries import work_entries

    cli("order", "DOTUSDT", "9.5", "60", "--yes", "--no-wait")
    work_entries(lockstep.venue)
    found = Order.objects.get(purpose=Purpose.ENTRY)
    assert found.status == OrderStatus.NEW
    return found


@pytest.mark.parametrize("command", ["cancel", "cancel-all"])
def test_a_working_entry_is_cancelled(cli, entry, at_work, command):
    answer = cli(command, "DOTUSDT")

    entry.refresh_from_db()
    assert answer.code == 0
    assert answer.out.strip() == "DOTUSDT: entry cancelled, nothing was filled."
    assert entry.status == OrderStatus.CANCELED
    assert Position.objects.get().status == PositionStatus.CLOSED


@pytest.mark.parametrize("name", ["client_order_id", "venue_order_id"])
def test_an_entry_is_found_by_our_id_and_by_the_exchanges(cli, entry, at_work, name):
    answer = cli("cancel", "DOTUSDT", str(getattr(entry, name)), "--json")

    assert answer.json["cancelled"][0]["status"] == "CANCELED"


@pytest.mark.parametrize(
    ("purpose", "instead"), [(Purpose.STOP, "sl DOTUSDT PRICE"), (Purpose.TAKE_PROFIT, "tp DOTUSDT PRICE")]
)
def test_a_protective_leg_is_not_cancelled_and_it_is_said_what_to_do_instead(cli, lockstep, purpose, instead):
    lockstep.open_position()

    answer = cli("cancel", "DOTUSDT", standing(purpose).client_order_id)

    assert answer.code == 1
    assert instead in answer.err
    assert standing(purpose)


def test_cancel_all_leaves_the_protection_of_a_position(cli, lockstep):
    lockstep.open_position()

    answer = cli("cancel-all", "DOTUSDT")

    assert answer.code == 1
    assert "no entry is working" in answer.err
    assert standing(Purpose.STOP) and standing(Purpose.TAKE_PROFIT)


@pytest.mark.parametrize("name", ["dl000000-1-e1", "12345", "x" * 40, "９９"])
def test_an_id_that_is_not_ours_is_not_touched(cli, entry, name):
    answer = cli("cancel", "DOTUSDT", name)

    assert answer.code == 1
    assert "no order of ours" in answer.err


def test_a_finished_order_cannot_be_cancelled(cli, entry, at_work):
    cli("cancel", "DOTUSDT")

    answer = cli("cancel", "DOTUSDT", entry.client_order_id)

    assert answer.code == 1
    assert "is cancelled already" in answer.err


def test_cancel_names_where_entries_work(cli, entry):
    assert "Working are: DOTUSDT." in cli("cancel", "XRPUSDT").err


def test_a_cancel_that_does_not_come_ends_with_1(cli, entry):
    answer = cli("cancel", "DOTUSDT", "--timeout", "0.05")

    assert answer.code == 1
    assert "still works" in answer.err


def test_a_cancel_may_be_only_asked_for(cli, entry):
    assert "asked; the desk cancels" in cli("cancel", "DOTUSDT", "--no-wait").out


def test_the_rest_of_an_entry_in_slices_is_called_off(cli, lockstep):
    sliced_entry(lockstep)

    asked = cli("cancel-rest", "DOTUSDT", "--no-wait", "--json")
    look(lockstep)
    again = cli("cancel-rest", "DOTUSDT")

    assert (asked.code, asked.json["executed_quantity"]) == (0, "17.6")
    assert Execution.objects.get().ending == "called_off"
    assert (again.code, "nothing is left to be sent" in again.err) == (1, True)
