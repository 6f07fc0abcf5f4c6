"""The life of a trade, from signal to closed row, against the paper exchange."""

from datetime import timedelta
from decimal import Decimal

from desk.event_kinds import EventKind
from desk.models import Event
from tests.lockstep import Lockstep
from trading.core.states import ExitReason, OrderStatus, PositionStatus
from trading.services import reconcile


def test_a_signal_becomes_a_protected_short(either_mode: Lockstep) -> None:
    either_mode.enter()
    either_mode.deliver()

    position = either_mode.position()
    assert position.status == PositionStatus.OPEN
    assert either_mode.open_at_exchange() == -position.quantity == Decimal("-70.5")
    assert position.entry_price == Decimal("8.5")
    assert position.stop_price == Decimal("10.03")
    assert len(either_mode.stops_at_exchange()) == 1
    assert position.naked_since is None
    assert [order.status for order in either_mode.orders("take_profit")] == [OrderStatus.NEW]


def test_the_stop_leaves_before_the_take_profit(lockstep: Lockstep) -> None:
    lockstep.open_position()

    stop, target = lockstep.orders("stop")[0], lockstep.orders("take_profit")[0]
    assert stop.sent_at < target.sent_at
    assert stop.answered_at <= target.sent_at


def test_a_stop_that_fires_closes_the_row_and_sweeps_the_take_profit(either_mode: Lockstep) -> None:
    either_mode.open_position()

    either_mode.price("10.100")
    either_mode.deliver()

    position = either_mode.position()
    assert (position.status, position.exit_reason) == (PositionStatus.CLOSED, ExitReason.STOP_LOSS)
    assert either_mode.open_at_exchange() == 0
    assert either_mode.venue.trading.open_algo_orders() == []
    assert all(order.is_final for order in position.orders.all())
    assert position.realized_pnl == Decimal("-112.8705")


def test_a_take_profit_that_fires_closes_the_row_and_sweeps_the_stop(either_mode: Lockstep) -> None:
    either_mode.open_position()

    either_mode.price("5.600")
    either_mode.deliver()

    position = either_mode.position()
    assert (position.status, position.exit_reason) == (PositionStatus.CLOSED, ExitReason.TAKE_PROFIT)
    assert position.realized_pnl > 0
    assert either_mode.venue.trading.open_algo_orders() == []


def test_seventy_two_hours_end_a_trade(lockstep: Lockstep) -> None:
    lockstep.open_position()
    lockstep.step(timedelta(hours=72).total_seconds() - 1)
    reconcile.check(lockstep.venue)
    before = lockstep.position().status

    lockstep.step(60)
    reconcile.check(lockstep.venue)
    lockstep.deliver()
    reconcile.check(lockstep.venue)

    position = lockstep.position()
    assert before == PositionStatus.OPEN
    assert (position.status, position.exit_reason) == (PositionStatus.CLOSED, ExitReason.TIME_LIMIT)
    assert lockstep.open_at_exchange() == 0


def test_every_step_of_a_trade_is_on_record_in_one_case(lockstep: Lockstep) -> None:
    lockstep.open_position()
    lockstep.price("10.100")
    lockstep.deliver()

    kinds = list(Event.objects.filter(case=lockstep.position().case).order_by("id").values_list("kind", flat=True))
    assert kinds[0] == EventKind.ENTRY_INTENDED
    assert kinds[-1] == EventKind.POSITION_CLOSED
    for kind in (EventKind.ENTRY_FILLED, EventKind.STOP_PLACED, EventKind.TAKE_PROFIT_PLACED, EventKind.EXIT_FILLED):
        assert kind in kinds
