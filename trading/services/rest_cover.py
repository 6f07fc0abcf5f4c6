"""The stop of what a part close leaves, confirmed before the part is sent: hedge mode cuts no stop that is too large.

Where orders know no reduce-only, a stop by quantity is refused when it fires for more than is open. The stop that the
position has protects until the part is closed, the smaller one from then on; tending makes of both the one that fits.
"""

from decimal import Decimal

from trading.core.states import WORKING, Purpose
from trading.models import Order, Position
from trading.services import intents
from trading.services.legs import living_legs, work_leg
from trading.services.patience import is_due
from trading.venue import Venue


def rest_is_covered(position: Position, *, part: Decimal, venue: Venue) -> bool:
    """Whether a stop stands that would close what is left without ``part``; else one is placed, as one step."""
    rest = position.quantity - part
    if not position.hedge_mode or rest <= 0:
        return True
    standing = [leg for leg in living_legs(position, Purpose.STOP) if leg.status in WORKING]
    inner = living_legs(position, Purpose.INNER_STOP)
    if any(_closes(leg, rest) for leg in [*standing, *(leg for leg in inner if leg.status in WORKING)]):
        return True
    leg = inner[0] if inner else _new(position, rest, venue)
    if leg is None:
        return False
    work_leg(leg, venue)
    return leg.status in WORKING and _closes(leg, rest)


def _closes(stop: Order, rest: Decimal) -> bool:
    return stop.close_position or stop.quantity == rest


def _new(position: Position, rest: Decimal, venue: Venue) -> Order | None:
    if not is_due(position, Purpose.INNER_STOP):
        return None
    return intents.inner_stop(position, trigger_price=position.stop_price, quantity=rest, now=venue.now())
