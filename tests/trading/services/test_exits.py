"""Closing: close-only, verified to zero, protection last; with the right reason; and what others do meanwhile."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from desk.event_kinds import EventKind
from desk.models import Event
from exchange.types import VenueTrade
from tests.lockstep import KEY, SYMBOL, Lockstep
from trading.core.states import ExitReason, OrderStatus, PositionStatus, Purpose
from trading.models import Fill, Order
from trading.services import exits, intents, reconcile
from trading.services.exit_requests import request_close
from trading.services.tending import tend
from trading.services.working_entries import work_entries

PLACE = ("POST", "/fapi/v1/order")


def close_by_hand(lockstep: Lockstep, quantity: str | None = None) -> None:
    order = {
        "symbol": SYMBOL,
        "side": "BUY",
        "type": "MARKET",
        "quantity": quantity or f"{-lockstep.open_at_exchange():f}",
        "reduceOnly": "true",
        "newClientOrderId": "web_close",
    }
    lockstep.host.execute("place_order", "lockstep-key", order)


def ask_to_close(lockstep: Lockstep) -> None:
    request_close(lockstep.position(), reason=ExitReason.MANUAL, author="tests", now=lockstep.now())


def trade_by_hand(lockstep: Lockstep, side: str, quantity: str, **more: str) -> None:
    order = {"symbol": SYMBOL, "side": side, "type": "MARKET", "quantity": quantity, "newClientOrderId": "web_1"}
    lockstep.host.execute("place_order", KEY, order | more)


def settle(lockstep: Lockstep) -> None:
    """All that the processes do about a position, several times."""
    for _ in range(5):
        lockstep.deliver()
        tend(lockstep.position(), lockstep.venue)
        reconcile.check(lockstep.venue)


def test_a_wish_to_close_is_carried_out_to_zero_and_swept(either_mode: Lockstep) -> None:
    either_mode.open_position()

    ask_to_close(either_mode)
    tend(either_mode.position(), either_mode.venue)
    either_mode.deliver()
    tend(either_mode.position(), either_mode.venue)

    position = either_mode.position()
    assert (position.status, position.exit_reason) == (PositionStatus.CLOSED, ExitReason.MANUAL)
    assert either_mode.open_at_exchange() == 0
    assert either_mode.venue.trading.open_algo_orders() == []


def test_a_second_wish_changes_nothing(lockstep: Lockstep) -> None:
    lockstep.open_position()
    ask_to_close(lockstep)

    again = request_close(
        lockstep.position(), reason=ExitReason.TIME_LIMIT, author="strategy", now=lockstep.now()
    )  # fmt: skip

    assert not again
    assert lockstep.position().exit_reason == ExitReason.MANUAL


def test_while_a_close_fails_the_stop_stands(lockstep: Lockstep) -> None:
    lockstep.open_position()
    ask_to_close(lockstep)
    lockstep.wire.refuse(*PLACE, -2019, "Margin is insufficient.")

    tend(lockstep.position(), lockstep.venue)
    refused = lockstep.position().status
    naked = lockstep.naked_at_exchange()
    tend(lockstep.position(), lockstep.venue)
    tend(lockstep.position(), lockstep.venue)

    assert refused == PositionStatus.CLOSING
    assert not naked
    assert lockstep.position().status == PositionStatus.CLOSED


def test_a_close_whose_answer_was_lost_is_not_doubled(lockstep: Lockstep) -> None:
    lockstep.open_position()
    ask_to_close(lockstep)
    lockstep.wire.lose_answer(*PLACE)

    for _ in range(3):
        tend(lockstep.position(), lockstep.venue)

    assert lockstep.open_at_exchange() == 0
    assert lockstep.wire.count(*PLACE) == 2  # the entry and one close
    assert lockstep.position().status == PositionStatus.CLOSED


def test_a_position_larger_than_one_market_order_is_closed_in_pieces(db: None, tmp_path: Path) -> None:
    lockstep = Lockstep(tmp_path)
    lockstep.open_position()
    lockstep.market._market_max = "30"
    lockstep.venue.rules._read_at = None
    ask_to_close(lockstep)

    for _ in range(5):
        tend(lockstep.position(), lockstep.venue)

    assert lockstep.open_at_exchange() == 0
    assert [order.quantity for order in lockstep.orders("close")] == [30, 30, Decimal("10.5")]
    assert lockstep.position().status == PositionStatus.CLOSED


def test_after_a_market_that_was_too_thin_a_close_takes_what_is_within_the_band(either_mode: Lockstep) -> None:
    either_mode.open_position()
    ask_to_close(either_mode)
    either_mode.wire.refuse(*PLACE, code=-4131, message="the market is too thin")

    for _ in range(3):
        tend(either_mode.position(), either_mode.venue)
        either_mode.deliver()

    refused, bounded = either_mode.orders("close")
    assert (refused.status, refused.order_type) == (OrderStatus.REJECTED, "MARKET")
    assert (bounded.status, bounded.order_type) == (OrderStatus.FILLED, "LIMIT")
    assert bounded.price > bounded.average_price
    assert either_mode.open_at_exchange() == 0
    assert either_mode.position().status == PositionStatus.CLOSED


def test_what_the_band_did_not_fill_is_asked_for_at_market_again(lockstep: Lockstep) -> None:
    lockstep.open_position()
    ask_to_close(lockstep)
    lockstep.wire.refuse(*PLACE, code=-4131)
    lockstep.wire.refuse(*PLACE, code=-2010, message="nothing within the bound")

    for _ in range(4):
        tend(lockstep.position(), lockstep.venue)

    assert [order.order_type for order in lockstep.orders("close")] == ["MARKET", "LIMIT", "MARKET"]
    assert lockstep.position().status == PositionStatus.CLOSED


def test_a_market_close_that_expired_leaves_the_rest_to_a_bounded_one(lockstep: Lockstep) -> None:
    lockstep.open_position()
    ask_to_close(lockstep)
    lockstep.wire.refuse(*PLACE, code=-2010)
    tend(lockstep.position(), lockstep.venue)
    Order.objects.filter(purpose="close").update(status=OrderStatus.EXPIRED, reason_code=None)

    for _ in range(3):
        tend(lockstep.position(), lockstep.venue)

    assert [order.order_type for order in lockstep.orders("close")][:2] == ["MARKET", "LIMIT"]
    assert lockstep.open_at_exchange() == 0


def test_a_position_closed_outside_is_recognised_and_its_legs_swept(lockstep: Lockstep) -> None:
    lockstep.open_position()

    close_by_hand(lockstep)
    lockstep.deliver()
    tend(lockstep.position(), lockstep.venue)

    position = lockstep.position()
    assert (position.status, position.exit_reason) == (PositionStatus.CLOSED, ExitReason.EXTERNAL)
    assert lockstep.venue.trading.open_algo_orders() == []


def test_a_position_closed_outside_unheard_is_found_by_the_check(lockstep: Lockstep) -> None:
    lockstep.open_position()
    close_by_hand(lockstep)
    lockstep.lose_events()

    reconcile.check(lockstep.venue)

    assert lockstep.position().exit_reason == ExitReason.EXTERNAL


def test_a_part_closed_outside_leaves_the_rest_protected(lockstep: Lockstep) -> None:
    lockstep.open_position()

    close_by_hand(lockstep, "20")
    lockstep.deliver()

    position = lockstep.position()
    assert (position.status, position.quantity) == (PositionStatus.OPEN, Decimal("50.5"))
    assert not lockstep.naked_at_exchange()


@pytest.mark.parametrize(
    ("price", "reason"), [("10.100", ExitReason.STOP_LOSS), ("5.600", ExitReason.TAKE_PROFIT)], ids=["stop", "target"]
)
def test_an_exit_that_fired_unheard_is_found_by_the_check_with_its_reason(
    lockstep: Lockstep, price: str, reason: ExitReason
) -> None:
    lockstep.open_position()
    lockstep.price(price)
    lockstep.lose_events()

    reconcile.check(lockstep.venue)

    position = lockstep.position()
    assert (position.status, position.exit_reason) == (PositionStatus.CLOSED, reason)
    assert position.quantity == 0


def test_a_partly_filled_entry_is_cancelled_before_its_stop_ends_the_position(lockstep: Lockstep) -> None:
    lockstep.let_entries_rest()
    lockstep.enter()
    lockstep.price("8.585", quantity="20")
    lockstep.deliver()
    lockstep.wire.refuse("GET", "/fapi/v1/none", -1)

    ask_to_close(lockstep)
    for _ in range(3):
        tend(lockstep.position(), lockstep.venue)

    assert lockstep.orders("entry")[0].status == OrderStatus.CANCELED
    assert lockstep.open_at_exchange() == 0
    assert lockstep.position().status == PositionStatus.CLOSED


def test_the_symbol_is_free_again_after_a_close(lockstep: Lockstep) -> None:
    lockstep.open_position()
    lockstep.price("5.600")
    lockstep.deliver()
    lockstep.price("8.500")
    lockstep.enter(day=lockstep.now().date() + timedelta(days=1))
    lockstep.deliver()

    assert lockstep.position().status == PositionStatus.OPEN
    assert not lockstep.naked_at_exchange()


def test_a_close_ends_although_somebody_added_to_the_position_by_hand(lockstep: Lockstep) -> None:
    lockstep.open_position()
    trade_by_hand(lockstep, "SELL", "10")
    ask_to_close(lockstep)

    settle(lockstep)

    assert lockstep.position().status == PositionStatus.CLOSED
    assert lockstep.open_at_exchange() == -10  # theirs, left alone
    assert lockstep.stops_at_exchange() == []


def test_our_stop_leaves_alone_what_somebody_added_by_hand(lockstep: Lockstep) -> None:
    lockstep.open_position()
    trade_by_hand(lockstep, "SELL", "10")
    settle(lockstep)

    lockstep.price("10.100")
    settle(lockstep)

    assert lockstep.open_at_exchange() == -10


def test_a_long_opened_by_hand_in_hedge_mode_is_no_exit_of_our_short(db: None, tmp_path: Path) -> None:
    lockstep = Lockstep(tmp_path, hedge_mode=True)
    ours = lockstep.open_position().quantity
    trade_by_hand(lockstep, "BUY", "80", positionSide="LONG")

    settle(lockstep)

    position = lockstep.position()
    assert (position.status, position.quantity) == (PositionStatus.OPEN, ours)


def test_a_trade_by_hand_while_our_entry_rests_is_not_ours(lockstep: Lockstep) -> None:
    lockstep.let_entries_rest()
    lockstep.enter()

    trade_by_hand(lockstep, "BUY", "5")
    lockstep.deliver()

    assert Fill.objects.count() == 0


def test_a_position_gone_from_the_exchange_without_a_trade_is_closed_as_found_so(lockstep: Lockstep) -> None:
    """Settlement of a delisted contract, or trades that fell out of the venue's memory."""
    lockstep.open_position()
    trade_by_hand(lockstep, "BUY", "70.5", reduceOnly="true")
    lockstep.host.engine.account(KEY).fills.pop()
    lockstep.lose_events()

    for _ in range(20):
        reconcile.check(lockstep.venue)
        lockstep.step(4)

    assert (lockstep.position().status, lockstep.position().exit_reason) == (
        PositionStatus.CLOSED,
        ExitReason.RECONCILE,
    )


def test_a_stop_that_fires_after_eight_days_is_found_by_the_check(
    lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The venue answers with seven days of trades from the given start on; a position may be held for thirty."""
    trading = lockstep.venue.trading
    answer = trading.trades

    def of_seven_days(symbol: str, *, start: datetime | None = None, **more: Any) -> Sequence[VenueTrade]:
        trades = answer(symbol, start=start, **more)
        return [trade for trade in trades if start is None or trade.at < start + timedelta(days=7)]

    monkeypatch.setattr(trading, "trades", of_seven_days)
    version = lockstep.bot.config_version
    version.values = {"live_fixed_margin_usdt": "200", "max_hold_hours": 720}
    version.save()
    lockstep.open_position()
    lockstep.price("10.100", after=8 * 86400)
    lockstep.lose_events()

    for _ in range(5):
        reconcile.check(lockstep.venue)

    position = lockstep.position()
    assert (position.status, position.exit_reason) == (PositionStatus.CLOSED, ExitReason.STOP_LOSS)


def test_a_trade_whose_order_cannot_be_named_yet_is_not_taken_for_somebody_elses(lockstep: Lockstep) -> None:
    lockstep.open_position()
    lockstep.price("10.100")
    lockstep.lose_events()
    lockstep.wire.refuse("GET", "/fapi/v1/order", -2013, "Order does not exist.")

    settle(lockstep)

    position = lockstep.position()
    assert (position.status, position.exit_reason) == (PositionStatus.CLOSED, ExitReason.STOP_LOSS)


@pytest.mark.parametrize(
    ("client_order_id", "reason"),
    [
        ("autoclose-1732381265000", ExitReason.LIQUIDATION),
        ("adl_autoclose", ExitReason.ADL),
        ("settlement_autoclose-1732381265000", ExitReason.DELISTED),
    ],
)
def test_a_close_by_the_exchange_itself_has_its_own_reason(
    lockstep: Lockstep, client_order_id: str, reason: ExitReason
) -> None:
    lockstep.open_position()
    trade_by_hand(lockstep, "BUY", "70.5", reduceOnly="true", newClientOrderId=client_order_id)

    settle(lockstep)

    assert (lockstep.position().status, lockstep.position().exit_reason) == (PositionStatus.CLOSED, reason)


def test_a_close_refused_again_and_again_is_not_sent_on_every_tick(lockstep: Lockstep) -> None:
    """Ticks come every two seconds, rows and events would come with each, until the attempt number overflows."""
    lockstep.open_position()
    ask_to_close(lockstep)
    for _ in range(40):
        lockstep.wire.refuse(*PLACE, -2019, "Margin is insufficient.")

    for _ in range(40):
        tend(lockstep.position(), lockstep.venue)

    assert len(lockstep.orders("close")) <= 10
    assert Event.objects.filter(kind=EventKind.ORDER_REFUSED).count() <= 10


def test_contract_rules_that_cannot_be_read_anew_do_not_hold_up_a_close(lockstep: Lockstep) -> None:
    lockstep.open_position()
    lockstep.venue.rules._read_at -= timedelta(hours=2)
    for _ in range(30):
        lockstep.wire.swallow("GET", "/fapi/v1/exchangeInfo")
    ask_to_close(lockstep)

    for _ in range(3):
        tend(lockstep.position(), lockstep.venue)

    assert lockstep.open_at_exchange() == 0
    assert lockstep.position().status == PositionStatus.CLOSED


def test_an_entry_not_yet_sent_is_not_sent_after_its_position_was_asked_to_close(lockstep: Lockstep) -> None:
    lockstep.wire.lose_request(*PLACE)
    lockstep.enter()
    ask_to_close(lockstep)
    Order.objects.update(updated_at=lockstep.orders("entry")[0].updated_at - timedelta(seconds=2))

    work_entries(lockstep.venue)

    assert lockstep.wire.count(*PLACE) == 1  # the one that was lost


def test_a_second_process_sends_no_second_close(lockstep: Lockstep) -> None:
    """It looked at the venue before the first close was carried out; its trades are not in our rows yet."""
    position = lockstep.open_position()
    ask_to_close(lockstep)
    tend(position, lockstep.venue)
    Fill.objects.filter(side="BUY").delete()
    stale = lockstep.position()
    Order.objects.filter(purpose="close").update(executed_quantity=stale.entered_quantity)
    type(stale).objects.update(status="closing", closed_at=None, quantity=stale.entered_quantity)

    again = intents.close(stale, quantity=stale.entered_quantity, now=lockstep.now())

    assert again is None


def test_trades_that_cannot_be_read_do_not_hold_up_a_close(lockstep: Lockstep) -> None:
    lockstep.open_position()
    ask_to_close(lockstep)
    for _ in range(60):
        lockstep.wire.swallow("GET", "/fapi/v1/userTrades")

    for _ in range(3):
        tend(lockstep.position(), lockstep.venue)

    assert lockstep.open_at_exchange() == 0
    assert len(lockstep.orders("close")) == 1


@pytest.mark.parametrize("code", [-2022, -4118])
def test_a_close_that_other_orders_leave_no_room_for_makes_the_take_profit_go(lockstep: Lockstep, code: int) -> None:
    lockstep.open_position()
    ask_to_close(lockstep)
    lockstep.wire.refuse(*PLACE, code)

    tend(lockstep.position(), lockstep.venue)
    naked = lockstep.naked_at_exchange()
    targets = [o for o in lockstep.venue.trading.open_algo_orders() if o.order_type == "TAKE_PROFIT_MARKET"]
    settle(lockstep)

    assert not naked
    assert targets == []
    assert lockstep.position().status == PositionStatus.CLOSED


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("kind", [EventKind.POSITION_CLOSED, EventKind.ENTRY_UNFILLED, EventKind.ORDER_REFUSED])
@pytest.mark.django_db(transaction=True)
def test_a_process_killed_between_a_change_and_its_event_loses_neither(
    transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: EventKind
) -> None:
    lockstep = Lockstep(tmp_path)
    if kind == EventKind.POSITION_CLOSED:
        lockstep.open_position()
        lockstep.price("10.100")
    else:
        lockstep.wire.refuse(*PLACE, -2019, "Margin is insufficient.")
    record = exits.events.record

    def killed(of: EventKind, **facts: Any) -> Event:
        if of == kind:
            raise Killed
        return record(of, **facts)

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr("desk.events.record", killed)
        if kind != EventKind.POSITION_CLOSED:
            lockstep.enter()
        lockstep.deliver()
        tend(lockstep.position(), lockstep.venue)
    Order.objects.filter(status=OrderStatus.SUBMITTING).update(sent_at=lockstep.account.created_at - timedelta(hours=1))
    work_entries(lockstep.venue)
    settle(lockstep)

    assert lockstep.position().status == PositionStatus.CLOSED
    assert Event.objects.filter(kind=kind).count() == 1


def test_what_is_too_fine_for_a_market_order_is_closed_by_a_limit(lockstep: Lockstep) -> None:
    lockstep.open_position()
    rules = lockstep.venue.rules(SYMBOL)
    lockstep.venue.rules._rules[SYMBOL] = replace(rules, market_step_size=Decimal(1))  # type: ignore[attr-defined]
    request_close(lockstep.position(), reason=ExitReason.MANUAL, author="anna", now=lockstep.now())

    for _ in range(3):
        tend(lockstep.position(), lockstep.venue)
        lockstep.deliver()

    closes = lockstep.orders(Purpose.CLOSE)
    assert [(order.order_type, order.quantity) for order in closes] == [("MARKET", 70), ("LIMIT", Decimal("0.5"))]
    assert (lockstep.position().status, lockstep.open_at_exchange()) == (PositionStatus.CLOSED, 0)
