"""Entries by style: one order or many, always protected, ended by breaker, close and time, whole after a restart."""

from decimal import Decimal

import pytest

from desk.event_kinds import EventKind
from desk.models import Event
from risk import breaker_store
from risk.breaker import stop_at_once
from signals.strategies.execution import ExecutionStyle
from tests.lockstep import SYMBOL, Lockstep
from tests.trading.services.plans import by_hand, look, styled
from trading.core.states import ExitReason, OrderStatus, PositionStatus, Purpose
from trading.models import Execution, Order, Position
from trading.services import reconcile
from trading.services.exit_requests import request_close
from trading.services.manual_changes import request_entry_cancel
from trading.services.manual_entry import EntryRefused
from trading.services.slippage_alarm import slippage_of, tell_slippage
from trading.services.tending import tend


def entries(lockstep: Lockstep) -> list[Order]:
    return lockstep.orders(Purpose.ENTRY)


def test_by_default_an_entry_is_one_limit_order_as_ever(lockstep: Lockstep) -> None:
    position = lockstep.enter()

    [order] = entries(lockstep)
    assert (order.order_type, order.price, order.execution) == ("LIMIT", Decimal("8.500"), None)
    assert not position.is_executing
    assert not Execution.objects.exists()


def test_at_market_an_entry_has_no_price(lockstep: Lockstep) -> None:
    styled(lockstep, "market")

    position = lockstep.open_position()

    [order] = entries(lockstep)
    assert (order.order_type, order.price, position.status) == ("MARKET", None, PositionStatus.OPEN)
    assert not lockstep.naked_at_exchange()


def test_slices_fill_one_after_the_other_behind_a_stop(either_mode: Lockstep) -> None:
    styled(either_mode, "twap", twap_slices=4, twap_seconds=120)
    position = either_mode.enter()
    either_mode.deliver()
    sizes = [either_mode.position().quantity]
    assert not either_mode.naked_at_exchange()

    for _ in range(3):
        either_mode.step(30)
        look(either_mode)
        sizes.append(either_mode.position().quantity)
        assert not either_mode.naked_at_exchange()
    look(either_mode)

    position = either_mode.position()
    assert sizes == [Decimal("17.6"), Decimal("35.2"), Decimal("52.8"), Decimal("70.5")]
    assert [order.attempt for order in entries(either_mode)] == [1, 2, 3, 4]
    assert {order.order_type for order in entries(either_mode)} == {"LIMIT"}
    assert position.quantity == position.entered_quantity == abs(either_mode.open_at_exchange())
    assert (position.is_executing, position.naked_since) == (False, None)
    assert Execution.objects.get().ending == "filled"


def test_looking_twice_sends_no_slice_twice(lockstep: Lockstep) -> None:
    styled(lockstep, "twap")
    lockstep.enter()

    for _ in range(5):
        look(lockstep)

    assert len(entries(lockstep)) == 1


def test_a_lost_answer_of_a_slice_is_asked_for_and_not_sent_again(lockstep: Lockstep) -> None:
    styled(lockstep, "twap", twap_slices=2, twap_seconds=60)
    lockstep.wire.lose_answer("POST", "/fapi/v1/order")
    lockstep.enter()

    look(lockstep)
    lockstep.step(31)
    look(lockstep)
    look(lockstep)

    assert lockstep.wire.count("POST", "/fapi/v1/order") == 2
    assert lockstep.position().quantity == abs(lockstep.open_at_exchange()) == Decimal("70.5")


def test_a_tripped_breaker_ends_the_slices_and_what_was_filled_stays_protected(lockstep: Lockstep) -> None:
    styled(lockstep, "twap")
    lockstep.enter()
    lockstep.deliver()
    breaker_store.change(lockstep.account, lambda breaker, _row: stop_at_once(breaker, now=lockstep.now()))

    lockstep.step(61)
    look(lockstep)

    assert len(entries(lockstep)) == 1
    assert Execution.objects.get().ending == "stopped"
    assert lockstep.position().quantity == Decimal("17.6")
    assert not lockstep.naked_at_exchange()


def test_a_close_ends_the_slices(lockstep: Lockstep) -> None:
    styled(lockstep, "twap")
    lockstep.enter()
    lockstep.deliver()

    request_close(lockstep.position(), reason=ExitReason.MANUAL, author="anna", now=lockstep.now())
    tend(lockstep.position(), lockstep.venue)
    lockstep.deliver()
    lockstep.step(61)
    look(lockstep)

    assert lockstep.position().status == PositionStatus.CLOSED
    assert lockstep.open_at_exchange() == 0
    assert len(entries(lockstep)) == 1
    assert Execution.objects.get().ended_at is not None


def test_a_cancelled_entry_ends_the_slices(lockstep: Lockstep) -> None:
    styled(lockstep, "twap")
    lockstep.enter()
    lockstep.deliver()

    request_entry_cancel(lockstep.position(), author="anna", now=lockstep.now())
    lockstep.step(61)
    look(lockstep)

    assert len(entries(lockstep)) == 1
    assert lockstep.position().status == PositionStatus.OPEN


def test_beyond_the_bound_no_slice_fills_and_the_next_takes_it_along(lockstep: Lockstep) -> None:
    styled(lockstep, "twap", twap_slices=3, twap_seconds=90, max_slippage_pct="0.5")
    lockstep.enter()
    lockstep.deliver()

    lockstep.price("8.300", after=31)
    look(lockstep)
    lockstep.price("8.500", after=31)
    look(lockstep)

    assert [order.status for order in entries(lockstep)] == ["FILLED", "EXPIRED", "FILLED"]
    assert lockstep.position().quantity == Decimal("70.5")


def test_a_restart_in_the_middle_goes_on_with_the_slice_that_is_due(lockstep: Lockstep) -> None:
    styled(lockstep, "twap", twap_slices=4, twap_seconds=120)
    lockstep.enter()
    lockstep.lose_events()
    lockstep.step(65)  # nobody looked for two slices

    reconcile.reconcile(lockstep.venue)
    look(lockstep)

    assert [order.quantity for order in entries(lockstep)] == [Decimal("17.6"), Decimal("35.2")]
    assert lockstep.position().quantity == abs(lockstep.open_at_exchange()) == Decimal("52.8")
    assert not lockstep.naked_at_exchange()


def waiting(lockstep: Lockstep) -> None:
    """A limit that waits behind the price."""
    styled(lockstep, "limit_then_market", entry_offset_pct="1", style_timeout_seconds=60, max_slippage_pct="0.5")
    lockstep.enter()
    lockstep.deliver()


def test_a_limit_gives_way_to_the_market_within_its_bound(lockstep: Lockstep) -> None:
    waiting(lockstep)
    assert lockstep.position().status == PositionStatus.PENDING
    lockstep.step(61)

    look(lockstep)
    look(lockstep)

    first, second = entries(lockstep)
    assert (first.status, first.is_immediate) == (OrderStatus.CANCELED, False)
    assert (second.is_immediate, second.status) == (True, OrderStatus.FILLED)
    assert second.price >= Execution.objects.get().reference_price * Decimal("0.995")
    assert lockstep.position().quantity == abs(lockstep.open_at_exchange()) == second.quantity
    assert not lockstep.naked_at_exchange()


def test_beyond_its_bound_the_rest_is_let_go(lockstep: Lockstep) -> None:
    waiting(lockstep)
    lockstep.price("8.300")
    lockstep.step(61)

    look(lockstep)
    look(lockstep)
    tend(lockstep.position(), lockstep.venue)

    assert entries(lockstep)[1].status == OrderStatus.EXPIRED
    assert lockstep.open_at_exchange() == 0
    assert (lockstep.position().status, lockstep.position().exit_reason) == (
        PositionStatus.CLOSED,
        ExitReason.ENTRY_UNFILLED,
    )


def test_an_order_by_hand_goes_in_slices_too(lockstep: Lockstep) -> None:
    by_hand(lockstep, ExecutionStyle.TWAP)
    look(lockstep)
    for _ in range(3):
        lockstep.step(61)
        look(lockstep)
    look(lockstep)

    position = lockstep.position()
    assert len(entries(lockstep)) == 4
    assert (position.status, position.is_executing) == (PositionStatus.OPEN, False)
    assert position.leverage == lockstep.venue.trading.symbol_config(SYMBOL).leverage
    assert not lockstep.naked_at_exchange()


@pytest.mark.parametrize(("style", "price"), [(ExecutionStyle.MARKET, Decimal("8.5")), (ExecutionStyle.LIMIT, None)])
def test_a_style_that_contradicts_the_price_is_refused(
    lockstep: Lockstep, style: ExecutionStyle, price: Decimal | None
) -> None:
    with pytest.raises(EntryRefused) as refused:
        by_hand(lockstep, style, price=price)

    assert refused.value.field == "price"
    assert not Position.objects.exists()


def test_every_fill_is_measured_against_the_decision(lockstep: Lockstep) -> None:
    position = lockstep.open_position()

    [fill] = position.fills.all()
    told = Event.objects.get(kind=EventKind.ENTRY_FILLED)
    assert position.decision_price is not None
    assert slippage_of(fill) == Decimal(told.facts["slippage_bps"])


def test_the_alarm_has_its_limit_in_the_settings(lockstep: Lockstep) -> None:
    styled(lockstep, "limit", slippage_alarm_bps=50)
    lockstep.enter()
    Order.objects.update(reference_price=Decimal("8.600"))  # sold 116 bps below

    lockstep.deliver()

    told = Event.objects.get(kind=EventKind.SLIPPAGE_HIGH)
    assert (told.facts["purpose"], told.facts["limit"]) == ("entry", "50")
    assert Decimal(told.facts["slippage_bps"]) > 100

    [fill] = lockstep.position().fills.all()
    tell_slippage(fill, Decimal(200), now=lockstep.now())  # another fill of the same order

    assert Event.objects.filter(kind=EventKind.SLIPPAGE_HIGH).count() == 1


@pytest.mark.parametrize(
    ("reason", "is_measured"), [(ExitReason.MANUAL, True), (ExitReason.UNPROTECTED_FLATTEN, False)]
)
def test_a_close_in_no_hurry_is_measured_and_one_that_protects_is_not(
    lockstep: Lockstep, reason: ExitReason, is_measured: bool
) -> None:
    position = lockstep.open_position()
    request_close(position, reason=reason, author="anna", now=lockstep.now())

    tend(lockstep.position(), lockstep.venue)
    lockstep.deliver()

    close = Order.objects.get(purpose=Purpose.CLOSE)
    assert (close.reference_price is not None) is is_measured


def test_an_alarm_that_is_switched_off_says_nothing(lockstep: Lockstep) -> None:
    styled(lockstep, "limit", slippage_alarm_bps=0)
    lockstep.enter()
    Order.objects.update(reference_price=Decimal("8.900"))

    lockstep.deliver()

    assert not Event.objects.filter(kind=EventKind.SLIPPAGE_HIGH).exists()
