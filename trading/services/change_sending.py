"""Following an add or a part close while its orders are on their way."""

from decimal import Decimal

from trading.models import PositionChange
from trading.services import executions
from trading.services.change_rows import ChangeRefused
from trading.services.own_orders import fills_are_missing
from trading.services.tending import tend
from trading.venue import Venue


def executed_at_the_end(change: PositionChange, venue: Venue) -> Decimal | None:
    """Send what is due; base asset that was filled once nothing more is to come, None before.

    Raises ChangeRefused where nothing was filled at all, ExchangeError.
    """
    execution = change.execution
    executions.work_execution(execution, venue)
    tend(change.position, venue)
    if execution.ended_at is None or fills_are_missing(change.position):
        return None
    executed = executions.executed_of(execution)
    if not executed:
        raise ChangeRefused("unfilled", _why_unfilled(change))
    return executed


def _why_unfilled(change: PositionChange) -> str:
    if change.execution.called_off_at is not None:
        return "called off before anything was filled"
    last = change.execution.orders.order_by("-attempt").first()
    return (last.reason if last is not None else "") or "nothing was filled"
