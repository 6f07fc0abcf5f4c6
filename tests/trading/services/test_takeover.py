"""Adoption: a person's word makes a foreign position one of the desk's, protected like any other; its orders stay."""

from decimal import Decimal

import pytest

from desk.event_kinds import EventKind
from desk.models import Event
from exchange.types import SymbolConfig
from tests.lockstep import KEY, SYMBOL, Lockstep
from trading.core.states import ExitReason, PositionStatus
from trading.models import Adoption, Position
from trading.services import bookkeeping, reconcile
from trading.services.exit_requests import request_close
from trading.services.manual_entry import manual_bot
from trading.services.takeover import AdoptionRefused, request_adoption, work_adoptions
from trading.services.tending import tend


def open_by_hand(lockstep: Lockstep, *, side: str = "BUY", quantity: str = "30") -> None:
    hedge = lockstep.host.engine.state.accounts[KEY].hedge_mode
    order = {"symbol": SYMBOL, "side": side, "type": "MARKET", "quantity": quantity, "newClientOrderId": "web_1"}
    if hedge:
        order["positionSide"] = "LONG" if side == "BUY" else "SHORT"
    lockstep.host.execute("place_order", KEY, order)
    lockstep.lose_events()


def ask(lockstep: Lockstep, *, stop_loss_pct: str = "2") -> Adoption:
    return request_adoption(
        SYMBOL,
        bot=manual_bot(lockstep.account),
        stop_loss_pct=Decimal(stop_loss_pct),
        take_profit_pct=Decimal(5),
        author="operator",
        now=lockstep.now(),
    )


@pytest.mark.parametrize("side", ["BUY", "SELL"])
def test_an_adopted_position_is_protected_and_belongs_to_the_bot(either_mode: Lockstep, side: str) -> None:
    open_by_hand(either_mode, side=side)
    assert either_mode.naked_at_exchange()

    adoption = ask(either_mode)
    work_adoptions(either_mode.venue)

    adoption.refresh_from_db()
    position = either_mode.position()
    assert (adoption.status, adoption.position) == (Adoption.Status.DONE, position)
    assert (position.status, position.quantity, position.bot.strategy) == (PositionStatus.OPEN, 30, "manual")
    assert not either_mode.naked_at_exchange()
    assert len(either_mode.orders("take_profit")) == 1
    told = Event.objects.get(kind=EventKind.ADOPTED)
    assert (told.case, told.facts["author"], told.facts["quantity"]) == (position.case, "operator", "30")


def test_foreign_orders_on_an_adopted_symbol_stay_untouched(lockstep: Lockstep) -> None:
    open_by_hand(lockstep)
    resting = {
        "symbol": SYMBOL,
        "side": "SELL",
        "type": "LIMIT",
        "quantity": "5",
        "price": "9.500",
        "timeInForce": "GTC",
    }
    lockstep.host.execute("place_order", KEY, resting | {"newClientOrderId": "web_2"})
    ask(lockstep)

    work_adoptions(lockstep.venue)
    reconcile.reconcile(lockstep.venue)

    assert [order.client_order_id for order in lockstep.venue.trading.open_orders()] == ["web_2"]


def test_what_its_owner_closes_while_it_is_taken_over_is_booked(
    lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part is closed after the quantity was read, and some seconds before the row is written."""
    open_by_hand(lockstep)
    ask(lockstep)
    trading = lockstep.venue.trading
    read = trading.symbol_config

    def read_and_be_overtaken(symbol: str) -> SymbolConfig:
        order = {"symbol": SYMBOL, "side": "SELL", "type": "MARKET", "quantity": "12", "reduceOnly": "true"}
        lockstep.host.execute("place_order", KEY, order | {"newClientOrderId": "web_2"})
        lockstep.step(3)
        return read(symbol)

    with monkeypatch.context() as overtaken:
        overtaken.setattr(trading, "symbol_config", read_and_be_overtaken)
        work_adoptions(lockstep.venue)
    lockstep.lose_events()
    reconcile.check(lockstep.venue)

    assert lockstep.position().quantity == lockstep.open_at_exchange() == 18


def test_an_adopted_position_closes_like_any_other_and_the_books_agree(lockstep: Lockstep) -> None:
    open_by_hand(lockstep)
    ask(lockstep)
    work_adoptions(lockstep.venue)
    lockstep.price("8.600")

    request_close(lockstep.position(), reason=ExitReason.MANUAL, author="operator", now=lockstep.now())
    for _ in range(3):
        tend(lockstep.position(), lockstep.venue)
        lockstep.deliver()
    lockstep.step(90)
    days = bookkeeping.close_books(lockstep.venue)

    position = lockstep.position()
    assert (position.status, position.realized_pnl) == (PositionStatus.CLOSED, Decimal("2.97"))  # a tick of spread
    assert lockstep.open_at_exchange() == 0
    assert [row for day in days for row in day.unlike] == []


def test_a_part_closed_after_the_adoption_leaves_the_rest_protected(lockstep: Lockstep) -> None:
    open_by_hand(lockstep)
    ask(lockstep)
    work_adoptions(lockstep.venue)

    lockstep.host.execute("place_order", KEY, {"symbol": SYMBOL, "side": "SELL", "type": "MARKET", "quantity": "10"})
    lockstep.deliver()

    assert lockstep.position().quantity == 20
    assert not lockstep.naked_at_exchange()


def test_a_stop_that_the_price_has_passed_is_refused_instead_of_closing_at_once(lockstep: Lockstep) -> None:
    open_by_hand(lockstep)
    lockstep.price("8.200")

    adoption = ask(lockstep)
    work_adoptions(lockstep.venue)

    adoption.refresh_from_db()
    assert (adoption.status, Position.objects.count()) == (Adoption.Status.REFUSED, 0)
    assert "ask for a wider one" in adoption.reason
    assert lockstep.open_at_exchange() == 30
    assert Event.objects.filter(kind=EventKind.ADOPTION_REFUSED).count() == 1


def test_where_nothing_is_open_there_is_nothing_to_adopt(lockstep: Lockstep) -> None:
    adoption = ask(lockstep)
    work_adoptions(lockstep.venue)

    adoption.refresh_from_db()
    assert (adoption.status, adoption.reason) == (Adoption.Status.REFUSED, "nothing is open there")


def test_asking_twice_is_one_wish_and_one_position(lockstep: Lockstep) -> None:
    open_by_hand(lockstep)

    assert ask(lockstep) == ask(lockstep)
    work_adoptions(lockstep.venue)
    work_adoptions(lockstep.venue)

    assert Position.objects.count() == 1


def test_a_position_of_ours_cannot_be_adopted(lockstep: Lockstep) -> None:
    lockstep.open_position()

    with pytest.raises(AdoptionRefused, match="one of the desk's already"):
        ask(lockstep)


def test_an_exchange_that_cannot_be_asked_leaves_the_wish_open(lockstep: Lockstep) -> None:
    open_by_hand(lockstep)
    adoption = ask(lockstep)
    for _ in range(5):
        lockstep.wire.lose_request("GET", "/fapi/v3/positionRisk")

    work_adoptions(lockstep.venue)
    during = Adoption.objects.get().status
    lockstep.wire.tampering.clear()
    work_adoptions(lockstep.venue)

    adoption.refresh_from_db()
    assert (during, adoption.status) == (Adoption.Status.ASKED, Adoption.Status.DONE)
