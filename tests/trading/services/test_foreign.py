"""What is not ours is called so; what is ours never, however the exchange's rows and our rows overtake each other."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from desk.event_kinds import EventKind
from desk.models import Event
from exchange.types import VenuePosition, VenueTrade
from tests.lockstep import KEY, SYMBOL, Lockstep
from trading.core.states import ExitReason, PositionStatus
from trading.models import Order, Position, SymbolBlock
from trading.services import reconcile
from trading.services.entry_exposure import look_at_account
from trading.services.exit_requests import request_close
from trading.services.holdings import has_foreign
from trading.services.leftovers import note_foreign
from trading.services.tending import tend


def foreign_found() -> int:
    return Event.objects.filter(kind=EventKind.FOREIGN_FOUND).count()


def stop_out(lockstep: Lockstep) -> None:
    lockstep.price("10.100")
    lockstep.deliver()


def test_a_position_that_closed_after_the_rows_were_read_is_not_foreign(lockstep: Lockstep) -> None:
    lockstep.open_position()
    rows = lockstep.venue.trading.positions()
    stop_out(lockstep)

    note_foreign(rows, lockstep.venue)

    assert lockstep.position().status == PositionStatus.CLOSED
    assert foreign_found() == 0


def test_a_check_in_which_a_position_closes_calls_nothing_foreign(
    lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stream takes the stop's fill in while the check is on its way through its own rows."""
    lockstep.open_position()
    trading = lockstep.venue.trading
    read = trading.positions

    def read_and_be_overtaken(symbol: str | None = None) -> Sequence[VenuePosition]:
        rows = read(symbol)
        if symbol is None:
            stop_out(lockstep)
        return rows

    monkeypatch.setattr(trading, "positions", read_and_be_overtaken)

    reconcile.check(lockstep.venue)

    assert lockstep.position().status == PositionStatus.CLOSED
    assert foreign_found() == 0


def test_a_close_between_two_looks_at_a_surplus_is_not_foreign_quantity(
    lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    lockstep.open_position()
    trading = lockstep.venue.trading
    read, looks = trading.positions, []

    def read_and_be_overtaken(symbol: str | None = None) -> Sequence[VenuePosition]:
        if symbol is None:
            return []  # read just before the entry filled
        rows = read(symbol)
        looks.append(symbol)
        if len(looks) == 1:
            lockstep.price("10.100")
            lockstep.lose_events()
        return rows

    monkeypatch.setattr(trading, "positions", read_and_be_overtaken)

    reconcile.check(lockstep.venue)

    assert foreign_found() == 0
    assert not lockstep.position().is_shared


def test_an_entry_that_goes_on_filling_while_it_is_looked_at_is_not_foreign_quantity(
    lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    lockstep.let_entries_rest()
    lockstep.enter()
    trading = lockstep.venue.trading
    read = trading.trades

    def read_and_be_overtaken(symbol: str, **limits: object) -> object:
        trades = read(symbol, **limits)
        lockstep.price("8.585", quantity="10")
        lockstep.lose_events()
        return trades

    lockstep.price("8.585", quantity="10")
    lockstep.lose_events()
    monkeypatch.setattr(trading, "trades", read_and_be_overtaken)

    reconcile.check(lockstep.venue)

    assert foreign_found() == 0
    assert not lockstep.position().is_shared


@pytest.mark.parametrize("is_answered", [True, False])
def test_an_entry_filled_unheard_is_ours_while_its_trades_are_late(
    lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch, *, is_answered: bool
) -> None:
    if not is_answered:
        lockstep.wire.lose_answer("POST", "/fapi/v1/order")
    lockstep.let_entries_rest()
    lockstep.enter()
    lockstep.price("8.700")
    lockstep.lose_events()
    with monkeypatch.context() as lagging:
        lagging.setattr(lockstep.venue.trading, "trades", lambda symbol, **limits: [])
        reconcile.check(lockstep.venue)
        assert not lockstep.position().is_shared

    reconcile.check(lockstep.venue)

    position = lockstep.position()
    assert foreign_found() == 0
    assert (position.status, position.quantity) == (PositionStatus.OPEN, -lockstep.open_at_exchange())
    assert not lockstep.naked_at_exchange()


def test_a_foreign_position_is_told_with_its_quantity_of_now(lockstep: Lockstep) -> None:
    lockstep.market.trade("XRPUSDT", lockstep.host.clock.now_ms() - 1, "1.100")
    by_hand = {"symbol": "XRPUSDT", "side": "BUY", "type": "MARKET", "quantity": "30", "newClientOrderId": "web_1"}
    lockstep.host.execute("place_order", KEY, by_hand)
    rows = lockstep.venue.trading.positions()
    lockstep.host.execute("place_order", KEY, by_hand | {"newClientOrderId": "web_2"})

    note_foreign(rows, lockstep.venue)
    note_foreign(rows, lockstep.venue)

    told = Event.objects.get(kind=EventKind.FOREIGN_FOUND)
    assert (told.symbol, told.facts["what"]) == ("XRPUSDT", "a position of 60")


def test_in_hedge_mode_the_other_leg_of_our_symbol_is_not_ours(db: None, tmp_path: Path) -> None:
    lockstep = Lockstep(tmp_path, hedge_mode=True)
    lockstep.open_position()
    by_hand = {"symbol": SYMBOL, "side": "BUY", "type": "MARKET", "quantity": "40", "newClientOrderId": "web_1"}
    lockstep.host.execute("place_order", KEY, by_hand | {"positionSide": "LONG"})
    lockstep.lose_events()

    for _ in range(2):
        reconcile.check(lockstep.venue)

    told = Event.objects.get(kind=EventKind.FOREIGN_FOUND)
    assert (told.symbol, told.facts["what"]) == (SYMBOL, "a position of 40")
    assert dict(SymbolBlock.objects.values_list("symbol", "reason")) == {SYMBOL: "foreign_position"}
    assert not lockstep.position().is_shared
    (theirs,) = look_at_account(lockstep.venue).foreign
    assert (theirs.symbol, theirs.notional > 0) == (SYMBOL, True)


def test_our_own_leg_is_ours_in_either_mode(either_mode: Lockstep) -> None:
    either_mode.open_position()

    reconcile.check(either_mode.venue)

    assert foreign_found() == 0
    assert not SymbolBlock.objects.exists()


def test_quantity_that_joined_ours_is_still_found_by_one_check(lockstep: Lockstep) -> None:
    lockstep.open_position()
    by_hand = {"symbol": SYMBOL, "side": "SELL", "type": "MARKET", "quantity": "5", "newClientOrderId": "web_1"}
    lockstep.host.execute("place_order", KEY, by_hand)
    lockstep.lose_events()

    reconcile.check(lockstep.venue)

    assert lockstep.position().is_shared
    assert foreign_found() == 1
    assert Order.objects.filter(purpose="stop", quantity=Position.objects.get().quantity).exists()


def test_an_entry_of_ours_born_while_the_exchange_is_asked_is_not_foreign(
    lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    trading = lockstep.venue.trading
    read = trading.positions

    def be_entered_and_read(symbol: str | None = None) -> Sequence[VenuePosition]:
        monkeypatch.setattr(trading, "positions", read)
        lockstep.open_position()
        return read(symbol)

    monkeypatch.setattr(trading, "positions", be_entered_and_read)

    assert not has_foreign(SYMBOL, lockstep.venue)


def joined(lockstep: Lockstep, *, quantity: str) -> None:
    """Somebody else's short stands beside ours, and our stop has fired unheard; a close is asked for."""
    lockstep.open_position()
    by_hand = {"symbol": SYMBOL, "side": "SELL", "type": "MARKET", "quantity": quantity, "newClientOrderId": "web_1"}
    lockstep.host.execute("place_order", KEY, by_hand)
    lockstep.lose_events()
    reconcile.check(lockstep.venue)
    assert lockstep.position().is_shared
    lockstep.price("10.100")
    lockstep.lose_events()
    request_close(lockstep.position(), reason=ExitReason.TIME_LIMIT, author="clock", now=lockstep.now())
    assert lockstep.open_at_exchange() == -Decimal(quantity)


def test_a_close_takes_nothing_of_theirs_while_our_trades_cannot_be_read(lockstep: Lockstep) -> None:
    joined(lockstep, quantity="5")
    for _ in range(4):
        lockstep.wire.lose_request("GET", "/fapi/v1/userTrades")

    tend(lockstep.position(), lockstep.venue)

    assert lockstep.open_at_exchange() == -5
    for _ in range(3):
        tend(lockstep.position(), lockstep.venue)
    assert (lockstep.position().status, lockstep.open_at_exchange()) == ("closed", -5)


@pytest.mark.parametrize("quantity", ["5", "200"])
def test_a_close_takes_nothing_of_theirs_while_trades_lag_behind_positions(
    lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch, quantity: str
) -> None:
    joined(lockstep, quantity=quantity)
    trading = lockstep.venue.trading
    known = set(lockstep.position().fills.values_list("trade_id", flat=True))
    read = trading.trades

    def read_late(symbol: str, **limits: Any) -> list[VenueTrade]:
        return [trade for trade in read(symbol, **limits) if trade.trade_id in known]

    with monkeypatch.context() as lagging:
        lagging.setattr(trading, "trades", read_late)
        for _ in range(2):
            tend(lockstep.position(), lockstep.venue)
        assert lockstep.open_at_exchange() == -Decimal(quantity)

    for _ in range(3):
        tend(lockstep.position(), lockstep.venue)
    assert (lockstep.position().status, lockstep.open_at_exchange()) == ("closed", -Decimal(quantity))


def test_beside_others_a_close_takes_all_that_is_ours(lockstep: Lockstep) -> None:
    lockstep.open_position()
    by_hand = {"symbol": SYMBOL, "side": "SELL", "type": "MARKET", "quantity": "5", "newClientOrderId": "web_1"}
    lockstep.host.execute("place_order", KEY, by_hand)
    lockstep.lose_events()
    reconcile.check(lockstep.venue)

    request_close(lockstep.position(), reason=ExitReason.MANUAL, author="anna", now=lockstep.now())
    for _ in range(3):
        tend(lockstep.position(), lockstep.venue)
        lockstep.deliver()

    assert (lockstep.position().status, lockstep.open_at_exchange()) == ("closed", -5)
