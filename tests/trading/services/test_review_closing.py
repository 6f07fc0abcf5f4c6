"""Closing on bad days: every close comes to an end, with the right reason, and leaves a record."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from desk.event_kinds import EventKind
from desk.models import Event
from exchange.types import VenueTrade
from tests.lockstep import KEY, SYMBOL, Lockstep
from trading.core.states import ExitReason, OrderStatus, PositionStatus
from trading.models import Fill, Order
from trading.services import exits, reconcile
from trading.services.exit_requests import request_close
from trading.services.tending import tend
from trading.services.working_entries import work_entries

PLACE = ("POST", "/fapi/v1/order")


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
    version = lockstep.bot.config_version
    version.values = {"live_fixed_margin_usdt": "200", "entry_offset_pct": "1"}
    version.save()
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
