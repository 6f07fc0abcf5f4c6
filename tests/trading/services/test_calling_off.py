"""Calling off the rest of a plan: what has filled stays behind its stop, nothing more leaves, whoever comes first."""

from decimal import Decimal

import pytest

from desk.event_kinds import EventKind
from desk.models import Event
from desk.narration import sentence
from signals.strategies.execution import ExecutionStyle
from tests.lockstep import Lockstep
from tests.trading.services.plans import add_in_slices, ask, by_hand, look, sliced_entry
from trading.core.execution_style import Form
from trading.core.states import ChangeKind, ChangeStatus, ExitReason, OrderStatus, PositionStatus, Purpose
from trading.models import Execution, Order
from trading.services import intents
from trading.services.calling_off import NothingToCallOff, call_off_rest, running_plan
from trading.services.executions import work_executions
from trading.services.submit import submit

ORDERS = ("POST", "/fapi/v1/order")


def call_off(lockstep: Lockstep) -> Execution:
    return call_off_rest(lockstep.position(), author="anna", now=lockstep.now())


def pass_all_slices(lockstep: Lockstep) -> None:
    for _ in range(4):
        lockstep.step(61)
        look(lockstep)


def assert_covered(lockstep: Lockstep) -> None:
    assert lockstep.position().quantity == abs(lockstep.open_at_exchange())
    assert not lockstep.naked_at_exchange()


def test_of_an_entry_in_slices_what_is_bought_stays_and_the_rest_is_not_sent(either_mode: Lockstep) -> None:
    first = sliced_entry(either_mode).quantity

    plan = call_off(either_mode)
    pass_all_slices(either_mode)

    plan.refresh_from_db()
    position = either_mode.position()
    assert (position.status, position.quantity, position.is_executing) == (PositionStatus.OPEN, first, False)
    assert (plan.ending, either_mode.wire.count(*ORDERS)) == ("called_off", 1)
    assert_covered(either_mode)


def test_of_an_add_in_slices_what_was_added_stays_and_the_change_is_done(either_mode: Lockstep) -> None:
    change = add_in_slices(either_mode)
    margin = either_mode.position().margin

    call_off(either_mode)
    pass_all_slices(either_mode)

    change.refresh_from_db()
    [order] = either_mode.orders(Purpose.ADD)
    assert (change.status, change.quantity) == (ChangeStatus.DONE, order.executed_quantity)
    assert change.execution.ending == "called_off"
    assert either_mode.position().margin < margin
    assert_covered(either_mode)


def test_the_working_order_is_cancelled_first_and_what_it_filled_meanwhile_counts(lockstep: Lockstep) -> None:
    before = lockstep.open_position().quantity
    lockstep.price("8.300")
    change = ask(lockstep, ChangeKind.ADD, style=ExecutionStyle.LIMIT_THEN_MARKET)
    lockstep.price("8.200")
    look(lockstep)
    lockstep.step(1)
    [order] = lockstep.orders(Purpose.ADD)
    lockstep.price("8.250", quantity="5")
    lockstep.lose_events()

    call_off(lockstep)
    look(lockstep)
    look(lockstep)

    change.refresh_from_db()
    order.refresh_from_db()
    assert order.is_final
    assert lockstep.wire.count(*ORDERS) == 2
    assert lockstep.position().quantity == before + order.executed_quantity
    assert change.execution.ended_at is not None
    assert_covered(lockstep)


def test_an_entry_of_which_nothing_left_yet_ends_unfilled(lockstep: Lockstep) -> None:
    by_hand(lockstep, ExecutionStyle.TWAP)

    call_off(lockstep)
    look(lockstep)

    position = lockstep.position()
    assert (position.status, position.exit_reason) == (PositionStatus.CLOSED, ExitReason.ENTRY_UNFILLED)
    assert lockstep.wire.count(*ORDERS) == 0


def test_an_add_of_which_nothing_left_yet_came_to_nothing_and_says_why(lockstep: Lockstep) -> None:
    before = lockstep.open_position().quantity
    lockstep.price("8.300")
    change = ask(lockstep, ChangeKind.ADD, style=ExecutionStyle.TWAP)
    lockstep.wire.lose_request(*ORDERS)
    look(lockstep)

    call_off(lockstep)
    look(lockstep)

    change.refresh_from_db()
    assert (change.status, change.refusal) == (ChangeStatus.FAILED, "called off before anything was filled")
    assert lockstep.position().quantity == before
    assert_covered(lockstep)


def test_a_slice_written_before_and_not_sent_yet_does_not_leave(lockstep: Lockstep) -> None:
    """The worker wrote the row, then somebody called the rest off, then the worker goes on with its sending."""
    sliced_entry(lockstep)
    lockstep.step(31)
    execution = Execution.objects.get()
    order = intents.piece(execution, form=Form.BOUNDED, quantity=Decimal("17.6"), after=1, now=lockstep.now())

    call_off(lockstep)
    submit(order, lockstep.venue)

    assert (order.status, order.reason) == (OrderStatus.CANCELED, "called off before it was sent")
    assert lockstep.wire.count(*ORDERS) == 1


def test_no_slice_is_written_from_a_look_that_began_before(lockstep: Lockstep) -> None:
    sliced_entry(lockstep)
    stale = Execution.objects.get()
    call_off(lockstep)

    assert intents.piece(stale, form=Form.BOUNDED, quantity=Decimal("17.6"), after=1, now=lockstep.now()) is None
    assert Order.objects.filter(purpose=Purpose.ENTRY).count() == 1


def test_a_slice_of_unknown_outcome_is_waited_for_and_protected(lockstep: Lockstep) -> None:
    first = sliced_entry(lockstep).quantity
    lockstep.step(31)
    lockstep.wire.lose_answer(*ORDERS)
    work_executions(lockstep.venue)
    call_off(lockstep)

    look(lockstep)
    look(lockstep)

    plan = Execution.objects.get()
    assert plan.ending == "called_off"
    assert lockstep.position().quantity > first
    assert_covered(lockstep)


def test_a_process_that_died_after_the_wish_leaves_it_to_the_next_look(lockstep: Lockstep) -> None:
    sliced_entry(lockstep)
    call_off(lockstep)
    lockstep.lose_events()
    lockstep.step(400)  # nobody looked

    look(lockstep)

    assert Execution.objects.get().ending == "called_off"
    assert len(lockstep.orders(Purpose.ENTRY)) == 1
    assert_covered(lockstep)


def test_it_is_called_off_once_and_told_once(lockstep: Lockstep) -> None:
    sliced_entry(lockstep)
    call_off(lockstep)

    with pytest.raises(NothingToCallOff):
        call_off(lockstep)

    [told] = Event.objects.filter(kind=EventKind.LEG_REQUESTED)
    assert sentence(told).strip().endswith("anna asks for rest cancelled")


def test_a_part_close_goes_on_to_its_end(lockstep: Lockstep) -> None:
    lockstep.open_position()
    ask(lockstep, ChangeKind.REDUCE, style=ExecutionStyle.TWAP)
    look(lockstep)

    assert running_plan(lockstep.position()) is None
    with pytest.raises(NothingToCallOff):
        call_off(lockstep)


def test_a_position_whose_plan_was_called_off_may_be_added_to_again(lockstep: Lockstep) -> None:
    add_in_slices(lockstep)
    call_off(lockstep)
    look(lockstep)

    again = ask(lockstep, ChangeKind.ADD, number=2)

    assert again.status == ChangeStatus.ASKED
