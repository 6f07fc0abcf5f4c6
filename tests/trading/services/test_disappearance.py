"""An order that the exchange neither cancels nor knows: not called gone before its time, nor against what is open."""

from datetime import timedelta

import httpx2
import pytest
from django.utils import timezone

from tests.lockstep import Lockstep
from trading.core.states import OrderStatus, PositionStatus
from trading.models import Order, Position
from trading.services import reconcile
from trading.services.cancelling import cancel
from trading.services.disappearance import end_if_gone

ASK, CANCEL = ("GET", "/fapi/v1/order"), ("DELETE", "/fapi/v1/order")
ASK_ALGO, CANCEL_ALGO = ("GET", "/fapi/v1/algoOrder"), ("DELETE", "/fapi/v1/algoOrder")
TRADES = ("GET", "/fapi/v1/userTrades")


def forget(lockstep: Lockstep) -> None:
    """The exchange refuses to cancel the next order, and does not know it."""
    lockstep.wire.refuse(*CANCEL, -2011, "Unknown order sent.")
    lockstep.wire.refuse(*ASK, -2013, "Order does not exist.")


def forget_algo(lockstep: Lockstep) -> None:
    lockstep.wire.refuse(*CANCEL_ALGO, -2011, "Unknown order sent.")
    lockstep.wire.refuse(*ASK_ALGO, -2013, "Order does not exist.")


def rest_entry(lockstep: Lockstep) -> Order:
    """An entry one per cent above the market, where it waits."""
    lockstep.let_entries_rest()
    lockstep.enter()
    return entry()


def entry() -> Order:
    return Order.objects.select_related("position__account", "position__bot").get(purpose="entry")


def sent(ago: timedelta) -> None:
    Order.objects.update(sent_at=timezone.now() - ago)


def test_an_order_is_not_called_gone_within_its_window(lockstep: Lockstep) -> None:
    rest_entry(lockstep)
    forget(lockstep)

    cancel(entry(), lockstep.venue)

    assert entry().status == OrderStatus.NEW


def test_after_its_window_it_is_gone(lockstep: Lockstep) -> None:
    rest_entry(lockstep)
    sent(timedelta(seconds=61))
    forget(lockstep)

    cancel(entry(), lockstep.venue)

    assert (entry().status, entry().reason) == (OrderStatus.EXPIRED, "no longer known to the exchange")


def test_one_that_filled_unheard_is_filled_and_not_gone(lockstep: Lockstep) -> None:
    rest_entry(lockstep)
    lockstep.price("8.700")
    lockstep.lose_events()
    sent(timedelta(seconds=61))
    forget(lockstep)

    cancel(entry(), lockstep.venue)

    position = lockstep.position()
    assert entry().status == OrderStatus.FILLED
    assert (position.status, position.quantity) == (PositionStatus.OPEN, -lockstep.open_at_exchange())


def test_while_more_is_open_than_its_trades_explain_it_is_not_called_gone(lockstep: Lockstep) -> None:
    rest_entry(lockstep)
    lockstep.price("8.700")
    lockstep.lose_events()
    sent(timedelta(seconds=61))
    forget(lockstep)
    lockstep.wire.refuse(*TRADES, -1, "answered below")
    lockstep.wire.tampering[-1] = (*TRADES, no_trades)

    cancel(entry(), lockstep.venue)

    assert entry().status == OrderStatus.NEW


def no_trades(send: object) -> httpx2.Response:
    return httpx2.Response(200, json=[])


def test_quantity_of_others_does_not_hold_it_up_for_good(lockstep: Lockstep) -> None:
    order = rest_entry(lockstep)
    by_hand = {"symbol": order.symbol, "side": "SELL", "type": "MARKET", "quantity": "7", "newClientOrderId": "web_1"}
    lockstep.host.execute("place_order", "lockstep-key", by_hand)
    lockstep.lose_events()
    sent(timedelta(minutes=2))
    forget(lockstep)
    cancel(entry(), lockstep.venue)
    early = entry().status
    sent(timedelta(minutes=6))
    forget(lockstep)

    cancel(entry(), lockstep.venue)

    assert early == OrderStatus.NEW
    assert entry().status == OrderStatus.EXPIRED


def test_the_answer_to_a_cancel_counts_where_the_order_is_then_unknown(lockstep: Lockstep) -> None:
    rest_entry(lockstep)
    lockstep.wire.refuse(*ASK, -2013, "Order does not exist.")

    cancel(entry(), lockstep.venue)

    assert entry().status == OrderStatus.CANCELED


@pytest.mark.parametrize("purpose", ["stop", "take_profit"])
def test_cancelling_and_the_check_keep_the_same_rule_for_legs(lockstep: Lockstep, purpose: str) -> None:
    lockstep.open_position()
    order = Order.objects.select_related("position__account", "position__bot").get(purpose=purpose)
    lockstep.host.execute("cancel_algo_order", "lockstep-key", {"clientAlgoId": order.client_order_id})
    lockstep.lose_events()
    sent(timedelta(0))
    forget_algo(lockstep)
    cancel(order, lockstep.venue)
    after_cancel = Order.objects.get(pk=order.pk).status
    lockstep.wire.tampering.clear()
    sent(timedelta(0))
    lockstep.wire.refuse(*ASK_ALGO, -2013, "Order does not exist.")
    reconcile.reconcile(lockstep.venue)

    assert after_cancel == OrderStatus.NEW
    assert Order.objects.get(pk=order.pk).status == OrderStatus.NEW


def test_an_order_of_a_closed_position_ends_whatever_is_open_by_now(lockstep: Lockstep) -> None:
    order = rest_entry(lockstep)
    sent(timedelta(seconds=61))
    Position.objects.update(status="closed", exit_reason="entry_unfilled", closed_at=lockstep.now())
    order.refresh_from_db()

    assert end_if_gone(order, lockstep.venue)
    assert entry().status == OrderStatus.EXPIRED
