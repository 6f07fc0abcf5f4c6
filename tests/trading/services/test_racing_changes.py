"""Workers that look at the same change or plan at once: one order each, and books that agree afterwards."""

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal

import pytest

from signals.strategies.execution import ExecutionStyle
from tests.lockstep import Lockstep
from tests.trading.services.plans import add_in_slices, ask, look, sliced_entry
from tests.trading.services.test_concurrency import at_once, racing  # noqa: F401
from trading.core.states import ChangeKind, ChangeStatus, ExitReason, PositionStatus, Purpose
from trading.models import Execution, Position, PositionChange
from trading.services.calling_off import NothingToCallOff, call_off_rest
from trading.services.executions import work_executions
from trading.services.exit_requests import request_close
from trading.services.position_changes import WantedChange, request_change, work_change
from trading.services.tending import tend

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]
ORDERS = ("POST", "/fapi/v1/order")
WORKERS = 4


def copies(change: PositionChange) -> list[PositionChange]:
    """The row as each worker has read it."""
    rows = PositionChange.objects.select_related("position__account", "position__bot", "position__config_version")
    return [rows.get(pk=change.pk) for _ in range(WORKERS)]


def settle(desk: Lockstep) -> None:
    for _ in range(3):
        desk.deliver()
        look(desk)


def books_agree(desk: Lockstep) -> bool:
    return desk.position().quantity == abs(desk.open_at_exchange()) and not desk.naked_at_exchange()


@pytest.mark.parametrize("kind", [ChangeKind.ADD, ChangeKind.REDUCE])
def test_a_change_that_many_work_at_once_is_one_order(racing: Lockstep, kind: ChangeKind) -> None:  # noqa: F811
    before = racing.open_position().quantity
    racing.price("8.300")
    change = ask(racing, kind)

    at_once(*(lambda each=each: work_change(each, racing.venue) for each in copies(change)))
    settle(racing)

    change.refresh_from_db()
    sign = 1 if kind is ChangeKind.ADD else -1
    assert change.status == ChangeStatus.DONE
    assert racing.wire.count(*ORDERS) == 2  # the entry and the change
    assert racing.position().quantity == before + sign * change.quantity
    assert books_agree(racing)


def test_a_slice_that_is_due_is_sent_by_one_of_many_workers(racing: Lockstep) -> None:  # noqa: F811
    sliced_entry(racing)
    racing.step(31)

    at_once(*(lambda: work_executions(racing.venue) for _ in range(WORKERS)))
    settle(racing)

    assert [order.attempt for order in racing.orders(Purpose.ENTRY)] == [1, 2]
    assert racing.wire.count(*ORDERS) == 2
    assert books_agree(racing)


def test_a_close_that_races_with_a_slice_of_an_add_leaves_nothing_open(racing: Lockstep) -> None:  # noqa: F811
    change = add_in_slices(racing)
    racing.step(61)
    position = racing.position()

    def close() -> None:
        request_close(position, reason=ExitReason.MANUAL, author="anna", now=racing.now())
        tend(Position.objects.select_related("account", "bot").get(pk=position.pk), racing.venue)

    at_once(close, *(lambda each=each: work_change(each, racing.venue) for each in copies(change)[:2]))
    settle(racing)

    assert racing.position().status == PositionStatus.CLOSED
    assert racing.open_at_exchange() == 0
    assert Execution.objects.filter(ended_at=None).count() == 0


def test_of_many_requests_at_once_one_is_taken(racing: Lockstep) -> None:  # noqa: F811
    position = racing.open_position()

    def asker(number: int) -> Callable[[], object]:
        wanted = WantedChange(
            kind=ChangeKind.REDUCE,
            key=f"reduce-{number}",
            author="strategy",
            share_pct=Decimal(25),
            style=ExecutionStyle.MARKET,
        )
        return lambda: request_change(position, wanted, now=racing.now())

    at_once(*(asker(number) for number in range(WORKERS)))

    found = sorted(PositionChange.objects.values_list("status", "refusal_code"))
    assert found == [("asked", ""), *[("refused", "change_in_work")] * (WORKERS - 1)]


def test_many_requests_with_one_key_are_one_row(racing: Lockstep) -> None:  # noqa: F811
    position = racing.open_position()
    wanted = WantedChange(kind=ChangeKind.REDUCE, key="the same", author="strategy", share_pct=Decimal(25))

    at_once(*(lambda: request_change(position, wanted, now=racing.now()) for _ in range(WORKERS)))

    assert PositionChange.objects.get().status == ChangeStatus.ASKED


def test_a_wish_to_send_no_more_that_races_with_the_next_slice_lets_at_most_that_one_out(
    racing: Lockstep,  # noqa: F811
) -> None:
    sliced_entry(racing)
    racing.step(31)
    position = racing.position()

    at_once(
        lambda: call_off_rest(position, author="anna", now=racing.now()),
        *(lambda: work_executions(racing.venue) for _ in range(WORKERS)),
    )
    settle(racing)
    racing.step(61)
    settle(racing)

    sent = racing.wire.count(*ORDERS)
    assert sent in (1, 2)
    assert Execution.objects.get().ending == "called_off"
    assert not racing.position().is_executing
    assert books_agree(racing)


def test_of_many_wishes_to_send_no_more_one_is_taken(racing: Lockstep) -> None:  # noqa: F811
    sliced_entry(racing)
    position, taken = racing.position(), []

    def wish() -> None:
        with suppress(NothingToCallOff):
            taken.append(call_off_rest(position, author="anna", now=racing.now()))

    at_once(*(wish for _ in range(WORKERS)))

    assert len(taken) == 1
