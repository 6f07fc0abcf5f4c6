"""Adds and part closes while something else happens: fills in pieces, stops, closes, deaths, foreign hands."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from exchange.errors import ExchangeUnavailable
from signals.strategies.execution import ExecutionStyle
from tests.lockstep import SYMBOL, Lockstep
from tests.trading.services.plans import add_in_slices, ask, look
from trading.core.states import ChangeKind, ChangeStatus, ExitReason, OrderStatus, PositionStatus, Purpose
from trading.models import Execution, Order, Position, PositionChange
from trading.services import executions, reconcile
from trading.services.exit_requests import request_close
from trading.services.position_changes import work_change

ORDERS = "/fapi/v1/order"


def books_agree(lockstep: Lockstep) -> bool:
    """Our rows are what the exchange shows, and what is open has a stop there."""
    position = lockstep.position()
    return position.quantity == abs(lockstep.open_at_exchange()) and not lockstep.naked_at_exchange()


def resting_add(lockstep: Lockstep) -> PositionChange:
    """An add of 35.2 that waits in the book at 8.300, the price one tick below."""
    lockstep.open_position()
    lockstep.price("8.300")
    change = ask(lockstep, ChangeKind.ADD, style=ExecutionStyle.LIMIT)
    place = lockstep.venue.trading.place_order

    def price_runs_first(request: object) -> object:
        lockstep.price("8.200")
        return place(request)

    lockstep.venue.trading.place_order = price_runs_first
    look(lockstep)
    del lockstep.venue.trading.place_order
    change.refresh_from_db()
    [order] = lockstep.orders(Purpose.ADD)
    assert order.status == OrderStatus.NEW
    return change


def test_an_add_that_fills_in_pieces_is_protected_after_each(either_mode: Lockstep) -> None:
    change = resting_add(either_mode)
    before = either_mode.position().quantity
    sizes = []

    for quantity in ("10", "12.5", "100"):
        either_mode.price("8.300", quantity=quantity)
        either_mode.deliver()
        assert books_agree(either_mode)
        sizes.append(either_mode.position().quantity - before)
    look(either_mode)

    change.refresh_from_db()
    assert sizes == [Decimal("10.0"), Decimal("22.5"), Decimal("35.2")]
    assert (change.status, change.quantity) == (ChangeStatus.DONE, Decimal("35.2"))


def test_a_part_of_an_add_stays_when_its_time_is_over(lockstep: Lockstep) -> None:
    change = resting_add(lockstep)
    lockstep.price("8.300", quantity="10")
    lockstep.price("8.200")
    lockstep.deliver()

    lockstep.step(620)
    look(lockstep)
    look(lockstep)

    change.refresh_from_db()
    assert (change.status, change.quantity, change.execution.ending) == (ChangeStatus.DONE, Decimal(10), "expired")
    assert lockstep.venue.trading.open_orders() == []
    assert books_agree(lockstep)


def test_an_add_that_filled_nothing_in_its_time_fails_and_frees_the_position(lockstep: Lockstep) -> None:
    change = resting_add(lockstep)

    lockstep.step(620)
    look(lockstep)

    change.refresh_from_db()
    assert (change.status, change.refusal_code) == (ChangeStatus.FAILED, "unfilled")
    assert not lockstep.position().is_executing
    assert ask(lockstep, ChangeKind.REDUCE).status == ChangeStatus.ASKED


def test_an_add_that_fills_while_it_is_cancelled_counts(lockstep: Lockstep) -> None:
    change = resting_add(lockstep)
    lockstep.step(620)
    cancel = lockstep.venue.trading.cancel_order

    def fill_first(symbol: str, client_order_id: str) -> object:
        lockstep.price("8.300")
        return cancel(symbol, client_order_id)

    lockstep.venue.trading.cancel_order = fill_first
    for _ in range(3):
        look(lockstep)

    change.refresh_from_db()
    assert (change.status, change.quantity) == (ChangeStatus.DONE, Decimal("35.2"))
    assert books_agree(lockstep)


def test_a_lost_answer_to_the_cancel_of_an_add_is_asked_for_again(lockstep: Lockstep) -> None:
    change = resting_add(lockstep)
    lockstep.step(620)
    lockstep.wire.lose_answer("DELETE", ORDERS)

    for _ in range(3):
        with_trouble = change.execution
        look(lockstep)
        with_trouble.refresh_from_db()

    change.refresh_from_db()
    assert (change.status, with_trouble.ending) == (ChangeStatus.FAILED, "expired")
    assert lockstep.orders(Purpose.ADD)[0].status == OrderStatus.CANCELED


def test_a_stop_that_fires_closes_the_added_part_too(either_mode: Lockstep) -> None:
    change = resting_add(either_mode)
    either_mode.price("8.300", quantity="10")
    either_mode.price("10.100")

    for _ in range(4):
        either_mode.deliver()
        look(either_mode)
        reconcile.check(either_mode.venue)

    position = either_mode.position()
    change.refresh_from_db()
    assert (position.status, position.exit_reason) == (PositionStatus.CLOSED, ExitReason.STOP_LOSS)
    assert either_mode.open_at_exchange() == 0
    assert either_mode.venue.trading.open_orders() == []
    assert change.status in (ChangeStatus.DONE, ChangeStatus.FAILED)


def test_a_stop_that_fires_unheard_ends_the_slices_of_an_add(either_mode: Lockstep) -> None:
    change = add_in_slices(either_mode)
    either_mode.price("10.100")
    either_mode.lose_events()

    for _ in range(4):
        either_mode.step(61)
        reconcile.check(either_mode.venue)
        look(either_mode)

    change.refresh_from_db()
    assert either_mode.position().status == PositionStatus.CLOSED
    assert either_mode.open_at_exchange() == 0
    assert change.execution.ended_at is not None
    assert either_mode.venue.trading.open_orders() == []


def test_a_close_asked_for_before_the_add_was_begun_refuses_it(lockstep: Lockstep) -> None:
    lockstep.open_position()
    lockstep.price("8.300")
    change = ask(lockstep, ChangeKind.ADD)
    request_close(lockstep.position(), reason=ExitReason.MANUAL, author="anna", now=lockstep.now())

    look(lockstep)

    change.refresh_from_db()
    assert (change.status, change.refusal_code) == (ChangeStatus.REFUSED, "not_open")
    assert lockstep.orders(Purpose.ADD) == []


def test_a_close_between_two_slices_of_an_add_closes_all_and_sends_no_more(either_mode: Lockstep) -> None:
    change = add_in_slices(either_mode)
    request_close(either_mode.position(), reason=ExitReason.MANUAL, author="anna", now=either_mode.now())

    for _ in range(4):
        either_mode.step(61)
        look(either_mode)

    change.refresh_from_db()
    assert either_mode.position().status == PositionStatus.CLOSED
    assert either_mode.open_at_exchange() == 0
    assert len(either_mode.orders(Purpose.ADD)) == 1
    assert (change.status, change.execution.ending) == (ChangeStatus.DONE, "stopped")


def die(*_args: object, **_details: object) -> None:
    raise SystemExit


def work_until_death(change: PositionChange, lockstep: Lockstep) -> None:
    for _ in range(3):
        work_change(change, lockstep.venue)
        lockstep.deliver()


STEPS: list[tuple[str, str]] = [
    ("trading.services.executions", "next_step"),
    ("trading.services.executions", "submit"),
    ("trading.services.executions", "end_execution"),
    ("trading.services.change_sending", "tend"),
    ("trading.services.adding", "finish_change"),
    ("trading.services.submit", "apply_state"),
]


@pytest.mark.parametrize(("module", "name"), STEPS)
def test_an_add_is_one_order_wherever_its_process_dies(
    lockstep: Lockstep, module: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lockstep.open_position()
    lockstep.price("8.300")
    before = lockstep.position().quantity
    change = ask(lockstep, ChangeKind.ADD)
    with monkeypatch.context() as patched:
        patched.setattr(f"{module}.{name}", die)
        with pytest.raises(SystemExit):
            work_until_death(change, lockstep)
    an_hour_ago = timezone.now() - timedelta(hours=1)
    Order.objects.filter(purpose=Purpose.ADD).update(updated_at=an_hour_ago, sent_at=an_hour_ago)
    lockstep.lose_events()

    for _ in range(3):
        reconcile.check(lockstep.venue)
        look(lockstep)

    change.refresh_from_db()
    assert change.status == ChangeStatus.DONE
    assert len(lockstep.orders(Purpose.ADD)) == 1
    assert lockstep.position().quantity == before + change.quantity
    assert books_agree(lockstep)


@pytest.mark.parametrize("name", ["submit", "next_step", "end_execution"])
def test_a_part_close_is_one_order_wherever_its_process_dies(
    either_mode: Lockstep, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = either_mode.open_position().quantity
    change = ask(either_mode, ChangeKind.REDUCE)
    with monkeypatch.context() as patched:
        patched.setattr(executions, name, die)
        with pytest.raises(SystemExit):
            work_until_death(change, either_mode)
    an_hour_ago = timezone.now() - timedelta(hours=1)
    Order.objects.filter(purpose=Purpose.REDUCE).update(updated_at=an_hour_ago)

    for _ in range(3):
        look(either_mode)

    change.refresh_from_db()
    assert change.status == ChangeStatus.DONE
    assert len(either_mode.orders(Purpose.REDUCE)) == 1
    assert either_mode.position().quantity == before - change.quantity
    assert books_agree(either_mode)


def test_a_part_close_never_turns_a_position_that_the_stop_closed_first(either_mode: Lockstep) -> None:
    either_mode.open_position()
    change = ask(either_mode, ChangeKind.REDUCE, style=ExecutionStyle.TWAP)
    look(either_mode)
    either_mode.price("10.100")
    either_mode.lose_events()  # nobody heard that the stop fired

    for _ in range(4):
        either_mode.step(61)
        look(either_mode)
        reconcile.check(either_mode.venue)

    change.refresh_from_db()
    assert either_mode.open_at_exchange() == 0
    assert either_mode.position().status == PositionStatus.CLOSED
    assert change.status in (ChangeStatus.DONE, ChangeStatus.FAILED)


def test_slices_of_a_part_close_go_on_without_auto_trade_and_end_at_the_part(lockstep: Lockstep) -> None:
    before = lockstep.open_position().quantity
    change = ask(lockstep, ChangeKind.REDUCE, share="30", style=ExecutionStyle.TWAP, decision_id=5)
    look(lockstep)
    lockstep.bot.auto_trade = False
    lockstep.bot.save()

    for _ in range(4):
        lockstep.step(61)
        look(lockstep)

    change.refresh_from_db()
    closed = sum((order.executed_quantity for order in lockstep.orders(Purpose.REDUCE)), Decimal(0))
    assert (change.status, change.quantity) == (ChangeStatus.DONE, Decimal("21.1"))  # 21.15 on the step
    assert closed == change.quantity == before - lockstep.position().quantity
    assert len(lockstep.orders(Purpose.REDUCE)) == 4


@pytest.mark.parametrize(("share", "is_whole"), [("100", True), ("99.3", True), ("99.2", False)])
def test_no_rest_stays_that_could_not_be_traded(either_mode: Lockstep, share: str, is_whole: bool) -> None:
    either_mode.open_position()

    change = ask(either_mode, ChangeKind.REDUCE, share=share)
    for _ in range(2):
        look(either_mode)

    change.refresh_from_db()
    rest = abs(either_mode.open_at_exchange())
    assert change.status == ChangeStatus.DONE
    assert (rest == 0) is is_whole
    assert is_whole or rest * Decimal("8.5") >= 5


def test_an_add_below_the_least_order_is_refused_with_both_numbers(lockstep: Lockstep) -> None:
    lockstep.open_position()
    lockstep.price("8.300")

    change = ask(lockstep, ChangeKind.ADD, share="0.8")
    look(lockstep)

    change.refresh_from_db()
    assert (change.status, change.refusal_code) == (ChangeStatus.REFUSED, "below_step")
    assert "0.5" in change.refusal
    assert "0.7" in change.refusal


def test_slices_of_an_add_are_no_smaller_than_what_the_exchange_takes(lockstep: Lockstep) -> None:
    lockstep.open_position()
    lockstep.price("8.300")
    change = ask(lockstep, ChangeKind.ADD, share="2.5", style=ExecutionStyle.TWAP)  # 1.7 of at least 0.7 each

    look(lockstep)
    for _ in range(5):
        lockstep.step(61)
        look(lockstep)

    change.refresh_from_db()
    sizes = [order.quantity for order in lockstep.orders(Purpose.ADD)]
    assert (change.status, sum(sizes)) == (ChangeStatus.DONE, Decimal("1.7"))
    assert all(size * Decimal("8.3") >= 5 for size in sizes)


def test_a_position_that_grew_or_shrank_while_an_add_was_decided_is_decided_anew(
    lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    lockstep.open_position()
    lockstep.price("8.300")
    change = ask(lockstep, ChangeKind.ADD)
    ticker = lockstep.venue.market.ticker

    def meanwhile(symbol: str) -> object:
        Position.objects.update(quantity=Decimal("60.0"))
        return ticker(symbol)

    monkeypatch.setattr(lockstep.venue.market, "ticker", meanwhile)

    work_change(change, lockstep.venue)

    assert (change.status, change.refusal_code) == (ChangeStatus.REFUSED, "change_in_work")
    assert not Execution.objects.exists()


def closed_meanwhile(lockstep: Lockstep) -> None:
    request_close(lockstep.position(), reason=ExitReason.MANUAL, author="anna", now=lockstep.now())


def switched_off_meanwhile(lockstep: Lockstep) -> None:
    lockstep.bot.auto_trade = False
    lockstep.bot.save()


@pytest.mark.parametrize(
    ("happens", "code"), [(closed_meanwhile, "not_open"), (switched_off_meanwhile, "auto_trade_disabled")]
)
def test_what_happens_between_decision_and_commit_is_seen_by_the_commit(
    lockstep: Lockstep, happens: Callable[[Lockstep], None], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lockstep.open_position()
    lockstep.price("8.300")
    change = ask(lockstep, ChangeKind.ADD, decision_id=5)
    read = lockstep.venue.market.order_book

    def meanwhile(symbol: str, *, levels: int) -> object:
        happens(lockstep)
        return read(symbol, levels=levels)

    monkeypatch.setattr(lockstep.venue.market, "order_book", meanwhile)

    work_change(change, lockstep.venue)

    assert (change.status, change.refusal_code) == (ChangeStatus.REFUSED, code)
    assert lockstep.wire.count("POST", ORDERS) == 1
    assert SYMBOL not in [row.symbol for row in lockstep.venue.trading.open_orders()]


def unreachable(*_args: object, **_details: object) -> None:
    raise ExchangeUnavailable("no way there")


def test_a_book_that_cannot_be_read_holds_up_no_add(lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch) -> None:
    lockstep.open_position()
    lockstep.price("8.300")
    monkeypatch.setattr(lockstep.venue.market, "order_book", unreachable)
    change = ask(lockstep, ChangeKind.ADD)

    look(lockstep)
    look(lockstep)

    change.refresh_from_db()
    assert change.status == ChangeStatus.DONE
    assert lockstep.orders(Purpose.ADD)[0].reference_price is None


@pytest.mark.parametrize(("door", "question"), [("market", "ticker"), ("market", "contracts")])
def test_an_exchange_that_cannot_be_asked_leaves_an_add_waiting(
    lockstep: Lockstep, door: str, question: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lockstep.open_position()
    lockstep.price("8.300")
    change = ask(lockstep, ChangeKind.ADD)
    with monkeypatch.context() as patched:
        patched.setattr(getattr(lockstep.venue, door), question, unreachable)
        with pytest.raises(ExchangeUnavailable):
            work_change(change, lockstep.venue)
    waiting = PositionChange.objects.get().status

    look(lockstep)
    look(lockstep)

    change.refresh_from_db()
    assert (waiting, change.status) == (ChangeStatus.ASKED, ChangeStatus.DONE)
    assert len(lockstep.orders(Purpose.ADD)) == 1
