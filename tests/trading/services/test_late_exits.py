"""Forced closes whose trades come late, or by the stream alone: their result is in the books, as what it was."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from desk.event_kinds import EventKind
from desk.models import Event
from exchange.types import VenueTrade
from signals.models import Signal
from tests.lockstep import KEY, SYMBOL, Lockstep
from trading.core.states import ExitReason, PositionStatus
from trading.models import Fill, Position
from trading.services import bookkeeping, ledger, reconcile
from trading.services.found_flat import FLAT_CHECKS, FLAT_SECONDS
from trading.services.trade_sync import sync_trades


def by_hand(lockstep: Lockstep, side: str, quantity: str, name: str) -> None:
    order = {"symbol": SYMBOL, "side": side, "type": "MARKET", "quantity": quantity, "newClientOrderId": name}
    lockstep.host.execute("place_order", KEY, order)


def liquidate(lockstep: Lockstep) -> None:
    by_hand(lockstep, "BUY", str(lockstep.position().quantity), "autoclose-99")


def check_until_given_up(lockstep: Lockstep) -> None:
    for _ in range(FLAT_CHECKS + 2):
        lockstep.step(FLAT_SECONDS / FLAT_CHECKS)
        reconcile.check(lockstep.venue)


@contextmanager
def lagging_trades(lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The venue shows what is open at once, and no trade but those that we have."""
    trading = lockstep.venue.trading
    read, known = trading.trades, set(Fill.objects.values_list("trade_id", flat=True))

    def read_late(symbol: str, **limits: Any) -> list[VenueTrade]:
        return [trade for trade in read(symbol, **limits) if trade.trade_id in known]

    with monkeypatch.context() as lagging:
        lagging.setattr(trading, "trades", read_late)
        yield


def is_booked_as_liquidation(position: Position) -> bool:
    loss = position.fills.get(side="BUY").realized_pnl
    return (position.status, position.exit_reason, position.realized_pnl) == (
        PositionStatus.CLOSED,
        ExitReason.LIQUIDATION,
        loss,
    )


def test_a_liquidation_that_the_stream_told_of_is_booked_though_no_list_has_it(
    lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    lockstep.open_position()
    liquidate(lockstep)

    with lagging_trades(lockstep, monkeypatch):
        lockstep.deliver()

    assert is_booked_as_liquidation(lockstep.position())


def test_a_close_of_others_that_the_stream_told_of_is_booked_once(lockstep: Lockstep) -> None:
    quantity = lockstep.open_position().quantity
    by_hand(lockstep, "BUY", "10", "web_1")

    lockstep.deliver()
    reconcile.check(lockstep.venue)

    assert lockstep.position().quantity == quantity - 10
    assert lockstep.position().fills.filter(side="BUY").count() == 1


def test_a_liquidation_listed_after_the_position_was_given_up_is_booked_with_the_books(
    lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    lockstep.open_position()
    liquidate(lockstep)
    lockstep.lose_events()
    with lagging_trades(lockstep, monkeypatch):
        check_until_given_up(lockstep)
    assert lockstep.position().exit_reason == ExitReason.RECONCILE
    lockstep.step(90)

    bookkeeping.close_books(lockstep.venue)

    assert is_booked_as_liquidation(lockstep.position())
    assert not Event.objects.filter(kind=EventKind.LEDGER_DIFFERS).exists()


def test_a_position_given_up_takes_in_no_trade_that_was_made_after_it(
    lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    lockstep.open_position()
    liquidate(lockstep)
    lockstep.lose_events()
    with lagging_trades(lockstep, monkeypatch):
        check_until_given_up(lockstep)
        liquidation = lockstep.venue.trading.trades(SYMBOL, from_id=0)[-1].trade_id + 1
    lockstep.step(5)
    by_hand(lockstep, "SELL", "30", "web_2")
    by_hand(lockstep, "BUY", "30", "web_3")
    lockstep.step(90)

    bookkeeping.close_books(lockstep.venue)

    assert lockstep.position().fills.get(side="BUY").trade_id == liquidation


def test_what_is_gone_without_a_trade_is_named_by_the_books(
    lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    lockstep.open_position()
    liquidate(lockstep)
    lockstep.lose_events()
    with lagging_trades(lockstep, monkeypatch):
        check_until_given_up(lockstep)
        found = ledger.compare(lockstep.venue, start=lockstep.now() - timedelta(hours=1), end=lockstep.now())

    position = lockstep.position()
    named = [row for row in found.discrepancies if row.income_type == ledger.EXITED]
    assert [(row.row, row.ours, row.theirs) for row in named] == [
        (f"position {position.pk}", Decimal(0), position.entered_quantity)
    ]


def test_a_trade_of_the_next_position_is_booked_on_it_and_not_on_the_one_before(lockstep: Lockstep) -> None:
    lockstep.open_position()
    lockstep.price("5.000")
    lockstep.deliver()
    first = lockstep.position()
    lockstep.price("8.500")
    Signal.objects.update(day="2020-01-01")
    Position.objects.update(
        exit_reason=ExitReason.MANUAL,
        created_at=first.created_at - timedelta(days=2),
        closed_at=lockstep.now() - timedelta(days=1),
    )
    first.refresh_from_db()
    type(lockstep.account).objects.update(balances_at=lockstep.now())
    second = lockstep.open_position()
    lockstep.price("10.200")
    lockstep.lose_events()

    sync_trades(first, lockstep.venue)

    second.refresh_from_db()
    assert second.pk != first.pk
    assert (first.fills.count(), second.fills.count(), second.quantity) == (2, 2, 0)
    assert second.exit_reason == ExitReason.STOP_LOSS
