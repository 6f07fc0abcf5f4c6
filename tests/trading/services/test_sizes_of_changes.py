"""How large adds and part closes may become: steps, the least and the most that the exchange takes in one order."""

from decimal import Decimal
from pathlib import Path

import pytest

from signals.strategies.execution import ExecutionStyle
from tests.lockstep import Lockstep
from tests.trading.services.plans import ask, look
from tests.trading.services.test_takeover import ask as adopt
from tests.trading.services.test_takeover import open_by_hand
from trading.core.states import ChangeKind, ChangeStatus, ExitReason, PositionStatus, Purpose
from trading.services.exit_requests import request_close
from trading.services.takeover import work_adoptions
from trading.services.tending import tend


@pytest.fixture
def narrow(db: None, tmp_path: Path) -> Lockstep:
    """A contract of which one market order takes 80; the position is 70.5."""
    desk = Lockstep(tmp_path, market_max="80")
    desk.open_position()
    desk.price("8.300")
    return desk


def carried_out(desk: Lockstep, kind: ChangeKind, **details: object) -> tuple[str, Decimal | None]:
    change = ask(desk, kind, **details)
    for _ in range(5):
        look(desk)
    change.refresh_from_db()
    return change.status, change.quantity


def test_an_add_leaves_the_whole_closable_by_one_market_order(narrow: Lockstep) -> None:
    status, added = carried_out(narrow, ChangeKind.ADD)

    assert (status, added) == (ChangeStatus.DONE, Decimal("9.5"))
    assert narrow.position().quantity == 80


def test_a_position_as_large_as_that_is_not_added_to(narrow: Lockstep) -> None:
    carried_out(narrow, ChangeKind.ADD)

    status, added = carried_out(narrow, ChangeKind.ADD, number=2)

    assert (status, added) == (ChangeStatus.REFUSED, None)
    assert narrow.position().quantity == 80


def test_what_an_add_made_larger_is_closed_by_one_order(narrow: Lockstep) -> None:
    carried_out(narrow, ChangeKind.ADD)

    request_close(narrow.position(), reason=ExitReason.MANUAL, author="anna", now=narrow.now())
    for _ in range(3):
        narrow.deliver()
        look(narrow)
        tend(narrow.position(), narrow.venue)

    assert narrow.position().status == PositionStatus.CLOSED
    assert [order.quantity for order in narrow.orders(Purpose.CLOSE)] == [Decimal("80.0")]


@pytest.mark.parametrize(("share", "quantity"), [("33.33", "23.4"), ("50", "35.2"), ("0.2", "0.1"), ("14.2", "10.0")])
def test_a_part_is_rounded_down_to_the_step(lockstep: Lockstep, share: str, quantity: str) -> None:
    before = lockstep.open_position().quantity

    status, closed = carried_out(lockstep, ChangeKind.REDUCE, share=share)

    assert (status, closed) == (ChangeStatus.DONE, Decimal(quantity))
    assert before - closed == lockstep.position().quantity == abs(lockstep.open_at_exchange())


@pytest.mark.parametrize("style", list(ExecutionStyle))
def test_in_every_style_an_add_comes_to_its_share(lockstep: Lockstep, style: ExecutionStyle) -> None:
    before = lockstep.open_position().quantity
    lockstep.price("8.300")
    change = ask(lockstep, ChangeKind.ADD, style=style)

    for _ in range(6):
        look(lockstep)
        lockstep.step(61)

    change.refresh_from_db()
    assert (change.status, change.quantity) == (ChangeStatus.DONE, Decimal("35.2"))
    assert lockstep.position().quantity == before + change.quantity == abs(lockstep.open_at_exchange())
    assert not lockstep.naked_at_exchange()


@pytest.mark.parametrize("share", ["50", "80"])
def test_a_part_of_an_adopted_position_larger_than_one_market_order_takes_more_of_them(
    db: None, tmp_path: Path, share: str
) -> None:
    desk = Lockstep(tmp_path, market_max="80")
    for _ in range(3):
        open_by_hand(desk, quantity="70")
    adopt(desk)
    work_adoptions(desk.venue)
    desk.deliver()

    status, reduced = carried_out(desk, ChangeKind.REDUCE, share=share)

    assert (status, reduced) == (ChangeStatus.DONE, Decimal(210) * Decimal(share) / 100)
    assert desk.open_at_exchange() == desk.position().quantity == 210 - reduced
