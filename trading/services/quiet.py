"""Whether a position is as it should be, so that looking after it would change nothing."""

from collections.abc import Sequence
from decimal import Decimal

from exchange.types import VenuePosition
from trading.core.states import WORKING, Book, PositionStatus, Purpose
from trading.models import Order, Position
from trading.services.take_profit import wanted_price
from trading.services.venue_position import open_quantity
from trading.venue import Venue


def is_quiet(position: Position, living: Sequence[Order], rows: Sequence[VenuePosition], venue: Venue) -> bool:
    """An open position as large there as here, behind its base stop and its take-profit, and nothing else at work.

    ``living`` are all of its living orders, ``rows`` the positions at the venue. Trades that are missing are not
    looked for here.
    """
    if not _is_at_rest(position) or open_quantity(position, rows) != position.quantity:
        return False
    if any(order.status not in WORKING or order.book != Book.ALGO for order in living):
        return False
    wanted = {Purpose.STOP: position.stop_price, Purpose.TAKE_PROFIT: wanted_price(position, venue)}
    return sorted(_leg(order) for order in living) == sorted(
        (purpose.value, trigger) for purpose, trigger in wanted.items() if trigger is not None
    )


def _is_at_rest(position: Position) -> bool:
    if position.status != PositionStatus.OPEN or not position.quantity:
        return False
    return position.naked_since is None and not position.flat_checks and not position.is_shared


def _leg(order: Order) -> tuple[str, Decimal]:
    """What a leg is for and where it triggers; one by quantity is none that a position at rest has."""
    trigger = order.trigger_price if order.close_position else None
    return order.purpose, Decimal(0) if trigger is None else trigger
