"""What the venue says is open of a position of ours."""

from collections.abc import Sequence
from decimal import Decimal

from exchange.types import PositionSide, VenuePosition
from trading.models import Position
from trading.venue import Venue


def open_at_venue(position: Position, venue: Venue) -> Decimal:
    """Base asset open on the position's symbol in its direction; 0 when flat or the other way. Raises ExchangeError."""
    return open_quantity(position, venue.trading.positions(position.symbol))


def open_quantity(position: Position, rows: Sequence[VenuePosition]) -> Decimal:
    """As open_at_venue, from rows that were read before."""
    return open_in(position, row_of(position, rows))


def open_in(position: Position, row: VenuePosition | None) -> Decimal:
    """As open_at_venue, from the position's own row; none is flat."""
    if row is None:
        return Decimal(0)
    is_same_way = row.quantity < 0 if position.side is PositionSide.SHORT else row.quantity > 0
    return abs(row.quantity) if is_same_way else Decimal(0)


def row_of(position: Position, rows: Sequence[VenuePosition]) -> VenuePosition | None:
    for row in rows:
        if row.symbol == position.symbol and row.position_side == position.position_side:
            return row
    return None
