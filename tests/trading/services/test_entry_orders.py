"""The order of an entry: one whatever happens on the wire, given up in time, its part kept and protected."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from desk.event_kinds import EventKind
from desk.models import Bot, Event
from exchange.types import OrderRequest, OrderState
from signals.models import Signal, SignalStatus
from tests.lockstep import SYMBOL, Lockstep, SteppedClock
from trading.core.states import ExitReason, OrderStatus, PositionStatus
from trading.models import Order, Position
from trading.services import reconcile
from trading.services.entry import work_signal
from trading.services.tending import tend
from trading.services.working_entries import work_entries

PLACE = ("POST", "/fapi/v1/order")
ASK = ("GET", "/fapi/v1/order")


def test_the_same_signal_worked_twice_is_one_order(lockstep: Lockstep) -> None:
    signal = lockstep.signal()
    again = Signal.objects.get(pk=signal.pk)

    work_signal(signal, lockstep.venue)
    work_signal(again, lockstep.venue)

    assert Order.objects.filter(purpose="entry").count() == 1
    assert lockstep.wire.count(*PLACE) == 1


def test_a_lost_answer_is_asked_for_and_never_sent_again(lockstep: Lockstep) -> None:
    lockstep.wire.lose_answer(*PLACE)
    lockstep.enter()
    lockstep.lose_events()
    unknown = lockstep.orders("entry")[0].status

    work_entries(lockstep.venue)  # asks for the order
    work_entries(lockstep.venue)  # and then for its fills
    lockstep.deliver()

    assert unknown == OrderStatus.UNKNOWN
    assert lockstep.wire.count(*PLACE) == 1
    assert lockstep.position().status == PositionStatus.OPEN
    assert not lockstep.naked_at_exchange()


def test_an_entry_that_never_connected_is_sent_on_its_next_turn(lockstep: Lockstep) -> None:
    lockstep.wire.lose_request(*PLACE)
    lockstep.enter()
    entry = lockstep.orders("entry")[0]
    waiting = entry.status
    Order.objects.update(updated_at=entry.updated_at - timedelta(seconds=2))

    work_entries(lockstep.venue)
    lockstep.deliver()

    assert waiting == OrderStatus.PENDING
    assert lockstep.position().status == PositionStatus.OPEN


def test_an_entry_that_never_arrived_is_given_up_after_its_window_and_blocks_its_symbol_until_then(
    lockstep: Lockstep,
) -> None:
    lockstep.wire.swallow(*PLACE)
    lockstep.enter()
    work_entries(lockstep.venue)
    within = lockstep.orders("entry")[0]
    other = lockstep.signal(day=lockstep.now().date() + timedelta(days=1))
    work_signal(other, lockstep.venue)
    Order.objects.update(sent_at=within.sent_at - timedelta(seconds=61))

    work_entries(lockstep.venue)

    position = lockstep.position()
    other.refresh_from_db()
    assert within.status == OrderStatus.UNKNOWN
    assert other.status == SignalStatus.REFUSED
    assert (position.status, position.exit_reason) == (PositionStatus.CLOSED, ExitReason.ENTRY_UNFILLED)


def test_an_order_given_up_that_appears_after_all_is_protected(lockstep: Lockstep) -> None:
    lockstep.wire.lose_answer(*PLACE)
    position = lockstep.enter()
    Order.objects.update(status=OrderStatus.REJECTED)
    Position.objects.update(
        status=PositionStatus.CLOSED, exit_reason=ExitReason.ENTRY_UNFILLED, closed_at=lockstep.now()
    )

    lockstep.deliver()

    position.refresh_from_db()
    assert position.status == PositionStatus.OPEN
    assert not lockstep.naked_at_exchange()
    assert Event.objects.filter(kind=EventKind.REPAIRED).exists()


def test_an_entry_that_the_exchange_refuses_ends_unfilled(lockstep: Lockstep) -> None:
    lockstep.wire.refuse(*PLACE, -2019, "Margin is insufficient.")
    lockstep.enter()

    work_entries(lockstep.venue)
    tend(lockstep.position(), lockstep.venue)

    assert lockstep.position().exit_reason == ExitReason.ENTRY_UNFILLED
    assert lockstep.orders("entry")[0].reason_code == -2019


def resting_entry(lockstep: Lockstep) -> Position:
    """An entry whose price ran below it before it arrived."""
    signal = lockstep.signal()
    lockstep.let_entries_rest()
    work_signal(signal, lockstep.venue)
    return lockstep.position()


def test_an_entry_that_rests_too_long_is_cancelled_and_leaves_no_position(lockstep: Lockstep) -> None:
    resting_entry(lockstep)
    lockstep.step(599)
    work_entries(lockstep.venue)
    before = lockstep.orders("entry")[0].status

    lockstep.step(2)
    work_entries(lockstep.venue)

    position = lockstep.position()
    assert before == OrderStatus.NEW
    assert (position.status, position.exit_reason) == (PositionStatus.CLOSED, ExitReason.ENTRY_UNFILLED)
    assert lockstep.venue.trading.open_orders() == []


def test_a_part_that_filled_before_the_timeout_is_kept_and_protected(lockstep: Lockstep) -> None:
    resting_entry(lockstep)
    lockstep.price("8.585", quantity="20")
    lockstep.deliver()
    early = lockstep.naked_at_exchange()
    lockstep.step(601)

    work_entries(lockstep.venue)

    position = lockstep.position()
    assert not early
    assert (position.status, position.quantity) == (PositionStatus.OPEN, Decimal(20))
    assert lockstep.orders("entry")[0].status == OrderStatus.CANCELED
    assert lockstep.open_at_exchange() == -20
    assert not lockstep.naked_at_exchange()


def test_a_silent_stream_hides_no_fill(lockstep: Lockstep) -> None:
    resting_entry(lockstep)
    lockstep.price("8.600")
    lockstep.lose_events()

    work_entries(lockstep.venue)

    assert lockstep.position().quantity == -lockstep.open_at_exchange()
    assert not lockstep.naked_at_exchange()


def give_up(lockstep: Lockstep) -> Position:
    """An entry of lost answer whose window ends without the exchange knowing it: the row is closed unfilled."""
    lockstep.enter()
    lockstep.lose_events()
    Order.objects.update(sent_at=lockstep.orders("entry")[0].sent_at - timedelta(seconds=61))
    lockstep.wire.refuse(*ASK, -2013, "Order does not exist.")
    work_entries(lockstep.venue)
    return lockstep.position()


def test_an_entry_given_up_that_filled_after_all_is_found_without_the_stream(lockstep: Lockstep) -> None:
    lockstep.wire.lose_answer(*PLACE)
    given_up = give_up(lockstep).status

    for _ in range(3):
        reconcile.reconcile(lockstep.venue)

    assert given_up == PositionStatus.CLOSED
    assert lockstep.position().status == PositionStatus.OPEN
    assert not lockstep.naked_at_exchange()


def test_an_entry_given_up_that_rests_after_all_is_cancelled(lockstep: Lockstep) -> None:
    lockstep.let_entries_rest()
    lockstep.wire.lose_answer(*PLACE)
    give_up(lockstep)

    for _ in range(3):
        reconcile.reconcile(lockstep.venue)

    assert lockstep.venue.trading.open_orders(SYMBOL) == []


def test_a_late_fill_on_a_symbol_that_is_held_by_now_joins_what_holds_it(lockstep: Lockstep) -> None:
    lockstep.let_entries_rest()
    lockstep.wire.lose_answer(*PLACE)
    late = give_up(lockstep)
    holder = lockstep.enter(day=lockstep.now().date() + timedelta(days=1))

    lockstep.price("8.600")
    lockstep.deliver()

    late.refresh_from_db()
    holder.refresh_from_db()
    assert (late.status, holder.status) == (PositionStatus.CLOSED, PositionStatus.OPEN)
    assert holder.quantity == -lockstep.open_at_exchange()
    assert not lockstep.naked_at_exchange()


def test_an_entry_given_up_that_rests_unheard_is_cancelled_by_the_check(lockstep: Lockstep) -> None:
    lockstep.let_entries_rest()
    lockstep.wire.lose_answer(*PLACE)
    give_up(lockstep)
    Order.objects.update(sent_at=timezone.now() - timedelta(seconds=61))

    reconcile.check(lockstep.venue)

    assert lockstep.venue.trading.open_orders(SYMBOL) == []


def test_an_entry_not_yet_sent_is_not_sent_once_auto_trade_is_off(lockstep: Lockstep) -> None:
    lockstep.wire.lose_request(*PLACE)
    lockstep.enter()
    Bot.objects.update(auto_trade=False)
    Order.objects.update(updated_at=lockstep.orders("entry")[0].updated_at - timedelta(seconds=2))

    work_entries(lockstep.venue)

    assert lockstep.open_at_exchange() == 0
    assert lockstep.wire.count(*PLACE) == 1  # the one that was lost


class WatchedClock(SteppedClock):
    """Notes whether market time, which may be read over the network, was asked for inside a transaction."""

    asked_in_transaction = False

    def now(self) -> datetime:
        WatchedClock.asked_in_transaction |= connection.in_atomic_block
        return super().now()


@pytest.mark.django_db(transaction=True)
def test_the_venue_is_never_asked_for_its_time_inside_a_transaction(transactional_db: None, tmp_path: Path) -> None:
    """The clock re-reads by HTTP, with timeouts of seconds, while every writer of the database waits."""
    lockstep = Lockstep(tmp_path)
    object.__setattr__(lockstep.venue, "clock", WatchedClock(lockstep.host.clock))
    WatchedClock.asked_in_transaction = False

    lockstep.open_position()
    lockstep.price("10.100")
    lockstep.deliver()

    assert lockstep.position().quantity == Decimal(0)
    assert not WatchedClock.asked_in_transaction


def test_an_entry_that_left_late_is_given_a_deadline_that_the_exchange_takes(lockstep: Lockstep) -> None:
    """The exchange wants more than 600 s from its own now (-5040); the row may have waited for minutes."""
    lockstep.wire.lose_request(*PLACE)
    lockstep.enter()
    lockstep.step(120)
    Order.objects.update(updated_at=timezone.now() - timedelta(seconds=10))

    work_entries(lockstep.venue)
    lockstep.deliver()

    assert lockstep.orders("entry")[0].status == OrderStatus.FILLED
    assert lockstep.position().status == PositionStatus.OPEN


def test_at_the_speed_of_a_replay_the_deadline_covers_the_way_to_the_exchange(
    lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At 2880 times real speed a minute of market time is 21 ms: what a commit takes."""
    monkeypatch.setattr(SteppedClock, "speed", Decimal(2880))
    send = lockstep.venue.trading.place_order

    def send_slowly(request: OrderRequest) -> OrderState:
        lockstep.step(0.2 * 2880)
        return send(request)

    monkeypatch.setattr(lockstep.venue.trading, "place_order", send_slowly)

    lockstep.enter()

    assert lockstep.orders("entry")[0].status != OrderStatus.REJECTED


def test_each_sending_of_an_order_is_on_record_before_its_answer(lockstep: Lockstep) -> None:
    lockstep.wire.lose_request(*PLACE)
    lockstep.enter()
    Order.objects.update(updated_at=timezone.now() - timedelta(seconds=10))
    work_entries(lockstep.venue)
    entry = lockstep.orders("entry")[0]

    told = list(Event.objects.filter(facts__client_order_id=entry.client_order_id).order_by("id"))

    assert [event.kind for event in told] == ["entry_intended", "order_sent", "order_sent", "order_accepted"]
    assert all(event.facts["waited_ms"] >= 0 for event in told[1:3])
    assert told[3].facts["latency_ms"] >= 0
    assert entry.committed_at is not None
    assert entry.sent_at is not None
    assert entry.committed_at <= entry.sent_at <= entry.answered_at
