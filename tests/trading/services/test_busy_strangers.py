"""Somebody trades busily beside us: each of his orders is asked for once, and neither books nor checks jam."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from desk import lease
from exchange.errors import ExchangeError
from exchange.types import IncomeRow
from tests.lockstep import KEY, SYMBOL, Lockstep
from tests.trading.services.conftest import OTHER
from trading.core.rivals import Standing
from trading.models import Income
from trading.services import bookkeeping, reconcile
from trading.services.strangers import known_name
from trading.services.surroundings import LISTED_WITHIN, look_around
from trading.venue_memory import NAMES_KEPT, OrderNames


def trade_by_hand(lockstep: Lockstep, *, times: int) -> None:
    for number in range(times):
        for side, quantity in (("SELL", "5"), ("BUY", "4")):
            order = {"symbol": SYMBOL, "side": side, "type": "MARKET", "quantity": quantity}
            lockstep.host.execute("place_order", KEY, order | {"newClientOrderId": f"web_{side}{number}"})
    lockstep.lose_events()


def asked(lockstep: Lockstep) -> tuple[int, int]:
    """How often single orders and trades were asked for since the last time."""
    wire = lockstep.wire
    counts = wire.count("GET", "/fapi/v1/order"), wire.count("GET", "/fapi/v1/userTrades")
    wire.log.clear()
    return counts


def test_each_order_of_others_is_asked_for_once(lockstep: Lockstep) -> None:
    lockstep.open_position()
    trade_by_hand(lockstep, times=10)
    reconcile.check(lockstep.venue)
    asked(lockstep)

    reconcile.check(lockstep.venue)

    orders, _trades = asked(lockstep)
    assert orders <= 2  # of ours


def test_the_books_ask_for_the_trades_of_a_symbol_by_pages(lockstep: Lockstep) -> None:
    lockstep.open_position()
    trade_by_hand(lockstep, times=10)
    lockstep.step(90)
    asked(lockstep)

    bookkeeping.close_books(lockstep.venue)
    first = asked(lockstep)
    bookkeeping.close_books(lockstep.venue)

    assert first == (20, 1)
    assert asked(lockstep) == (0, 1)


def test_an_order_of_ours_is_never_remembered_as_one_of_others(lockstep: Lockstep) -> None:
    lockstep.wire.lose_answer("POST", "/fapi/v1/order")
    lockstep.enter()
    lockstep.lose_events()

    reconcile.check(lockstep.venue)

    order = lockstep.orders("entry")[0]
    assert order.venue_order_id is not None
    assert known_name(SYMBOL, order.venue_order_id, lockstep.venue) is None


def test_no_more_names_are_kept_than_a_process_can_hold() -> None:
    names = OrderNames()

    for number in range(NAMES_KEPT + 1):
        names.keep(SYMBOL, number, "web")

    assert names.get(SYMBOL, NAMES_KEPT) == "web"
    assert names.get(SYMBOL, 0) is None


def test_income_is_kept_though_the_trades_of_others_cannot_be_read(lockstep: Lockstep) -> None:
    lockstep.open_position()
    trade_by_hand(lockstep, times=2)
    lockstep.step(90)
    bookkeeping.close_books(lockstep.venue)
    Income.objects.all().delete()
    for _ in range(9):
        lockstep.wire.lose_request("GET", "/fapi/v1/userTrades")

    with pytest.raises(ExchangeError):
        bookkeeping.close_books(lockstep.venue)

    assert Income.objects.filter(income_type="TRANSFER").exists()


def rival_trades(lockstep: Lockstep) -> None:
    order = {"symbol": OTHER, "side": "BUY", "type": "MARKET", "quantity": "30", "newClientOrderId": "dl0bad00-1-e1"}
    lockstep.host.execute("place_order", KEY, order)
    lockstep.lose_events()


def test_a_look_around_reads_income_since_the_one_before_and_still_knows_the_rival(
    started: Lockstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    rival_trades(started)
    assert look_around(started.venue) is Standing.LATER
    looked_at = started.now()
    started.step(7200)
    trading, starts = started.venue.trading, []
    read = trading.income

    def note(*, start: datetime, **rest: Any) -> Sequence[IncomeRow]:
        starts.append(start)
        return read(start=start, **rest)

    monkeypatch.setattr(trading, "income", note)

    assert look_around(started.venue) is Standing.LATER
    assert starts == [max(looked_at - LISTED_WITHIN, lease.started_at())]
    started.step(7200)
    assert look_around(started.venue) is Standing.LATER
    assert starts[-1] == looked_at + timedelta(seconds=7200) - LISTED_WITHIN


def test_the_trades_asked_about_are_the_newest_of_all(started: Lockstep) -> None:
    """Symbols are told apart by their newest strange trade, whichever was traded first."""
    rival_trades(started)
    trade_by_hand(started, times=1)
    look_around(started.venue)
    started.step(5)
    rival_trades_again = {"symbol": OTHER, "side": "SELL", "type": "MARKET", "quantity": "30"}
    started.host.execute("place_order", KEY, rival_trades_again | {"newClientOrderId": "dl0bad00-1-c1"})

    look_around(started.venue)

    look = started.venue.memory.look
    assert look is not None
    assert list(look.strange) == [SYMBOL, OTHER]
