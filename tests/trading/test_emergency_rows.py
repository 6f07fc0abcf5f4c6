"""The database fails while a fill is taken in: by the exchange's records a stop stands; afterwards the rows agree."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from desk.models import Event, Installation
from exchange.types import OrderRequest, OrderType, OrderUpdate, PositionSide, Side
from tests.lockstep import SYMBOL, Lockstep
from trading.core.client_ids import parse
from trading.core.emergency_ids import is_emergency
from trading.core.states import WORKING, OrderStatus, Purpose
from trading.emergency_journal import EmergencyJournal
from trading.intake import Intake
from trading.models import Order, Position
from trading.services.emergency_rows import give_row

pytestmark = pytest.mark.django_db(transaction=True)
STATEMENTS = 200  # more than the taking in of a fill makes


class Failing:
    """Statements of this connection are counted; from the ``first`` on, and ``many`` of them, they fail."""

    def __init__(self, first: int, *, many: int = 10**9) -> None:
        self.count = 0
        self._failing = range(first, first + many)

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        self.count += 1
        if self.count in self._failing:
            raise OperationalError("database or disk is full")
        return execute(sql, params, many, context)


class Desk(Lockstep):
    """A lockstep desk whose events go through the stream's intake."""

    def __init__(self, home: Path, *, hedge_mode: bool = False) -> None:
        super().__init__(home / "exchange", hedge_mode=hedge_mode)
        self.journal = home / "emergency.jsonl"
        self.restart()

    def restart(self) -> None:
        nonce = Installation.current().nonce
        self.intake = Intake(self.venue, journal=EmergencyJournal(self.journal), nonce=nonce)

    def deliver(self) -> None:
        for event in self.events():
            self.intake.expect(event)
            self.intake.take_in(event)

    def sweep(self) -> None:
        """What the stream does every second."""
        for due in self.intake.due():
            due.step()
        if self.intake.is_behind():
            self.intake.reconcile()

    def recover(self) -> None:
        for _ in range(3):
            self.deliver()
            self.sweep()

    def standing(self) -> list[Any]:
        return [order for order in self.venue.trading.open_algo_orders(SYMBOL) if order.order_type == "STOP_MARKET"]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture(params=[False, True], ids=["one-way", "hedge"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Desk:
    return Desk(tmp_path, hedge_mode=request.param)


@contextmanager
def database_away(first: int = 1, *, many: int = 10**9) -> Iterator[Failing]:
    failing = Failing(first, many=many)
    with connection.execute_wrapper(failing):
        yield failing


def assert_one_stop_as_in_the_rows(desk: Desk) -> None:
    position = desk.position()
    (stop,) = desk.standing()
    (row,) = position.orders.filter(purpose=Purpose.STOP, status__in=WORKING, parent=None)
    assert row.client_order_id == stop.client_order_id
    assert (stop.close_position or stop.quantity == position.quantity) and stop.trigger_price == position.stop_price
    assert position.quantity == -desk.open_at_exchange() != 0
    assert position.naked_since is None
    assert not desk.intake.watch.open()
    assert not EmergencyJournal(desk.journal).open_entries()


def take_in_fill(desk: Desk, failing: Failing) -> None:
    """The entry's events; the database fails while its fill is worked."""
    for event in desk.events():
        if isinstance(event, OrderUpdate) and event.trade is not None:
            with connection.execute_wrapper(failing):
                desk.intake.expect(event)
                desk.intake.take_in(event)
            return
        desk.intake.take_in(event)


def let_sent_orders_grow_old() -> None:
    """A row whose process is lost is asked about after two seconds."""
    Order.objects.filter(status=OrderStatus.SUBMITTING).update(sent_at=timezone.now() - timedelta(seconds=3))


def statements(step: int) -> Any:
    """The first of each ``step``; with a step of 1 all of them."""
    return range(1, STATEMENTS, step)


@pytest.mark.parametrize("step", [pytest.param(1, marks=[pytest.mark.long, pytest.mark.timeout(300)]), 5])
def test_a_database_that_goes_away_at_any_statement_keeps_no_stop_from_standing(tmp_path: Path, step: int) -> None:
    for first in statements(step):
        desk = Desk(tmp_path / str(first))
        desk.enter()
        failing = Failing(first)

        take_in_fill(desk, failing)

        assert desk.stops_at_exchange(), f"no stop with the database away from statement {first} on"
        let_sent_orders_grow_old()
        desk.recover()
        assert_one_stop_as_in_the_rows(desk)
        if failing.count < first:
            return
    raise AssertionError("the fill took more statements than were tried")


@pytest.mark.parametrize("step", [pytest.param(1, marks=[pytest.mark.long, pytest.mark.timeout(300)]), 5])
def test_a_single_statement_that_fails_is_made_up_for(tmp_path: Path, step: int) -> None:
    for first in statements(step):
        desk = Desk(tmp_path / str(first))
        desk.enter()
        failing = Failing(first, many=1)

        take_in_fill(desk, failing)
        desk.sweep()

        assert desk.stops_at_exchange(), f"no stop after statement {first} failed"
        let_sent_orders_grow_old()
        desk.recover()
        assert_one_stop_as_in_the_rows(desk)
        if failing.count < first:
            return
    raise AssertionError("the fill took more statements than were tried")


def test_a_commit_that_fails_keeps_no_stop_from_standing(either: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    either.enter()

    with monkeypatch.context() as full_disk:
        full_disk.setattr(connection, "_commit", lambda: _raise(OperationalError("disk is full")))
        either.deliver()
        (stop,) = either.standing()
    either.recover()

    parts = parse(stop.client_order_id)
    assert parts is not None
    assert is_emergency(parts)
    assert_one_stop_as_in_the_rows(either)


def _raise(error: Exception) -> None:
    raise error


def test_what_left_without_a_row_is_adopted_and_told(either: Desk) -> None:
    either.enter()

    with database_away():
        either.deliver()
        (stop,) = either.stops_at_exchange()
    either.recover()

    told = Event.objects.get(kind="repaired", facts__client_order_id=stop)
    assert told.facts["what"] == "stop order that left while the database was away"
    assert Order.objects.get(client_order_id=stop).status == OrderStatus.NEW
    assert_one_stop_as_in_the_rows(either)


def test_the_same_fill_told_again_places_no_second_stop(desk: Desk) -> None:
    desk.enter()
    told = list(desk.events())

    with database_away():
        for event in [*told, *told]:
            desk.intake.expect(event)
            desk.intake.take_in(event)

    assert len(desk.stops_at_exchange()) == 1
    assert desk.wire.count("POST", "/fapi/v1/algoOrder") == 1


def test_a_lost_answer_is_sent_again_under_the_same_id(desk: Desk) -> None:
    desk.enter()
    desk.wire.lose_answer("POST", "/fapi/v1/algoOrder")

    with database_away():
        desk.deliver()
        for exposure in desk.intake.watch.open():
            desk.intake.resort(exposure)
    desk.recover()

    assert_one_stop_as_in_the_rows(desk)


def test_without_a_picture_the_stop_lies_at_the_usual_distance_and_is_moved_later(desk: Desk) -> None:
    position = desk.enter()
    type(position).objects.update(stop_price="9.000")

    with database_away():
        desk.deliver()
        (stop,) = desk.standing()
    for _ in range(4):
        desk.recover()

    assert stop.trigger_price == Decimal("10.030")
    assert_one_stop_as_in_the_rows(desk)
    assert not desk.naked_at_exchange()


def test_what_the_process_knew_of_the_position_gives_the_trigger(desk: Desk) -> None:
    position = desk.enter()
    type(position).objects.update(stop_price="9.000")
    desk.intake.due()

    with database_away():
        desk.deliver()

        (stop,) = desk.standing()
        assert stop.trigger_price == Decimal("9.000")


def test_a_price_beyond_the_stop_is_closed_at_market(desk: Desk) -> None:
    desk.enter()
    fills = [event for event in desk.events() if isinstance(event, OrderUpdate)]
    desk.wire.refuse("POST", "/fapi/v1/algoOrder", -2021)

    with database_away():
        for event in fills:
            desk.intake.expect(event)
            desk.intake.take_in(event)
        assert desk.open_at_exchange() == 0
    desk.recover()

    position = desk.position()
    assert (position.status, position.quantity, position.exit_reason) == ("closed", 0, "unprotected_flatten")
    assert position.fills.filter(order__purpose=Purpose.CLOSE).exists()


def test_a_venue_that_does_not_show_the_position_yet_gets_the_quantity_form(desk: Desk) -> None:
    desk.enter()
    desk.wire.refuse("POST", "/fapi/v1/algoOrder", -4509)

    with database_away():
        desk.deliver()

        (stop,) = desk.standing()
        assert not stop.close_position
        assert stop.reduce_only
        assert stop.quantity == -desk.open_at_exchange()
    desk.recover()
    assert_one_stop_as_in_the_rows(desk)


def test_three_refusals_end_in_a_close(desk: Desk) -> None:
    desk.enter()
    for _ in range(3):
        desk.wire.refuse("POST", "/fapi/v1/algoOrder", -1111)

    with database_away():
        desk.deliver()
        for _ in range(3):
            for exposure in desk.intake.watch.open():
                desk.intake.resort(exposure)

        assert desk.open_at_exchange() == 0


def test_a_stop_that_somebody_cancels_meanwhile_is_placed_again(desk: Desk) -> None:
    desk.open_position()
    (stop,) = desk.stops_at_exchange()

    with database_away():
        desk.venue.trading.cancel_algo_order(SYMBOL, stop)
        desk.deliver()

        assert len(desk.stops_at_exchange()) == 1
    desk.recover()
    assert_one_stop_as_in_the_rows(desk)


def test_a_disk_that_takes_no_journal_line_keeps_no_stop_from_leaving(desk: Desk) -> None:
    desk.enter()
    desk.journal.mkdir()

    with database_away():
        desk.deliver()

        assert len(desk.stops_at_exchange()) == 1


def test_a_process_killed_meanwhile_takes_its_orders_in_from_the_journal(desk: Desk) -> None:
    desk.enter()
    with database_away():
        desk.deliver()
    desk.lose_events()

    desk.restart()
    desk.intake.reconcile()

    assert_one_stop_as_in_the_rows(desk)


def test_a_shared_position_gets_its_stop_by_quantity(desk: Desk) -> None:
    position = desk.enter()
    type(position).objects.update(is_shared=True)
    desk.intake.due()

    with database_away():
        desk.deliver()

        (stop,) = desk.standing()
        assert (stop.close_position, stop.reduce_only) == (False, True)


@pytest.mark.parametrize("is_unheard", [False, True], ids=["answered", "answer lost"])
def test_an_emergency_close_takes_what_is_ours_and_no_more(desk: Desk, is_unheard: bool) -> None:
    desk.open_position()
    (stop,) = desk.stops_at_exchange()
    sell_beside(desk, 5, "somebody-else")
    desk.deliver()
    Position.objects.update(is_shared=True)
    desk.intake.due()
    for _ in range(5):
        desk.wire.refuse("POST", "/fapi/v1/algoOrder", -2021)
    if is_unheard:
        desk.wire.lose_answer("POST", "/fapi/v1/order")

    with database_away():
        desk.venue.trading.cancel_algo_order(SYMBOL, stop)
        desk.deliver()
        for _ in range(3):
            for exposure in desk.intake.watch.open():
                desk.intake.resort(exposure)

        assert desk.open_at_exchange() == -5


def sell_beside(desk: Desk, quantity: int, client_order_id: str) -> None:
    theirs = OrderRequest(
        symbol=SYMBOL,
        side=Side.SELL,
        position_side=PositionSide.BOTH,
        order_type=OrderType.MARKET,
        quantity=Decimal(quantity),
        client_order_id=client_order_id,
    )
    desk.venue.trading.place_order(theirs)


def test_a_slice_heard_of_after_an_emergency_close_does_not_let_the_next_take_what_is_theirs(desk: Desk) -> None:
    desk.open_position()
    (stop,) = desk.stops_at_exchange()
    sell_beside(desk, 50, "somebody-else")
    desk.deliver()
    Position.objects.update(is_shared=True)
    desk.intake.due()
    for _ in range(9):
        desk.wire.refuse("POST", "/fapi/v1/algoOrder", -2021)

    with database_away():
        desk.venue.trading.cancel_algo_order(SYMBOL, stop)
        desk.deliver()
        (exposure,) = desk.intake.watch.open()
        desk.intake.resort(exposure)
        assert desk.open_at_exchange() == -50
        sell_beside(desk, 3, "slice")
        grown = replace(exposure, quantity=exposure.quantity + 3, number=exposure.number + 1)
        desk.intake.watch.expect(grown)
        for _ in range(3):
            desk.intake.resort(grown)

        assert desk.open_at_exchange() == -50


def close_in_an_emergency(desk: Desk) -> None:
    """The stop is gone, none is taken any more, and the database is away."""
    (stop,) = desk.stops_at_exchange()
    for _ in range(9):
        desk.wire.refuse("POST", "/fapi/v1/algoOrder", -2021)
    with database_away():
        desk.venue.trading.cancel_algo_order(SYMBOL, stop)
        desk.deliver()
        for _ in range(6):
            for exposure in desk.intake.watch.open():
                desk.intake.resort(exposure)


def with_rules(desk: Desk, **changed: Decimal) -> None:
    rules = desk.venue.rules(SYMBOL)
    desk.venue.rules._rules[SYMBOL] = replace(rules, **changed)  # type: ignore[attr-defined]


def test_what_is_too_fine_for_the_market_is_closed_by_a_limit_in_an_emergency_too(desk: Desk) -> None:
    quantity = desk.open_position().quantity
    assert quantity % 1
    with_rules(desk, market_step_size=Decimal(1))

    close_in_an_emergency(desk)

    assert desk.open_at_exchange() == 0
    assert desk.wire.count("POST", "/fapi/v1/order") == 3  # the entry, the whole part at market, the rest by limit


def test_a_book_too_thin_for_the_market_is_met_by_a_limit_in_an_emergency_too(desk: Desk) -> None:
    desk.open_position()
    desk.wire.refuse("POST", "/fapi/v1/order", -4131)

    close_in_an_emergency(desk)

    assert desk.open_at_exchange() == 0
    (closed,) = [each for each in desk.host.engine.records if is_close(each.payload)]
    assert closed.payload["o"]["o"] == "LIMIT"


def is_close(payload: dict[str, Any]) -> bool:
    return payload["e"] == "ORDER_TRADE_UPDATE" and payload["o"]["x"] == "TRADE" and payload["o"]["R"]


def test_more_than_one_order_takes_is_closed_in_pieces_and_every_trade_is_booked(desk: Desk) -> None:
    quantity = desk.open_position().quantity
    with_rules(desk, market_max_quantity=Decimal(30))

    close_in_an_emergency(desk)
    assert desk.open_at_exchange() == 0
    desk.recover()

    position = desk.position()
    assert (position.status, position.quantity) == ("closed", 0)
    closed = position.fills.exclude(order__purpose=Purpose.ENTRY).values_list("quantity", flat=True)
    assert sum(closed) == quantity
    assert len(closed) == 3


def test_what_no_order_can_take_is_not_called_closed(desk: Desk) -> None:
    desk.open_position()
    with_rules(desk, market_step_size=Decimal(1000), step_size=Decimal(1000))

    close_in_an_emergency(desk)

    assert desk.open_at_exchange() != 0
    assert desk.intake.watch.open()


def test_the_venue_is_asked_for_its_time_before_rows_are_locked(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.enter()
    with database_away():
        desk.deliver()
    (stop,) = desk.stops_at_exchange()
    clock, asked_inside = type(desk.venue.clock), []
    now = clock.now

    def noted(self: Any) -> datetime:
        asked_inside.append(connection.in_atomic_block)
        return now(self)

    monkeypatch.setattr(clock, "now", noted)
    give_row(stop, SYMBOL, desk.venue)

    assert asked_inside
    assert not any(asked_inside)


def test_what_is_protected_by_its_rows_is_left_alone(desk: Desk) -> None:
    desk.open_position()

    assert not desk.intake.watch.open()
    assert not desk.journal.exists()
    assert desk.wire.count("POST", "/fapi/v1/algoOrder") == 2
