"""Closing everything of ours at market, when a person says so and the desk may be dead."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db import DatabaseError

from desk.guarding import guarded
from exchange.types import VenuePosition
from trading.core.client_ids import ClientOrderId, parse
from trading.core.states import ExitReason, PositionStatus
from trading.models import Position
from trading.services import outside
from trading.services.exit_requests import request_close
from trading.services.tending import tend
from trading.venue import Venue

ROUNDS = 10  # of the desk's own closing procedure, each at most one order


@dataclass(frozen=True, slots=True, kw_only=True)
class Flattened:
    """What became of one position. ``left`` is in base asset."""

    symbol: str
    left: Decimal
    error: str = ""


def flatten_all(venue: Venue, *, nonce: str, author: str, say: Callable[[Flattened], None]) -> bool:
    """Close every position of ours, by the desk's own procedure where the database answers; True when all are flat.

    Raises ExchangeError when the positions cannot be read.
    """
    outside.cancel_entries(venue, nonce=nonce)
    try:
        positions = list(_ours(venue))
    except DatabaseError:
        results = [_by_hand(row, venue, nonce=nonce) for row in _rows_of_ours(venue, nonce=nonce)]
    else:
        results = [_by_the_book(position, venue, author=author) for position in positions]
    for result in results:
        say(result)
    return not any(result.left or result.error for result in results)


def _ours(venue: Venue) -> Iterable[Position]:
    unfinished = Position.objects.filter(account=venue.account).exclude(status=PositionStatus.CLOSED)
    return unfinished.select_related("account", "bot")


def _by_the_book(position: Position, venue: Venue, *, author: str) -> Flattened:
    request_close(position, reason=ExitReason.MANUAL, author=author, now=venue.now())
    error = ""
    for _ in range(ROUNDS):
        with guarded("flatten", symbol=position.symbol) as attempt:
            tend(position, venue)
            position.refresh_from_db()
        error = "see the log" if attempt.failed else ""
        if position.status == PositionStatus.CLOSED:
            break
    return Flattened(symbol=position.symbol, left=position.quantity, error=error)


def _rows_of_ours(venue: Venue, *, nonce: str) -> list[VenuePosition]:
    """Without a database ours is what one of our stops or take-profits stands on."""
    standing = venue.trading.open_algo_orders()
    ids = {(order.symbol, order.position_side): parse(order.client_order_id) for order in standing}
    ours = {key for key, parts in ids.items() if parts is not None and parts.nonce == nonce}
    return [row for row in venue.trading.positions() if (row.symbol, row.position_side) in ours]


def _by_hand(row: VenuePosition, venue: Venue, *, nonce: str) -> Flattened:
    standing = venue.trading.open_algo_orders(row.symbol)
    parts: list[ClientOrderId] = [part for order in standing if (part := parse(order.client_order_id)) is not None]
    left = outside.flatten(row, position_id=parts[0].position_id, nonce=nonce, venue=venue)
    return Flattened(symbol=row.symbol, left=left)
