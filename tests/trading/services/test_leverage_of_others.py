"""Leverage belongs to who holds the symbol: another entry that comes too late leaves it alone."""

from decimal import Decimal

import pytest

from exchange.types import PositionSide
from signals.models import SignalStatus
from tests.lockstep import SYMBOL, Lockstep
from tests.trading.services.plans import look
from trading.core.states import OrderStatus, PositionStatus
from trading.models import Position
from trading.services import entry_plan, reconcile
from trading.services.entry import work_signal
from trading.services.manual_entry import ManualEntry, request_entry

WIDE = ManualEntry(
    symbol=SYMBOL,
    position_side=PositionSide.SHORT,
    leverage=1,
    stop_loss_pct=Decimal(60),
    take_profit_pct=Decimal(60),
    author="anna",
    margin=Decimal(200),
    price=Decimal("8.6"),
)


def leverage_at_exchange(lockstep: Lockstep) -> int:
    return lockstep.venue.trading.symbol_config(SYMBOL).leverage


def test_a_person_who_enters_while_a_bot_plans_keeps_the_leverage(
    lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = entry_plan.ready_account

    def meanwhile(*args: object) -> bool:
        request_entry(WIDE, account=lockstep.account, market=lockstep.venue.market, now=lockstep.now())
        look(lockstep)
        return ready(lockstep.venue)

    monkeypatch.setattr(entry_plan, "ready_account", meanwhile)
    signal = lockstep.signal()

    assert work_signal(signal, lockstep.venue) is None
    lockstep.price("8.650")
    lockstep.deliver()
    look(lockstep)
    reconcile.check(lockstep.venue)

    signal.refresh_from_db()
    position = lockstep.position()
    assert (signal.status, signal.reason_code) == (SignalStatus.REFUSED, "symbol_held")
    assert leverage_at_exchange(lockstep) == position.leverage == 1
    assert position.liquidation_price is not None
    assert position.stop_price < position.liquidation_price


def test_nothing_is_set_before_the_entry_is_written(lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    monkeypatch.setattr(
        "trading.services.entry.set_up", lambda symbol, **_wanted: seen.append(Position.objects.count())
    )

    lockstep.enter()

    assert seen == [1]


def test_an_entry_whose_leverage_could_not_be_set_waits_for_the_next_look(lockstep: Lockstep) -> None:
    lockstep.wire.lose_request("POST", "/fapi/v1/leverage")

    position = lockstep.enter()

    [entry] = lockstep.orders("entry")
    assert (position.status, entry.status) == (PositionStatus.PENDING, OrderStatus.PENDING)
