"""A day of random trading: whatever was lost on the way, the books end equal to the exchange's; no row goes unseen."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from desk.event_kinds import EventKind
from desk.models import Event
from tests.lockstep import KEY, START, SYMBOL, Lockstep
from tests.trading.services.random_day import STEP_SECONDS, RandomDay
from trading.core.states import PositionStatus, Purpose
from trading.models import BooksDay, Fill, Income, Order, Position
from trading.services import bookkeeping, ledger
from trading.services.tending import unfinished

OTHER = "XRPUSDT"


def whole_day(lockstep: Lockstep) -> ledger.Comparison:
    return ledger.compare(lockstep.venue, start=lockstep.now() - timedelta(days=3), end=lockstep.now())


def booked(lockstep: Lockstep, asset: str) -> Decimal:
    """What our rows say the wallet holds of ``asset``."""
    fills = Fill.objects.filter(account=lockstep.account)
    paid = sum((fill.commission for fill in fills if fill.commission_asset == asset), Decimal(0))
    won = sum((fill.realized_pnl for fill in fills), Decimal(0)) if asset == "USDT" else Decimal(0)
    moved = sum((row.amount for row in Income.objects.filter(asset=asset)), Decimal(0))
    return won + moved - paid


def test_a_day_of_random_trading_ends_with_a_difference_of_exactly_nothing(lockstep: Lockstep) -> None:
    day = RandomDay(lockstep, seed=20241123)

    for _ in range(24 * 3600 // STEP_SECONDS):
        day.step()
    day.finish()
    bookkeeping.close_books(lockstep.venue)

    comparison = whole_day(lockstep)
    wallet = lockstep.host.engine.state.accounts[KEY].ledger
    assert not unfinished(lockstep.account)
    assert (comparison.difference, dict(comparison.differences), list(comparison.discrepancies)) == (0, {}, [])
    assert booked(lockstep, "USDT") == wallet.balance("USDT")
    assert booked(lockstep, "BNB") == wallet.balance("BNB")
    traded = Position.objects.filter(status=PositionStatus.CLOSED, entered_quantity__gt=0)
    assert traded.count() > 20
    assert Fill.objects.filter(commission_asset="BNB").exists()
    assert Fill.objects.filter(commission_asset="USDT").exists()
    assert Income.objects.filter(income_type="FUNDING_FEE").count() > 5
    assert max(position.fills.filter(order__purpose=Purpose.ENTRY).count() for position in traded) > 2


@pytest.fixture
def kept(lockstep: Lockstep) -> Lockstep:
    """Books of every kind of row: fills in both fees, funding, a liquidation."""
    day = RandomDay(lockstep, 3)
    for _ in range(12):
        day.step()
    by_hand = {"symbol": OTHER, "side": "BUY", "type": "MARKET", "newClientOrderId": "web_1"}
    lockstep.host.execute("set_leverage", KEY, {"symbol": OTHER, "leverage": "20"})
    day.finish()
    lockstep.host.execute("place_order", KEY, by_hand | {"quantity": "500"})
    lockstep.price(str(day.prices[OTHER] / 2), symbol=OTHER)
    lockstep.step(600)
    bookkeeping.close_books(lockstep.venue)
    assert not whole_day(lockstep).discrepancies
    assert {row.income_type for row in Income.objects.all()} >= {"FUNDING_FEE", "INSURANCE_CLEAR", "TRANSFER"}
    return lockstep


def alarms() -> str:
    told = Event.objects.filter(kind=EventKind.LEDGER_DIFFERS)
    return " | ".join(row for event in told for row in event.facts["all_rows"])


def test_every_fill_that_is_deleted_is_named(kept: Lockstep) -> None:
    for fill in Fill.objects.filter(order__isnull=False):
        name, position = f"{fill.symbol} trade {fill.trade_id} ", f"position {fill.position_id} ENTERED"
        pk, fill_id = fill.pk, Fill.objects.filter(pk=fill.pk)
        fill_id.delete()

        found = [str(row) for row in whole_day(kept).discrepancies]

        assert any(name in row and "missing here" in row for row in found) or any(position in row for row in found)
        fill.pk = pk
        fill.save(force_insert=True)
    assert not whole_day(kept).discrepancies


@pytest.mark.parametrize("income_type", ["FUNDING_FEE", "INSURANCE_CLEAR", "TRANSFER"])
def test_an_income_row_that_is_deleted_is_named_and_taken_in_again(kept: Lockstep, income_type: str) -> None:
    lost = Income.objects.filter(income_type=income_type).latest("id")
    name = f"{lost.symbol} income {lost.transaction_id} {income_type}".strip()
    lost.delete()

    bookkeeping.close_books(kept.venue)

    assert f"{name}: ours 0, theirs" in alarms()
    assert "missing here" in alarms()
    assert not whole_day(kept).discrepancies


def test_a_row_that_the_exchange_lacks_is_named(kept: Lockstep) -> None:
    Income.objects.create(
        account=kept.account,
        income_type="FUNDING_FEE",
        transaction_id=999,
        symbol=OTHER,
        amount=Decimal("-1"),
        asset="USDT",
        at=kept.now() - timedelta(minutes=5),
    )

    bookkeeping.close_books(kept.venue)

    assert f"{OTHER} income 999 FUNDING_FEE: ours -1, theirs 0 USDT (missing there)" in alarms()


def test_a_row_with_another_amount_is_named(kept: Lockstep) -> None:
    fill = Fill.objects.filter(order__isnull=False).exclude(commission=0).latest("id")
    Fill.objects.filter(pk=fill.pk).update(commission=fill.commission + 1)

    bookkeeping.close_books(kept.venue)

    assert f"trade {fill.trade_id} COMMISSION" in alarms()
    assert "(differing)" in alarms()


def test_a_fill_that_moved_no_money_is_missed_all_the_same(kept: Lockstep) -> None:
    order = Order.objects.filter(purpose=Purpose.ENTRY, executed_quantity__gt=0).latest("id")
    Fill.objects.filter(order=order).update(commission=0)
    order.fills.all().delete()

    found = [str(row) for row in whole_day(kept).discrepancies]

    assert any(f"position {order.position_id} ENTERED" in row for row in found)
    assert any(f"order {order.client_order_id} EXECUTED" in row for row in found)


def test_each_day_has_its_line(kept: Lockstep) -> None:
    today = BooksDay.objects.get(date=kept.now().date())

    assert today.ours == today.theirs
    assert (today.unlike, today.rows > 10) == ([], True)


def test_the_books_are_due_once_after_a_close(lockstep: Lockstep) -> None:
    lockstep.open_position()
    bookkeeping.close_books(lockstep.venue)
    lockstep.price("10.100")
    lockstep.deliver()
    too_early = bookkeeping.has_closed_since(lockstep.venue)
    lockstep.step(90)

    due = bookkeeping.has_closed_since(lockstep.venue)
    bookkeeping.close_books(lockstep.venue)

    assert (too_early, due, bookkeeping.has_closed_since(lockstep.venue)) == (False, True, False)


def test_days_without_us_are_booked_and_compared_when_we_are_back(lockstep: Lockstep) -> None:
    state = lockstep.host.engine.state
    state.terms = replace(state.terms, has_funding=True)
    lockstep.host.execute("set_funding", KEY, {"symbol": SYMBOL, "intervalHours": "8", "rate": "0.0013"})
    lockstep.open_position()
    lockstep.step(90)
    bookkeeping.close_books(lockstep.venue)
    for _ in range(5 * 3):
        lockstep.price("8.500", after=8 * 3600)
    lockstep.lose_events()
    lockstep.step(90)

    days = bookkeeping.close_books(lockstep.venue)

    income = lockstep.venue.trading.income(start=lockstep.now() - timedelta(days=7))
    paid = [row for row in income if row.income_type == "FUNDING_FEE"]
    assert Income.objects.filter(income_type="FUNDING_FEE").count() == len(paid) == 15
    assert len(days) == BooksDay.objects.filter(date__gte=START.date()).count() == 6
    assert alarms() == ""
    assert len(bookkeeping.close_books(lockstep.venue)) == bookkeeping.DAYS
