"""What ends or holds up a plan in steps: no slice leaves into a state that a first order would be refused in."""

from datetime import timedelta

import pytest
from django.utils import timezone

from risk import breaker_store
from risk.breaker import stop_at_once
from signals.strategies.execution import ExecutionStyle
from tests.lockstep import SYMBOL, Lockstep
from tests.trading.services.plans import add_in_slices, ask, by_hand, look, sliced_entry, somebody_else_sells
from trading.core.blocks import BlockReason
from trading.core.states import ChangeKind, ChangeStatus, ExitReason, OrderStatus, PositionStatus, Purpose
from trading.models import Execution, Order, Position, SymbolBlock
from trading.services.exit_requests import request_close
from trading.services.tending import tend
from trading.venue import ContractRules

ORDERS = "/fapi/v1/order"
LIVING = [OrderStatus.PENDING, OrderStatus.SUBMITTING, OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED]


def pass_all_slices(lockstep: Lockstep) -> None:
    for _ in range(6):
        lockstep.step(61)
        look(lockstep)


@pytest.mark.parametrize("style", [ExecutionStyle.TWAP, ExecutionStyle.LIMIT_THEN_MARKET])
def test_leverage_that_does_not_take_means_no_later_step_either(lockstep: Lockstep, style: ExecutionStyle) -> None:
    lockstep.wire.refuse("POST", "/fapi/v1/leverage", -4028, "Leverage is not valid.")
    by_hand(lockstep, style)

    look(lockstep)
    pass_all_slices(lockstep)

    position = lockstep.position()
    assert lockstep.wire.count("POST", ORDERS) == 0
    assert (position.status, position.exit_reason) == (PositionStatus.CLOSED, ExitReason.ENTRY_UNFILLED)
    assert (position.is_executing, Execution.objects.get().ending) == (False, "refused")


def test_a_foreign_quantity_that_joins_ours_holds_up_the_slices_that_are_left(lockstep: Lockstep) -> None:
    first = sliced_entry(lockstep).quantity
    somebody_else_sells(lockstep)

    pass_all_slices(lockstep)

    assert SymbolBlock.objects.filter(symbol=SYMBOL).exists()
    assert lockstep.position().quantity == first
    assert len(lockstep.orders(Purpose.ENTRY)) == 1
    assert not lockstep.naked_at_exchange()


def block(lockstep: Lockstep, symbol: str = SYMBOL) -> SymbolBlock:
    return SymbolBlock.objects.create(
        account=lockstep.account, symbol=symbol, reason=BlockReason.UNRECONCILED, detail="", since=lockstep.now()
    )


@pytest.mark.parametrize("symbol", [SYMBOL, ""], ids=["symbol", "account"])
def test_slices_go_on_once_a_block_is_lifted(lockstep: Lockstep, symbol: str) -> None:
    sliced_entry(lockstep)
    blocked = block(lockstep, symbol)
    lockstep.step(31)
    look(lockstep)
    held = len(lockstep.orders(Purpose.ENTRY))

    blocked.delete()
    look(lockstep)

    assert (held, len(lockstep.orders(Purpose.ENTRY))) == (1, 2)


def test_a_block_that_stays_ends_the_plan_with_its_time(lockstep: Lockstep) -> None:
    sliced_entry(lockstep)
    block(lockstep)

    lockstep.step(1200)
    look(lockstep)

    assert Execution.objects.get().ended_at is not None
    assert not lockstep.position().is_executing
    assert len(lockstep.orders(Purpose.ENTRY)) == 1


def test_a_block_holds_up_no_part_that_is_to_be_closed(lockstep: Lockstep) -> None:
    before = lockstep.open_position()
    block(lockstep)
    change = ask(lockstep, ChangeKind.REDUCE, style=ExecutionStyle.TWAP)

    look(lockstep)
    pass_all_slices(lockstep)

    change.refresh_from_db()
    assert change.status == ChangeStatus.DONE
    assert lockstep.position().quantity == before.quantity - change.quantity


def test_an_automatic_add_ends_with_the_switch_and_one_by_hand_does_not(lockstep: Lockstep) -> None:
    change = add_in_slices(lockstep, decision_id=5)
    added = len(lockstep.orders(Purpose.ADD))
    lockstep.bot.auto_trade = False
    lockstep.bot.save()

    pass_all_slices(lockstep)

    change.refresh_from_db()
    [order] = lockstep.orders(Purpose.ADD)
    assert added == 1
    assert (change.status, change.quantity) == (ChangeStatus.DONE, order.executed_quantity)
    assert change.execution.ending == "stopped"
    assert not lockstep.position().is_executing


def test_an_add_that_a_person_asked_for_needs_no_switch(lockstep: Lockstep) -> None:
    change = add_in_slices(lockstep)
    lockstep.bot.auto_trade = False
    lockstep.bot.save()

    pass_all_slices(lockstep)

    change.refresh_from_db()
    assert change.execution.ending == "filled"


def test_a_breaker_that_trips_between_two_slices_ends_an_add(either_mode: Lockstep) -> None:
    change = add_in_slices(either_mode)
    breaker_store.change(either_mode.account, lambda breaker, _row: stop_at_once(breaker, now=either_mode.now()))

    pass_all_slices(either_mode)

    change.refresh_from_db()
    [order] = either_mode.orders(Purpose.ADD)
    assert (change.status, change.execution.ending) == (ChangeStatus.DONE, "stopped")
    assert change.quantity == order.executed_quantity
    assert either_mode.position().quantity == abs(either_mode.open_at_exchange())
    assert not either_mode.naked_at_exchange()


def without_stop(lockstep: Lockstep) -> None:
    """Somebody cancels the stop by hand, and no new one is taken."""
    [stop] = lockstep.stops_at_exchange()
    for _ in range(40):
        lockstep.wire.refuse("POST", "/fapi/v1/algoOrder", -1111, "Precision is over the maximum defined.")
    lockstep.venue.trading.cancel_algo_order(SYMBOL, stop)


def test_a_slice_that_waits_to_be_sent_does_not_leave_while_nothing_protects(lockstep: Lockstep) -> None:
    sliced_entry(lockstep)
    lockstep.wire.lose_request("POST", ORDERS)
    lockstep.step(31)
    look(lockstep)
    waiting = lockstep.orders(Purpose.ENTRY)[1]
    Order.objects.filter(pk=waiting.pk).update(updated_at=timezone.now() - timedelta(seconds=10))
    Position.objects.update(naked_since=timezone.now())
    sent = lockstep.wire.count("POST", ORDERS)

    look(lockstep)

    waiting.refresh_from_db()
    assert lockstep.wire.count("POST", ORDERS) == sent
    assert waiting.status == OrderStatus.PENDING


def test_a_position_that_lost_its_stop_gets_no_further_slice(lockstep: Lockstep) -> None:
    sliced_entry(lockstep)
    without_stop(lockstep)
    lockstep.deliver()

    pass_all_slices(lockstep)

    assert len(lockstep.orders(Purpose.ENTRY)) == 1
    assert lockstep.open_at_exchange() == 0  # the ladder ended in a close
    assert not Order.objects.filter(purpose=Purpose.ENTRY, status__in=LIVING).exists()


class Delisted(ContractRules):
    """Rules as a process reads them that started after the contract was taken off the list."""

    def _read(self, symbol: str, now: object) -> None:
        self._rules = {}


def delist(lockstep: Lockstep) -> None:
    object.__setattr__(lockstep.venue, "rules", Delisted(lockstep.venue.market))


def test_a_contract_that_is_gone_ends_the_plan_and_its_waiting_order(lockstep: Lockstep) -> None:
    sliced_entry(lockstep)
    lockstep.step(31)
    delist(lockstep)

    look(lockstep)

    assert Execution.objects.get().ending == "stopped"
    assert not lockstep.position().is_executing
    assert len(lockstep.orders(Purpose.ENTRY)) == 1
    assert not lockstep.naked_at_exchange()


def test_an_add_on_a_contract_that_is_gone_ends_with_its_position(lockstep: Lockstep) -> None:
    change = add_in_slices(lockstep)
    delist(lockstep)
    request_close(lockstep.position(), reason=ExitReason.DELISTED, author="exchange", now=lockstep.now())

    look(lockstep)
    look(lockstep)

    change.refresh_from_db()
    assert change.execution.ended_at is not None
    assert change.status == ChangeStatus.DONE


def test_a_plan_of_a_position_that_closed_unseen_is_ended_by_the_next_look(lockstep: Lockstep) -> None:
    sliced_entry(lockstep)
    request_close(lockstep.position(), reason=ExitReason.MANUAL, author="anna", now=lockstep.now())
    for _ in range(2):
        tend(lockstep.position(), lockstep.venue)
        lockstep.deliver()
    closed = lockstep.position().status

    look(lockstep)

    assert closed == PositionStatus.CLOSED
    assert Execution.objects.get().ending == "stopped"
    assert lockstep.open_at_exchange() == 0
