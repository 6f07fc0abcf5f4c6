"""Protection: whatever the exchange answers, what is open has a stop or is closed."""

import pytest

from desk.event_kinds import EventKind
from desk.models import Event
from tests.lockstep import SYMBOL, Lockstep
from trading.core.states import ExitReason, OrderStatus, PositionStatus
from trading.models import Order, Position
from trading.services import reconcile
from trading.services.protect import protect
from trading.services.tending import tend

PLACE_ALGO = ("POST", "/fapi/v1/algoOrder")


def cancel_by_hand(lockstep: Lockstep, purpose: str) -> None:
    order = lockstep.orders(purpose)[-1]
    lockstep.host.execute("cancel_algo_order", "lockstep-key", {"clientAlgoId": order.client_order_id})


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
    for _ in range(3):
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
