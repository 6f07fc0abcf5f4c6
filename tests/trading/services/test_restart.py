"""What a restart finds: a position filled hours ago whose take-profit is gone."""

from datetime import timedelta
from decimal import Decimal

from exchange.ports import TradingPort
from tests.lockstep import Lockstep
from trading.core.states import ExitReason, OrderStatus, PositionStatus, Purpose
from trading.models import Order
from trading.services.reconcile import check, reconcile


def lose_take_profit(trading: TradingPort) -> None:
    """Somebody cancels it at the exchange while no process of ours listens."""
    order = Order.objects.get(purpose=Purpose.TAKE_PROFIT, status=OrderStatus.NEW)
    trading.cancel_algo_order(order.symbol, order.client_order_id)


def test_after_a_restart_the_take_profit_is_placed_again_judged_and_the_hold_clock_goes_on(lockstep: Lockstep) -> None:
    position = lockstep.open_position()
    lose_take_profit(lockstep.venue.trading)
    lockstep.step(3 * 3600)
    lockstep.lose_events()

    reconcile(lockstep.venue)
    placed_again = lockstep.orders("take_profit")[-1]
    check(lockstep.venue)

    position.refresh_from_db()
    assert placed_again.trigger_price == Decimal("5.695")
    assert "2h" in position.judged
    assert lockstep.orders("take_profit")[-1].trigger_price == Decimal("6.715")
    lockstep.step(timedelta(hours=69).total_seconds())
    check(lockstep.venue)
    lockstep.deliver()
    position.refresh_from_db()
    assert (position.status, position.exit_reason) == (PositionStatus.CLOSED, ExitReason.TIME_LIMIT)
