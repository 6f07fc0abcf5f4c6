"""Moving the base stop without a gap: an inner stop stands while the base is cancelled and placed anew.

Each call looks at what stands and does the next step, so that a killed process leaves nothing half moved.
"""

from decimal import Decimal

from exchange.types import PositionSide
from trading.core.states import AT_VENUE, Purpose
from trading.models import Order, Position
from trading.services import intents
from trading.services.cancelling import cancel
from trading.services.legs import living_leg, work_leg
from trading.venue import Venue


def move_stop(position: Position, base: Order, venue: Venue) -> Order | None:
    """The stop that protects ``position`` now, one step closer to its wanted stop price; None when it needs a new base.

    ``base`` stands at the venue. A refused inner stop leaves the base where it is.
    """
    inner = living_leg(position, Purpose.INNER_STOP)
    if base.trigger_price == position.stop_price or base.quantity is not None:
        if inner is not None:
            cancel(inner, venue)
        return base
    if not _entry_is_final(position):
        return base
    inner = inner or intents.inner_stop(position, trigger_price=_tighter(position, base), now=venue.now())
    if inner is None:
        return base
    work_leg(inner, venue)
    if inner.status not in AT_VENUE:
        return base
    cancel(base, venue)
    return None if base.is_final else base


def _tighter(position: Position, base: Order) -> Decimal:
    prices: list[Decimal] = [price for price in (base.trigger_price, position.stop_price) if price is not None]
    return max(prices) if position.side is PositionSide.LONG else min(prices)


def _entry_is_final(position: Position) -> bool:
    entry = position.orders.filter(purpose=Purpose.ENTRY).first()
    return entry is None or entry.is_final
