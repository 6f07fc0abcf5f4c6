"""Moving the base stop without a gap: an inner stop stands while the base is cancelled and placed anew.

Each call looks at what stands and does the next step, so that a killed process leaves nothing half moved.
"""

from decimal import Decimal

from exchange.types import PositionSide
from trading.core.states import WORKING, ExitReason, OrderStatus, Purpose
from trading.models import Order, Position
from trading.services import intents
from trading.services.cancelling import cancel
from trading.services.exit_requests import request_close
from trading.services.legs import PRICE_ALREADY_THERE, entry_is_final, living_legs, work_leg
from trading.services.patience import is_due
from trading.venue import Venue


def move_stop(position: Position, base: Order, venue: Venue) -> Order | None:
    """The stop that protects ``position`` now, one step closer to its wanted stop price; None when it needs a new base.

    ``base`` stands at the venue. A refused inner stop leaves the base where it is.
    """
    if base.trigger_price == position.stop_price:
        for inner in living_legs(position, Purpose.INNER_STOP):
            if not _waits_for_a_part(inner, position):
                cancel(inner, venue)
        return base
    if not entry_is_final(position) or not _inner_stands(position, base, venue):
        return base
    cancel(base, venue)
    return None if base.is_final else base


def _waits_for_a_part(inner: Order, position: Position) -> bool:
    """Whether ``inner`` is the stop of what a part close that is at work will leave."""
    if inner.quantity is None or inner.quantity >= position.quantity:
        return False
    return position.executions.filter(purpose=Purpose.REDUCE, ended_at__isnull=True).exists()


def _inner_stands(position: Position, base: Order, venue: Venue) -> bool:
    """Place the inner stop, or one step toward it; True when it stands for all that is open."""
    wanted = _tighter(position, base)
    inner = _living_inner(position, wanted, venue)
    if inner is None and is_due(position, Purpose.INNER_STOP):
        inner = intents.inner_stop(position, trigger_price=wanted, now=venue.now())
    if inner is None:
        return False
    work_leg(inner, venue)
    if inner.status == OrderStatus.REJECTED and inner.reason_code in PRICE_ALREADY_THERE:
        request_close(position, reason=ExitReason.STOP_LOSS, author="protection", now=venue.now())
    return inner.status in WORKING


def _living_inner(position: Position, wanted: Decimal, venue: Venue) -> Order | None:
    """The inner stop with the numbers wanted; others are cancelled while the base still stands."""
    fitting = None
    for inner in living_legs(position, Purpose.INNER_STOP):
        if fitting is None and inner.trigger_price == wanted and inner.quantity == position.quantity:
            fitting = inner
        else:
            cancel(inner, venue)
    return fitting


def _tighter(position: Position, base: Order) -> Decimal:
    prices: list[Decimal] = [price for price in (base.trigger_price, position.stop_price) if price is not None]
    return max(prices) if position.side is PositionSide.LONG else min(prices)
