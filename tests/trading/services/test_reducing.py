"""Closing a part of a position: reduce-only and once, never past zero, never a rest that cannot be closed."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from desk.event_kinds import EventKind
from desk.models import Bot, ConfigVersion, Event
from exchange.types import Side
from risk import breaker_store
from risk.breaker import stop_at_once
from risk.settings_store import change_risk_settings
from signals.strategies.execution import ExecutionStyle
from tests.lockstep import SYMBOL, Lockstep
from tests.trading.services.plans import somebody_else_sells
from trading.core.states import ChangeKind, ChangeStatus, ExitReason, OrderStatus, PositionStatus, Purpose
from trading.models import Order, Position, PositionChange
from trading.services import executions, reconcile
from trading.services.exit_requests import request_close
from trading.services.position_changes import WantedChange, request_change, work_change
from trading.services.tending import tend

ORDERS = "/fapi/v1/order"


def ask(lockstep: Lockstep, *, share: str = "30", key: str = "reduce-1", **details: Any) -> PositionChange:
    wanted = WantedChange(kind=ChangeKind.REDUCE, key=key, author="strategy", share_pct=Decimal(share), **details)
    return request_change(lockstep.position(), wanted, now=lockstep.now())


def work(lockstep: Lockstep, change: PositionChange) -> PositionChange:
    work_change(change, lockstep.venue)
    lockstep.deliver()
    work_change(change, lockstep.venue)
    change.refresh_from_db()
    return change


def test_a_part_is_closed_at_market_and_the_rest_stays_protected(either_mode: Lockstep) -> None:
    before = either_mode.open_position()
    either_mode.price("8.700")

    change = work(either_mode, ask(either_mode))

    position = either_mode.position()
    [order] = either_mode.orders(Purpose.REDUCE)
    assert (change.status, change.quantity) == (ChangeStatus.DONE, Decimal("21.1"))  # 30 % of 70.5, on the step
    assert position.quantity == before.quantity - change.quantity == abs(either_mode.open_at_exchange())
    assert (position.status, position.entry_price) == (PositionStatus.OPEN, before.entry_price)
    assert (order.side, order.order_type, order.reduce_only) == ("BUY", "MARKET", not position.hedge_mode)
    assert position.naked_since is None and not either_mode.naked_at_exchange()


def test_its_result_is_booked_at_once_and_told(lockstep: Lockstep) -> None:
    before = lockstep.open_position()
    lockstep.price("8.700")

    change = work(lockstep, ask(lockstep))

    [fill] = lockstep.position().fills.filter(order__purpose=Purpose.REDUCE)
    assert lockstep.position().realized_pnl == fill.realized_pnl == (before.entry_price - fill.price) * change.quantity
    told = Event.objects.get(kind=EventKind.CHANGE_DONE)
    assert (told.case, Decimal(told.facts["realized_pnl"])) == (before.case, fill.realized_pnl)


def test_the_books_of_a_reduced_and_closed_position_agree(lockstep: Lockstep) -> None:
    lockstep.open_position()
    lockstep.price("8.300")
    work(lockstep, ask(lockstep))
    lockstep.price("8.000")

    request_close(lockstep.position(), reason=ExitReason.MANUAL, author="anna", now=lockstep.now())
    tend(lockstep.position(), lockstep.venue)
    lockstep.deliver()

    position = lockstep.position()
    income = lockstep.venue.trading.income(start=position.created_at)
    theirs = sum((row.income for row in income if row.income_type in ("REALIZED_PNL", "COMMISSION")), Decimal(0))
    assert (position.status, position.quantity) == (PositionStatus.CLOSED, 0)
    assert position.realized_pnl - position.commission == theirs


@pytest.mark.parametrize(("share", "decision_id", "reason"), [("100", 4, "ai_close"), ("99.9", None, "strategy_exit")])
def test_a_rest_too_small_to_trade_becomes_a_full_close(
    lockstep: Lockstep, share: str, decision_id: int | None, reason: str
) -> None:
    before = lockstep.open_position()

    change = work(lockstep, ask(lockstep, share=share, decision_id=decision_id))
    tend(lockstep.position(), lockstep.venue)
    lockstep.deliver()

    position = lockstep.position()
    assert (position.status, position.exit_reason) == (PositionStatus.CLOSED, reason)
    assert (change.status, change.quantity) == (ChangeStatus.DONE, before.quantity)
    assert Event.objects.get(kind=EventKind.CHANGE_DONE).facts["is_whole"] is True
    assert not lockstep.orders(Purpose.REDUCE)


def test_a_part_below_the_step_is_refused(lockstep: Lockstep) -> None:
    lockstep.open_position()

    assert work(lockstep, ask(lockstep, share="0.05")).refusal_code == "below_step"


def test_the_fourth_part_close_is_refused(lockstep: Lockstep) -> None:
    lockstep.open_position()
    change_risk_settings(lockstep.account, {"max_reduces": 1}, author="anna", now=lockstep.now())

    first, second = (work(lockstep, ask(lockstep, key=f"reduce-{number}")) for number in range(2))

    assert (first.status, second.refusal_code) == (ChangeStatus.DONE, "max_reduces")


def test_a_stopped_breaker_lets_a_part_be_closed(lockstep: Lockstep) -> None:
    lockstep.open_position()
    breaker_store.change(lockstep.account, lambda breaker, _row: stop_at_once(breaker, now=lockstep.now()))

    assert work(lockstep, ask(lockstep)).status == ChangeStatus.DONE


@pytest.mark.parametrize("change", [{"strategy": "gone"}, {"values": {"leverage": 0}}], ids=["strategy", "settings"])
def test_settings_that_became_invalid_let_a_part_be_closed(lockstep: Lockstep, change: dict[str, Any]) -> None:
    lockstep.open_position()
    wanted = ask(lockstep)
    rows = Bot.objects if "strategy" in change else ConfigVersion.objects
    rows.update(**change)

    assert work(lockstep, wanted).status == ChangeStatus.DONE
    assert not lockstep.naked_at_exchange()


def test_a_lost_answer_makes_no_second_order(either_mode: Lockstep) -> None:
    before = either_mode.open_position()
    either_mode.wire.lose_answer("POST", ORDERS)
    change = ask(either_mode)

    for _ in range(3):
        work(either_mode, change)

    assert either_mode.wire.count("POST", ORDERS) == 2  # the entry and the part
    assert change.status == ChangeStatus.DONE
    assert either_mode.position().quantity == abs(either_mode.open_at_exchange()) == before.quantity - change.quantity


def test_an_order_that_never_arrived_is_not_sent_again(lockstep: Lockstep) -> None:
    before = lockstep.open_position()
    lockstep.wire.swallow("POST", ORDERS)
    change = ask(lockstep)
    work(lockstep, change)
    Order.objects.filter(purpose=Purpose.REDUCE).update(sent_at=lockstep.now() - timedelta(days=1))

    work(lockstep, change)
    work(lockstep, change)

    assert (change.status, change.refusal_code) == (ChangeStatus.FAILED, "unfilled")
    assert lockstep.wire.count("POST", ORDERS) == 2
    assert lockstep.position().quantity == before.quantity


def test_a_refused_order_fails_the_change_and_leaves_the_position(lockstep: Lockstep) -> None:
    before = lockstep.open_position()
    lockstep.wire.refuse("POST", ORDERS, -2022, "ReduceOnly Order is rejected.")

    change = work(lockstep, ask(lockstep))

    assert (change.status, change.refusal) == (ChangeStatus.FAILED, "ReduceOnly Order is rejected.")
    assert lockstep.position().quantity == before.quantity
    assert not lockstep.naked_at_exchange()


def test_a_part_that_was_given_up_and_done_after_all_is_booked(lockstep: Lockstep) -> None:
    before = lockstep.open_position()
    lockstep.wire.lose_answer("POST", ORDERS)
    work_change(ask(lockstep), lockstep.venue)
    lockstep.lose_events()
    Order.objects.filter(purpose=Purpose.REDUCE).update(status=OrderStatus.REJECTED, answered_at=None)

    reconcile.check(lockstep.venue)

    position = lockstep.position()
    assert position.quantity == abs(lockstep.open_at_exchange()) < before.quantity
    assert position.realized_pnl == sum(fill.realized_pnl for fill in position.fills.all())


@pytest.mark.parametrize("died", ["work_execution", "submit"])
def test_a_process_that_died_is_followed_by_one_that_finishes(
    lockstep: Lockstep, died: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = lockstep.open_position()
    change = ask(lockstep)
    with monkeypatch.context() as patched:
        patched.setattr(executions, died, _die)
        with pytest.raises(SystemExit):
            work_change(change, lockstep.venue)
    Order.objects.filter(purpose=Purpose.REDUCE).update(updated_at=lockstep.now() - timedelta(days=1))

    work(lockstep, change)
    work(lockstep, change)

    assert change.status == ChangeStatus.DONE
    assert len(lockstep.orders(Purpose.REDUCE)) == 1
    assert lockstep.position().quantity == before.quantity - change.quantity


def _die(*_args: Any, **_details: Any) -> None:
    raise SystemExit


def test_a_part_by_limit_waits_in_the_book_and_ends_with_its_time(lockstep: Lockstep) -> None:
    before = lockstep.open_position()
    change = ask(lockstep, style=ExecutionStyle.LIMIT)
    work_change(change, lockstep.venue)
    [order] = lockstep.orders(Purpose.REDUCE)

    lockstep.step(601)
    for _ in range(2):
        work(lockstep, change)

    order.refresh_from_db()
    assert (order.order_type, order.reduce_only, order.side) == ("LIMIT", True, Side.BUY)
    assert order.is_final
    assert change.status in (ChangeStatus.DONE, ChangeStatus.FAILED)
    assert lockstep.position().quantity == before.quantity - order.executed_quantity


def test_a_close_beside_a_part_never_turns_the_position(either_mode: Lockstep) -> None:
    either_mode.open_position()
    change = ask(either_mode, share="60")
    either_mode.wire.lose_answer("POST", ORDERS)
    work_change(change, either_mode.venue)

    request_close(either_mode.position(), reason=ExitReason.MANUAL, author="anna", now=either_mode.now())
    for _ in range(4):
        tend(either_mode.position(), either_mode.venue)
        either_mode.deliver()
        work(either_mode, change)

    assert either_mode.open_at_exchange() == 0
    assert either_mode.position().status == PositionStatus.CLOSED
    assert Position.objects.count() == 1


def test_stops_by_quantity_follow_the_smaller_size(lockstep: Lockstep) -> None:
    lockstep.open_position()
    Position.objects.update(is_shared=True)
    tend(lockstep.position(), lockstep.venue)
    lockstep.deliver()

    work(lockstep, ask(lockstep))
    tend(lockstep.position(), lockstep.venue)

    stops = [each for each in lockstep.venue.trading.open_algo_orders(SYMBOL) if each.order_type == "STOP_MARKET"]
    assert [stop.quantity for stop in stops] == [lockstep.position().quantity]


def test_a_part_close_takes_nothing_of_theirs_where_our_stop_has_fired_unheard(lockstep: Lockstep) -> None:
    lockstep.open_position()
    somebody_else_sells(lockstep, 200)
    assert lockstep.position().is_shared
    lockstep.price("10.100")
    lockstep.lose_events()

    change = work(lockstep, ask(lockstep, share="50"))

    assert lockstep.open_at_exchange() == -200
    assert change.status in (ChangeStatus.REFUSED, ChangeStatus.FAILED)


def test_beside_others_a_part_of_ours_is_closed(lockstep: Lockstep) -> None:
    before = lockstep.open_position().quantity
    somebody_else_sells(lockstep, 200)

    change = work(lockstep, ask(lockstep, share="50"))

    assert change.status == ChangeStatus.DONE
    assert lockstep.position().quantity == before - (change.quantity or 0)
    assert lockstep.open_at_exchange() == -200 - lockstep.position().quantity


def test_a_close_waits_for_no_part_close_without_an_answer(either_mode: Lockstep) -> None:
    either_mode.open_position()
    change = ask(either_mode, share="50")
    either_mode.wire.swallow("POST", ORDERS)
    work_change(change, either_mode.venue)
    assert either_mode.orders(Purpose.REDUCE)[0].status == OrderStatus.UNKNOWN

    request_close(either_mode.position(), reason=ExitReason.BREAKER_FLATTEN, author="breaker", now=either_mode.now())
    tend(either_mode.position(), either_mode.venue)

    assert either_mode.open_at_exchange() == 0


def test_a_part_close_that_shows_itself_behind_the_close_turns_nothing(either_mode: Lockstep) -> None:
    either_mode.open_position()
    change = ask(either_mode, share="50")
    either_mode.wire.lose_answer("POST", ORDERS)
    for _ in range(4):
        either_mode.wire.lose_request("GET", ORDERS)
    work_change(change, either_mode.venue)

    request_close(either_mode.position(), reason=ExitReason.BREAKER_FLATTEN, author="breaker", now=either_mode.now())
    for _ in range(4):
        tend(either_mode.position(), either_mode.venue)
        either_mode.deliver()

    assert either_mode.open_at_exchange() == 0
    assert either_mode.position().status == PositionStatus.CLOSED
