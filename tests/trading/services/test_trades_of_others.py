"""What stood beside ours stays theirs: no trade of somebody else is booked for what our orders, or others, closed."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest

from exchange.types import VenueTrade
from tests.lockstep import KEY, SYMBOL, Lockstep
from trading.core.states import ExitReason, OrderStatus, PositionStatus, Purpose
from trading.models import Fill, Order
from trading.services import reconcile, submit, unheard_exits
from trading.services.exit_requests import request_close
from trading.services.tending import tend
from trading.services.trade_sync import SETTLED_AFTER, sync_trades


def by_hand(lockstep: Lockstep, side: str, quantity: str, name: str) -> None:
    lockstep.host.execute(
        "place_order",
        KEY,
        {"symbol": SYMBOL, "side": side, "type": "MARKET", "quantity": quantity, "newClientOrderId": name},
    )
    lockstep.lose_events()


def beside(lockstep: Lockstep) -> Decimal:
    """Quantity of our short, beside which somebody has sold and bought back 5, the second at 8.600."""
    quantity = lockstep.open_position().quantity
    by_hand(lockstep, "SELL", "5", "web_1")
    lockstep.price("8.600")
    by_hand(lockstep, "BUY", "5", "web_2")
    return quantity


def look_again_later(lockstep: Lockstep) -> None:
    sync_trades(lockstep.position(), lockstep.venue)
    lockstep.step(SETTLED_AFTER.total_seconds() + 1)
    sync_trades(lockstep.position(), lockstep.venue)


def booked(lockstep: Lockstep) -> list[tuple[Decimal, Decimal]]:
    """Price and quantity of what closed our position, oldest first."""
    fills = lockstep.position().fills.filter(side="BUY").order_by("trade_id")
    return [(fill.price, fill.quantity) for fill in fills]


@contextmanager
def lagging_trades(lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The venue shows what is open at once, and no trade later than those it has shown by now."""
    trading = lockstep.venue.trading
    read = trading.trades
    shown = {trade.trade_id for trade in read(SYMBOL)}

    def read_late(symbol: str, **limits: Any) -> list[VenueTrade]:
        return [trade for trade in read(symbol, **limits) if trade.trade_id in shown]

    with monkeypatch.context() as lagging:
        lagging.setattr(trading, "trades", read_late)
        yield


def test_what_others_closed_of_ours_is_the_trade_that_did_it_and_none_they_made_long_before(
    lockstep: Lockstep,
) -> None:
    quantity = beside(lockstep)
    look_again_later(lockstep)
    lockstep.price("8.300")
    by_hand(lockstep, "BUY", str(quantity), "web_3")

    sync_trades(lockstep.position(), lockstep.venue)

    assert booked(lockstep) == [(Decimal("8.301"), quantity)]


def test_a_trade_of_others_is_not_settled_while_positions_may_not_show_it_yet(lockstep: Lockstep) -> None:
    quantity = beside(lockstep)
    sync_trades(lockstep.position(), lockstep.venue)
    assert lockstep.position().trades_of_others_until is None

    lockstep.step(SETTLED_AFTER.total_seconds() + 1)
    sync_trades(lockstep.position(), lockstep.venue)

    assert lockstep.position().trades_of_others_until is not None
    assert (lockstep.position().quantity, booked(lockstep)) == (quantity, [])


def test_a_stop_that_fired_unheard_is_not_booked_as_a_trade_of_others(
    lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    quantity = beside(lockstep)
    with lagging_trades(lockstep, monkeypatch):
        lockstep.price("10.100")
        lockstep.lose_events()
        assert not lockstep.open_at_exchange()

        sync_trades(lockstep.position(), lockstep.venue)
        assert booked(lockstep) == []

    sync_trades(lockstep.position(), lockstep.venue)
    assert booked(lockstep) == [(Decimal("10.101"), quantity)]
    assert not Fill.objects.filter(order=None).exists()


def give_up(order: Order) -> None:
    """As after a sending without an answer, and no way to ask."""
    Order.objects.filter(pk=order.pk).update(
        status=OrderStatus.REJECTED, answered_at=None, venue_order_id=None, executed_quantity=0, reason="no answer"
    )


def lose_answer(stop: Order) -> None:
    Order.objects.filter(pk=stop.pk).update(status=OrderStatus.UNKNOWN, answered_at=None, venue_order_id=None)


@pytest.mark.parametrize("state", [give_up, lose_answer])
def test_a_close_takes_nothing_of_theirs_where_a_stop_without_an_answer_has_fired(
    lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch, state: Any
) -> None:
    lockstep.open_position()
    by_hand(lockstep, "SELL", "200", "web_1")
    reconcile.check(lockstep.venue)
    assert lockstep.position().is_shared
    (stop,) = [each for each in lockstep.orders(Purpose.STOP) if each.status == OrderStatus.NEW]
    with lagging_trades(lockstep, monkeypatch):
        lockstep.price("10.100")
        lockstep.lose_events()
        state(stop)
        request_close(lockstep.position(), reason=ExitReason.TIME_LIMIT, author="clock", now=lockstep.now())
        for _ in range(2):
            tend(lockstep.position(), lockstep.venue)
        assert lockstep.open_at_exchange() == -200

    for _ in range(3):
        tend(lockstep.position(), lockstep.venue)
    assert (lockstep.position().status, lockstep.open_at_exchange()) == (PositionStatus.CLOSED, -200)


def test_a_close_without_an_answer_is_asked_for_before_another_is_sent_beside_theirs(
    lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    lockstep.open_position()
    by_hand(lockstep, "SELL", "200", "web_1")
    reconcile.check(lockstep.venue)
    request_close(lockstep.position(), reason=ExitReason.MANUAL, author="owner", now=lockstep.now())
    lockstep.wire.lose_answer("POST", "/fapi/v1/order")
    with lagging_trades(lockstep, monkeypatch):
        tend(lockstep.position(), lockstep.venue)
        (close,) = lockstep.orders(Purpose.CLOSE)
        give_up(close)
        for _ in range(2):
            tend(lockstep.position(), lockstep.venue)
        assert lockstep.open_at_exchange() == -200
    for _ in range(3):
        tend(lockstep.position(), lockstep.venue)

    assert len(lockstep.orders(Purpose.CLOSE)) == 1
    assert (lockstep.position().status, lockstep.open_at_exchange()) == (PositionStatus.CLOSED, -200)


def test_a_stop_that_never_arrived_holds_a_close_up_no_longer_than_its_window(
    lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    lockstep.open_position()
    by_hand(lockstep, "SELL", "5", "web_1")
    reconcile.check(lockstep.venue)
    position = lockstep.position()
    never = lockstep.orders(Purpose.STOP)[0]
    never.pk, never.attempt, never.client_order_id = None, 99, never.client_order_id + "9"
    never.status, never.venue_order_id, never.sent_at = OrderStatus.UNKNOWN, None, lockstep.now()
    never.save()
    monkeypatch.setattr(submit, "is_older", lambda order, age: False)

    assert not unheard_exits.exits_are_heard(position, lockstep.venue)

    monkeypatch.setattr(submit, "is_older", lambda order, age: True)
    assert unheard_exits.exits_are_heard(position, lockstep.venue)


def test_of_a_pair_of_theirs_and_a_close_of_ours_only_the_close_is_booked(lockstep: Lockstep) -> None:
    beside(lockstep)
    lockstep.price("9.000")
    by_hand(lockstep, "BUY", "4", "web_3")

    sync_trades(lockstep.position(), lockstep.venue)

    assert booked(lockstep) == [(Decimal("9.001"), Decimal(4))]


def test_a_liquidation_just_after_a_pair_of_theirs_is_told_as_one(lockstep: Lockstep) -> None:
    quantity = beside(lockstep)
    lockstep.price("9.000")
    by_hand(lockstep, "BUY", str(quantity), "autoclose-123")

    sync_trades(lockstep.position(), lockstep.venue)

    assert booked(lockstep) == [(Decimal("9.001"), quantity)]
    assert lockstep.position().exit_reason == ExitReason.LIQUIDATION


def test_a_close_that_takes_theirs_and_ours_is_booked_with_the_part_that_was_ours(lockstep: Lockstep) -> None:
    quantity = lockstep.open_position().quantity
    by_hand(lockstep, "SELL", "5", "web_1")
    by_hand(lockstep, "BUY", "3", "web_2")
    lockstep.price("9.000")
    by_hand(lockstep, "BUY", "6", "web_3")

    for _ in range(2):
        sync_trades(lockstep.position(), lockstep.venue)

    assert booked(lockstep) == [(Decimal("9.001"), Decimal(4))]
    assert lockstep.position().quantity == quantity - 4


def test_a_pair_of_theirs_after_a_close_of_ours_excuses_it_not(lockstep: Lockstep) -> None:
    lockstep.open_position()
    by_hand(lockstep, "BUY", "4", "web_1")
    sync_trades(lockstep.position(), lockstep.venue)
    lockstep.price("9.000")
    by_hand(lockstep, "SELL", "5", "web_2")
    by_hand(lockstep, "BUY", "5", "web_3")

    for _ in range(2):
        sync_trades(lockstep.position(), lockstep.venue)

    assert booked(lockstep) == [(Decimal("8.501"), Decimal(4))]
