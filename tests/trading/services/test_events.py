"""The stream: late, doubled, out of order or lost, events lead to the same end."""

from itertools import permutations

import pytest

from desk.event_kinds import EventKind
from desk.models import Event
from exchange.types import OrderUpdate
from tests.lockstep import SYMBOL, Lockstep
from trading.core.states import ExitReason, PositionStatus
from trading.models import Fill
from trading.services import reconcile
from trading.services.ingest import take_in


def settle(lockstep: Lockstep) -> None:
    lockstep.deliver()
    reconcile.check(lockstep.venue)
    lockstep.deliver()


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_events_of_an_entry_in_any_order_make_one_protected_position(
    lockstep: Lockstep, order: tuple[int, ...]
) -> None:
    lockstep.enter()
    events = list(lockstep.events())

    for place in order:
        take_in(events[place % len(events)], lockstep.venue)
    settle(lockstep)

    assert Fill.objects.count() == 1
    assert lockstep.position().quantity == -lockstep.open_at_exchange()
    assert not lockstep.naked_at_exchange()


def test_doubled_events_are_taken_in_once(lockstep: Lockstep) -> None:
    lockstep.enter()
    events = list(lockstep.events())

    for event in [*events, *events, *reversed(events)]:
        take_in(event, lockstep.venue)

    assert Fill.objects.count() == 1
    assert Event.objects.filter(kind=EventKind.ENTRY_FILLED).count() == 1
    assert len(lockstep.stops_at_exchange()) == 1


def test_the_events_of_a_stop_reversed_still_end_as_stop_loss(lockstep: Lockstep) -> None:
    lockstep.open_position()
    lockstep.price("10.100")

    for event in reversed(list(lockstep.events())):
        take_in(event, lockstep.venue)
    settle(lockstep)

    position = lockstep.position()
    assert (position.status, position.exit_reason) == (PositionStatus.CLOSED, ExitReason.STOP_LOSS)
    assert Fill.objects.count() == 2


def test_a_stream_that_stayed_silent_all_along_is_made_up_for_by_one_check(lockstep: Lockstep) -> None:
    lockstep.enter()
    lockstep.lose_events()

    reconcile.reconcile(lockstep.venue)

    assert lockstep.position().status == PositionStatus.OPEN
    assert not lockstep.naked_at_exchange()


def test_events_before_the_answer_of_the_order_they_belong_to_lose_nothing(lockstep: Lockstep) -> None:
    lockstep.wire.lose_answer("POST", "/fapi/v1/order")
    lockstep.enter()

    lockstep.deliver()

    assert lockstep.position().status == PositionStatus.OPEN
    assert not lockstep.naked_at_exchange()


def test_foreign_orders_are_not_taken_for_ours(lockstep: Lockstep) -> None:
    lockstep.market.trade("XRPUSDT", lockstep.host.clock.now_ms() - 1, "1.100")
    by_hand = {"symbol": "XRPUSDT", "side": "BUY", "type": "MARKET", "quantity": "30", "newClientOrderId": "web_1"}
    lockstep.host.execute("place_order", "lockstep-key", by_hand)

    updates = list(lockstep.events())
    for event in updates:
        take_in(event, lockstep.venue)
    reconcile.check(lockstep.venue)
    reconcile.check(lockstep.venue)

    assert any(isinstance(event, OrderUpdate) for event in updates)
    assert Fill.objects.count() == 0
    assert lockstep.venue.trading.open_algo_orders("XRPUSDT") == []
    assert Event.objects.filter(kind=EventKind.FOREIGN_FOUND, symbol="XRPUSDT").count() == 1


def test_an_orphan_of_ours_is_cancelled_and_a_foreign_stop_is_not(lockstep: Lockstep) -> None:
    position = lockstep.open_position()
    foreign = {
        "algoType": "CONDITIONAL", "symbol": SYMBOL, "side": "BUY", "type": "STOP_MARKET", "quantity": "1",
        "triggerPrice": "12", "clientAlgoId": "web_stop",
    }  # fmt: skip
    lockstep.host.execute("place_algo_order", "lockstep-key", foreign)
    type(position).objects.update(status="closed", exit_reason="manual", closed_at=lockstep.now(), quantity=0)

    reconcile.reconcile(lockstep.venue)

    standing = [order.client_order_id for order in lockstep.venue.trading.open_algo_orders(SYMBOL)]
    assert standing == ["web_stop"]
