"""Entries that were committed and not sent yet: what has changed meanwhile decides whether they still leave."""

from datetime import timedelta

import pytest
from django.utils import timezone

from exchange.types import MarginType
from signals.strategies.execution import ExecutionStyle
from tests.lockstep import SYMBOL, Lockstep
from tests.trading.services.plans import by_hand, look, somebody_else_sells, styled
from trading.core.blocks import BlockReason
from trading.core.states import ExitReason, OrderStatus, PositionStatus, Purpose
from trading.models import Order, SymbolBlock
from trading.services import reconcile
from trading.services.exit_requests import request_close

ORDERS = "/fapi/v1/order"
FOREIGN = "a position or order that is not ours stands on the symbol"
TOO_LATE = "at market, and not sent while its price was known"
SETUP = [("POST", "/fapi/v1/leverage", -4028), ("POST", "/fapi/v1/marginType", -4067)]


def long_ago() -> None:
    Order.objects.update(updated_at=timezone.now() - timedelta(seconds=10))


def unsent(lockstep: Lockstep) -> Order:
    """An entry of the bot that could not be sent."""
    lockstep.wire.lose_request("POST", ORDERS)
    lockstep.enter()
    long_ago()
    [order] = lockstep.orders(Purpose.ENTRY)
    assert order.status == OrderStatus.PENDING
    return order


def block(lockstep: Lockstep) -> SymbolBlock:
    return SymbolBlock.objects.create(
        account=lockstep.account, symbol=SYMBOL, reason=BlockReason.FOREIGN_ORDER, detail="theirs", since=lockstep.now()
    )


def test_an_entry_waits_while_its_symbol_is_blocked_and_leaves_afterwards(lockstep: Lockstep) -> None:
    order = unsent(lockstep)
    blocked = block(lockstep)
    look(lockstep)
    order.refresh_from_db()
    held = order.status

    blocked.delete()
    long_ago()
    look(lockstep)

    order.refresh_from_db()
    assert held == OrderStatus.PENDING
    assert order.status == OrderStatus.FILLED
    assert not lockstep.naked_at_exchange()


def test_an_entry_by_hand_does_not_join_what_somebody_else_opened_meanwhile(lockstep: Lockstep) -> None:
    by_hand(lockstep, ExecutionStyle.LIMIT_THEN_MARKET)
    somebody_else_sells(lockstep)
    sent = lockstep.wire.count("POST", ORDERS)

    for _ in range(3):
        look(lockstep)

    assert lockstep.wire.count("POST", ORDERS) == sent
    assert lockstep.open_at_exchange() == -5


@pytest.mark.parametrize("style", [None, ExecutionStyle.LIMIT_THEN_MARKET])
def test_an_entry_by_hand_joins_nobody_whom_no_check_has_seen_yet(
    lockstep: Lockstep, style: ExecutionStyle | None
) -> None:
    lockstep.venue.trading.set_margin_type(SYMBOL, MarginType.ISOLATED)
    lockstep.venue.trading.set_leverage(SYMBOL, 3)
    reconcile.check(lockstep.venue)
    somebody_else_sells(lockstep, 100, noticed=False)
    by_hand(lockstep, style)

    for _ in range(3):
        look(lockstep)

    [order] = lockstep.orders(Purpose.ENTRY)
    assert (order.status, order.reason) == (OrderStatus.CANCELED, FOREIGN)
    assert lockstep.open_at_exchange() == -100
    assert lockstep.position().exit_reason == ExitReason.ENTRY_UNFILLED


def test_an_entry_that_stays_blocked_is_given_up_at_its_deadline(lockstep: Lockstep) -> None:
    order = unsent(lockstep)
    block(lockstep)
    lockstep.step(601)

    look(lockstep)

    order.refresh_from_db()
    position = lockstep.position()
    assert (order.status, order.reason) == (OrderStatus.CANCELED, "not sent before its deadline")
    assert (position.status, position.exit_reason) == (PositionStatus.CLOSED, ExitReason.ENTRY_UNFILLED)


@pytest.mark.parametrize("style", [None, ExecutionStyle.MARKET])
@pytest.mark.parametrize(("waited", "leaves"), [(20, True), (40, False)])
def test_an_order_at_market_leaves_only_while_the_price_it_was_asked_at_is_known(
    lockstep: Lockstep, style: ExecutionStyle | None, waited: int, leaves: bool
) -> None:
    by_hand(lockstep, style)
    [order] = lockstep.orders(Purpose.ENTRY)
    assert order.price is None
    Order.objects.update(committed_at=timezone.now() - timedelta(seconds=waited))

    for _ in range(3):
        look(lockstep)

    order.refresh_from_db()
    assert bool(lockstep.open_at_exchange()) is leaves
    if not leaves:
        assert (order.status, order.reason) == (OrderStatus.CANCELED, TOO_LATE)
        assert lockstep.position().exit_reason == ExitReason.ENTRY_UNFILLED


def test_an_order_with_a_limit_may_wait_for_its_turn(lockstep: Lockstep) -> None:
    order = unsent(lockstep)
    Order.objects.update(committed_at=timezone.now() - timedelta(seconds=40))

    look(lockstep)

    order.refresh_from_db()
    assert order.status == OrderStatus.FILLED


@pytest.mark.parametrize(("method", "path", "code"), SETUP)
def test_an_entry_is_dropped_where_the_symbol_cannot_be_made_ready(
    lockstep: Lockstep, method: str, path: str, code: int
) -> None:
    lockstep.wire.refuse(method, path, code, "no")
    by_hand(lockstep, ExecutionStyle.TWAP)

    look(lockstep)

    [order] = lockstep.orders(Purpose.ENTRY)
    assert order.status == OrderStatus.CANCELED
    assert lockstep.wire.count("POST", ORDERS) == 0


def test_a_close_asked_for_before_the_entry_left_leaves_nothing_behind(either_mode: Lockstep) -> None:
    order = unsent(either_mode)
    request_close(either_mode.position(), reason=ExitReason.MANUAL, author="anna", now=either_mode.now())

    for _ in range(2):
        look(either_mode)

    order.refresh_from_db()
    position = either_mode.position()
    assert order.status == OrderStatus.CANCELED
    assert (position.status, position.exit_reason) == (PositionStatus.CLOSED, ExitReason.ENTRY_UNFILLED)
    assert either_mode.open_at_exchange() == 0


def test_a_first_slice_that_could_not_leave_is_sent_once_when_it_can(either_mode: Lockstep) -> None:
    styled(either_mode, "twap", twap_slices=2, twap_seconds=60)
    unsent(either_mode)

    for _ in range(3):
        look(either_mode)

    [order] = either_mode.orders(Purpose.ENTRY)
    assert order.status == OrderStatus.FILLED
    assert either_mode.position().quantity == abs(either_mode.open_at_exchange()) == order.quantity
    assert not either_mode.naked_at_exchange()


def test_leverage_that_somebody_changed_meanwhile_is_set_again_before_the_entry_leaves(lockstep: Lockstep) -> None:
    order = unsent(lockstep)
    wanted = lockstep.position().leverage
    lockstep.venue.trading.set_leverage(SYMBOL, wanted + 5)

    look(lockstep)

    order.refresh_from_db()
    assert order.status == OrderStatus.FILLED
    assert lockstep.venue.trading.symbol_config(SYMBOL).leverage == wanted
