"""Protection: whatever the exchange answers, what was cancelled, refused or cannot be read: what is open has a stop."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal

import httpx2
import pytest
from django.utils import timezone

from desk.event_kinds import EventKind
from desk.models import Event
from exchange.types import OrderUpdate
from tests.lockstep import SYMBOL, Lockstep
from trading.core.states import LIVE, ExitReason, OrderStatus, PositionStatus
from trading.models import Order, Position
from trading.services import reconcile
from trading.services.climbing import ladder
from trading.services.exit_requests import request_close
from trading.services.ingest import take_in
from trading.services.protect import protect
from trading.services.tending import tend

PLACE_ALGO = ("POST", "/fapi/v1/algoOrder")
ASK_ALGO = ("GET", "/fapi/v1/algoOrder")
POSITIONS = ("GET", "/fapi/v3/positionRisk")
TRADES = ("GET", "/fapi/v1/userTrades")

Send = Callable[[], httpx2.Response]


def cancel_by_hand(lockstep: Lockstep, purpose: str) -> None:
    order = lockstep.orders(purpose)[-1]
    lockstep.host.execute("cancel_algo_order", "lockstep-key", {"clientAlgoId": order.client_order_id})


def rest_entry(lockstep: Lockstep) -> Position:
    """An entry one per cent above the market, where it waits."""
    lockstep.let_entries_rest()
    return lockstep.enter()


def covered_at_exchange(lockstep: Lockstep) -> Decimal:
    """Base asset that the stops standing at the exchange would close."""
    held = abs(lockstep.open_at_exchange())
    stops = [o for o in lockstep.venue.trading.open_algo_orders(SYMBOL) if o.order_type == "STOP_MARKET"]
    return sum((held if stop.close_position else stop.quantity for stop in stops), Decimal(0))


def fail(lockstep: Lockstep, request: tuple[str, str], times: int) -> None:
    for _ in range(times):
        lockstep.wire.swallow(*request)


def fills_of(lockstep: Lockstep) -> Sequence[OrderUpdate]:
    return [event for event in lockstep.events() if isinstance(event, OrderUpdate) and event.trade is not None]


def test_protecting_twice_places_nothing_twice(lockstep: Lockstep) -> None:
    position = lockstep.open_position()

    protect(position, lockstep.venue)
    protect(Position.objects.get(), lockstep.venue)

    assert lockstep.wire.count(*PLACE_ALGO) == 2
    assert len(lockstep.stops_at_exchange()) == 1


def test_a_stop_whose_answer_was_lost_is_found_at_the_exchange_at_once(lockstep: Lockstep) -> None:
    lockstep.wire.lose_answer(*PLACE_ALGO)

    lockstep.open_position()

    assert [order.status for order in lockstep.orders("stop")] == [OrderStatus.NEW]
    assert len(lockstep.stops_at_exchange()) == 1


def test_a_stop_that_never_connected_is_sent_by_the_next_tending(lockstep: Lockstep) -> None:
    lockstep.wire.lose_request(*PLACE_ALGO)
    position = lockstep.open_position()
    naked = lockstep.naked_at_exchange()

    tend(position, lockstep.venue)

    assert naked
    assert not lockstep.naked_at_exchange()
    assert lockstep.position().worst_naked_seconds > 0


def test_a_refused_stop_is_tried_again_under_a_new_id(lockstep: Lockstep) -> None:
    lockstep.wire.refuse(*PLACE_ALGO, -4045, "Reach max stop order limit.")

    lockstep.open_position()

    first, second = lockstep.orders("stop")
    assert (first.status, second.status) == (OrderStatus.REJECTED, OrderStatus.NEW)
    assert first.client_order_id != second.client_order_id
    assert not lockstep.naked_at_exchange()


def test_a_stop_refused_for_good_closes_the_position_at_market(either_mode: Lockstep) -> None:
    for _ in range(ladder().at_once):
        either_mode.wire.refuse(*PLACE_ALGO, -4045, "Reach max stop order limit.")

    either_mode.enter()
    either_mode.deliver()
    either_mode.deliver()

    position = either_mode.position()
    assert (position.status, position.exit_reason) == (PositionStatus.CLOSED, ExitReason.UNPROTECTED_FLATTEN)
    assert either_mode.open_at_exchange() == 0
    assert Event.objects.filter(kind=EventKind.POSITION_UNPROTECTED).exists()


def test_a_price_beyond_the_stop_closes_at_market(either_mode: Lockstep) -> None:
    either_mode.enter()
    either_mode.price("10.500")

    either_mode.deliver()
    either_mode.deliver()

    position = either_mode.position()
    assert (position.status, position.exit_reason) == (PositionStatus.CLOSED, ExitReason.STOP_LOSS)
    assert either_mode.open_at_exchange() == 0
    assert either_mode.venue.trading.open_algo_orders() == []


def test_a_price_beyond_the_take_profit_closes_at_market_as_take_profit(lockstep: Lockstep) -> None:
    lockstep.enter()
    lockstep.price("5.500")

    lockstep.deliver()
    lockstep.deliver()

    position = lockstep.position()
    assert (position.status, position.exit_reason) == (PositionStatus.CLOSED, ExitReason.TAKE_PROFIT)
    assert lockstep.open_at_exchange() == 0


@pytest.mark.parametrize("code", [-4130, -4509])
def test_where_the_closing_form_is_not_taken_the_stop_is_by_quantity(either_mode: Lockstep, code: int) -> None:
    either_mode.wire.refuse(*PLACE_ALGO, code)

    either_mode.enter()
    either_mode.deliver()

    stop = either_mode.orders("stop")[-1]
    assert (stop.close_position, stop.quantity) == (False, either_mode.position().quantity)
    assert not either_mode.naked_at_exchange()


def test_a_stop_cancelled_by_hand_is_not_a_trigger_and_is_placed_again(lockstep: Lockstep) -> None:
    lockstep.open_position()
    cancel_by_hand(lockstep, "stop")

    lockstep.deliver()

    assert lockstep.position().status == PositionStatus.OPEN
    assert [order.status for order in lockstep.orders("stop")] == [OrderStatus.CANCELED, OrderStatus.NEW]
    assert not lockstep.naked_at_exchange()


@pytest.mark.parametrize("purpose", ["stop", "take_profit"])
def test_a_leg_that_vanished_unheard_is_placed_again_by_the_check(lockstep: Lockstep, purpose: str) -> None:
    lockstep.open_position()
    cancel_by_hand(lockstep, purpose)
    lockstep.lose_events()

    reconcile.check(lockstep.venue)

    assert len(lockstep.venue.trading.open_algo_orders(SYMBOL)) == 2
    assert not lockstep.naked_at_exchange()
    assert Event.objects.filter(kind=EventKind.REPAIRED).exists()


def test_both_legs_lost_at_once_are_both_placed_again(lockstep: Lockstep) -> None:
    lockstep.open_position()
    cancel_by_hand(lockstep, "stop")
    cancel_by_hand(lockstep, "take_profit")
    lockstep.lose_events()

    reconcile.check(lockstep.venue)

    assert len(lockstep.venue.trading.open_algo_orders(SYMBOL)) == 2


def test_an_endless_refusal_does_not_end_in_a_ban(lockstep: Lockstep) -> None:
    for _ in range(60):
        lockstep.wire.refuse(*PLACE_ALGO, -4045)
        lockstep.wire.refuse("POST", "/fapi/v1/order", -1111) if _ else None
    lockstep.enter()
    lockstep.wire.tampering.extend(
        ("POST", "/fapi/v1/order", tamper)
        for _, path, tamper in lockstep.wire.tampering[:40]
        if path.endswith("algoOrder")
    )
    lockstep.deliver()

    for _ in range(30):
        tend(lockstep.position(), lockstep.venue)

    assert Order.objects.filter(purpose="stop").count() <= 10


def test_the_seconds_without_a_stop_are_on_record(lockstep: Lockstep) -> None:
    lockstep.open_position()

    event = Event.objects.get(kind=EventKind.STOP_PLACED)
    assert 0 <= event.facts["seconds"] < 5
    assert lockstep.position().protected_at is not None


def test_a_stop_that_the_exchange_no_longer_knows_is_placed_again(lockstep: Lockstep) -> None:
    """An order cancelled without a fill cannot be asked for after three days (-2013); positions live for three."""
    lockstep.open_position()
    cancel_by_hand(lockstep, "stop")
    lockstep.lose_events()
    Order.objects.update(sent_at=timezone.now() - timedelta(days=3))
    for _ in range(3):
        lockstep.wire.refuse(*ASK_ALGO, -2013, "Order does not exist.")
        reconcile.check(lockstep.venue)

    assert not lockstep.naked_at_exchange()


def test_a_stop_cancelled_by_hand_again_and_again_does_not_leave_the_position_naked(lockstep: Lockstep) -> None:
    lockstep.open_position()

    for _ in range(12):
        if lockstep.stops_at_exchange():
            cancel_by_hand(lockstep, "stop")
        lockstep.deliver()
    reconcile.check(lockstep.venue)

    assert not lockstep.naked_at_exchange()


def test_a_position_that_the_exchange_shows_late_is_protected_when_it_shows(lockstep: Lockstep) -> None:
    """The stop is refused for want of a position (-4509) for as long as the venue's own view lags behind the fill."""
    lockstep.enter()
    lag = 12
    for _ in range(lag):
        lockstep.wire.refuse(*PLACE_ALGO, -4509)
        lockstep.wire._next(*POSITIONS, lambda send: httpx2.Response(200, json=[]))
    lockstep.deliver()
    for _ in range(lag):
        tend(lockstep.position(), lockstep.venue)
    lockstep.wire.tampering.clear()

    for _ in range(3):
        tend(lockstep.position(), lockstep.venue)

    assert not lockstep.naked_at_exchange()


def test_a_stop_by_quantity_grows_with_what_fills_later(lockstep: Lockstep) -> None:
    rest_entry(lockstep)
    lockstep.wire.refuse(*PLACE_ALGO, -4130)
    lockstep.price("8.585", quantity="20")
    lockstep.deliver()

    lockstep.price("8.600")
    lockstep.deliver()
    reconcile.check(lockstep.venue)

    assert covered_at_exchange(lockstep) >= abs(lockstep.open_at_exchange())


def test_trades_that_cannot_be_read_do_not_keep_the_stop_from_leaving(lockstep: Lockstep) -> None:
    """One fill came through, the one before it was lost: it is known that something is open."""
    rest_entry(lockstep)
    lockstep.price("8.585", quantity="20")
    lockstep.lose_events()
    lockstep.price("8.590", quantity="25")
    fail(lockstep, TRADES, 60)

    for event in fills_of(lockstep):
        take_in(event, lockstep.venue)
    for _ in range(5):
        tend(lockstep.position(), lockstep.venue)

    assert lockstep.position().quantity > 0
    assert not lockstep.naked_at_exchange()


def test_while_a_close_cannot_even_be_prepared_the_stop_stands(lockstep: Lockstep) -> None:
    position = lockstep.open_position()
    request_close(position, reason=ExitReason.MANUAL, author="tests", now=lockstep.now())
    cancel_by_hand(lockstep, "stop")
    fail(lockstep, POSITIONS, 60)

    lockstep.deliver()
    for _ in range(5):
        tend(lockstep.position(), lockstep.venue)
    lockstep.wire.tampering.clear()

    assert lockstep.position().status == PositionStatus.CLOSING
    assert not lockstep.naked_at_exchange()


def test_a_stop_of_unknown_outcome_is_not_waited_for_when_the_exchange_cannot_be_asked(lockstep: Lockstep) -> None:
    lockstep.wire.swallow(*PLACE_ALGO)
    fail(lockstep, ASK_ALGO, 60)
    lockstep.open_position()
    Order.objects.filter(purpose="stop").update(sent_at=lockstep.orders("stop")[0].sent_at - timedelta(seconds=10))

    for _ in range(3):
        tend(lockstep.position(), lockstep.venue)

    assert not lockstep.naked_at_exchange()


def test_a_stop_that_arrives_after_it_was_given_up_is_taken_in(lockstep: Lockstep) -> None:
    """It comes between the look for it and the next attempt, which is then refused (-4130) and sent by quantity."""
    delayed: list[Send] = []

    def delay(send: Send) -> httpx2.Response:
        delayed.append(send)
        raise httpx2.ReadTimeout("timed out")

    def let_the_delayed_one_pass(send: Send) -> httpx2.Response:
        delayed.pop()()
        return send()

    lockstep.wire._next(*PLACE_ALGO, delay)
    lockstep.wire._next(*PLACE_ALGO, let_the_delayed_one_pass)
    position = lockstep.open_position()
    Order.objects.filter(purpose="stop").update(sent_at=lockstep.orders("stop")[0].sent_at - timedelta(seconds=2))
    tend(position, lockstep.venue)

    lockstep.deliver()

    living = {order.client_order_id for order in Order.objects.filter(purpose="stop", status__in=LIVE)}
    assert set(lockstep.stops_at_exchange()) <= living


@pytest.mark.parametrize("beyond_the_stop", [True, False], ids=["price-beyond", "refused"])
def test_a_position_flattened_without_ever_having_had_a_stop_counts_its_naked_seconds(
    lockstep: Lockstep, *, beyond_the_stop: bool
) -> None:
    if not beyond_the_stop:
        for _ in range(ladder().at_once):
            lockstep.wire.refuse(*PLACE_ALGO, -4045, "Reach max stop order limit.")
    lockstep.enter()
    if beyond_the_stop:
        lockstep.price("10.500")

    lockstep.deliver()
    lockstep.deliver()

    position = lockstep.position()
    assert position.status == PositionStatus.CLOSED
    assert position.protected_at is None
    assert position.worst_naked_seconds > 0


def test_a_stop_that_triggered_and_never_closed_protects_nothing_any_more(lockstep: Lockstep) -> None:
    """The order it became was cancelled or lost; the row goes on saying TRIGGERED."""
    lockstep.open_position()
    cancel_by_hand(lockstep, "stop")
    lockstep.lose_events()
    long_ago = lockstep.orders("stop")[0].updated_at - timedelta(seconds=6)
    Order.objects.filter(purpose="stop").update(status=OrderStatus.TRIGGERED, updated_at=long_ago)

    tend(lockstep.position(), lockstep.venue)

    assert not lockstep.naked_at_exchange()


def test_a_stop_that_is_firing_is_given_its_time(lockstep: Lockstep) -> None:
    lockstep.open_position()
    Order.objects.filter(purpose="stop").update(status=OrderStatus.TRIGGERED)

    tend(lockstep.position(), lockstep.venue)

    assert len(lockstep.orders("stop")) == 1


def test_a_stop_refused_for_want_of_a_position_that_shows_is_not_believed_for_long(lockstep: Lockstep) -> None:
    for _ in range(60):
        lockstep.wire.refuse(*PLACE_ALGO, -4509)
    lockstep.enter()
    lockstep.deliver()
    at_first = lockstep.position().status
    Position.objects.update(naked_since=lockstep.position().naked_since - timedelta(seconds=6))

    for _ in range(3):
        tend(lockstep.position(), lockstep.venue)
        lockstep.deliver()

    position = lockstep.position()
    assert at_first == PositionStatus.OPEN
    assert (position.status, position.exit_reason) == (PositionStatus.CLOSED, ExitReason.UNPROTECTED_FLATTEN)
    assert lockstep.open_at_exchange() == 0


def test_a_position_the_exchange_does_not_show_costs_no_stop_orders(lockstep: Lockstep) -> None:
    lockstep.enter()
    lockstep.wire.refuse(*PLACE_ALGO, -4509)
    for _ in range(20):
        lockstep.wire._next(*POSITIONS, lambda send: httpx2.Response(200, json=[]))
    lockstep.deliver()

    for _ in range(10):
        tend(lockstep.position(), lockstep.venue)

    assert len(lockstep.orders("stop")) == 1


def test_our_stop_that_the_exchange_has_although_it_was_given_up_is_taken_for_the_stop(lockstep: Lockstep) -> None:
    lockstep.open_position()
    Order.objects.filter(purpose="stop").update(status=OrderStatus.REJECTED, answered_at=None)
    lockstep.wire.refuse(*PLACE_ALGO, -4130)

    tend(lockstep.position(), lockstep.venue)

    assert [order.status for order in lockstep.orders("stop")] == [OrderStatus.NEW, OrderStatus.REJECTED]
    assert len(lockstep.stops_at_exchange()) == 1


def test_an_outage_leaves_few_stops_behind_and_none_too_many_afterwards(lockstep: Lockstep) -> None:
    """Each is carried out, no answer comes back, and nothing can be asked."""
    for _ in range(10):
        lockstep.wire.lose_answer(*PLACE_ALGO)
    fail(lockstep, ASK_ALGO, 200)
    lockstep.enter()
    for event in list(lockstep.events()):
        take_in(event, lockstep.venue)
    for _ in range(10):
        Order.objects.filter(purpose="stop").update(sent_at=timezone.now() - timedelta(seconds=10))
        tend(lockstep.position(), lockstep.venue)
    during = len(lockstep.stops_at_exchange())

    lockstep.wire.tampering.clear()
    lockstep.deliver()
    tend(lockstep.position(), lockstep.venue)

    assert 1 < during <= 4
    assert lockstep.position().status == PositionStatus.OPEN
    assert len(lockstep.stops_at_exchange()) == 1


def test_a_part_closed_by_hand_resizes_a_stop_by_quantity(either_mode: Lockstep) -> None:
    either_mode.wire.refuse(*PLACE_ALGO, -4130)
    either_mode.open_position()
    side = "SHORT" if either_mode.position().hedge_mode else "BOTH"
    by_hand = {"symbol": SYMBOL, "side": "BUY", "type": "MARKET", "quantity": "20", "positionSide": side}
    either_mode.host.execute("place_order", "lockstep-key", by_hand | {"newClientOrderId": "web_1"})

    either_mode.deliver()

    assert covered_at_exchange(either_mode) == Decimal("50.5")


def test_the_time_of_the_first_stop_is_kept_when_a_later_one_takes_its_place(lockstep: Lockstep) -> None:
    first = lockstep.open_position().protected_at
    lockstep.step(60)
    cancel_by_hand(lockstep, "stop")
    lockstep.deliver()

    assert not lockstep.naked_at_exchange()
    assert lockstep.position().protected_at == first
