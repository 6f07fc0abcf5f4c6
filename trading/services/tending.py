"""Tending: the next step a position needs, whatever happened before. Every process calls this one function."""

import structlog

from desk.models import Account
from exchange.errors import ExchangeError
from trading.core.states import PositionStatus, Purpose
from trading.models import Position
from trading.services.exits import end_unfilled, work_closing
from trading.services.protect import protect
from trading.services.trade_sync import fills_are_missing, sync_trades
from trading.venue import Venue

log = structlog.get_logger(__name__)


def tend(position: Position, venue: Venue) -> None:
    """Bring ``position`` a step closer to where it should be. A venue that fails leaves it for the next tending."""
    try:
        _step(position, venue)
    except ExchangeError as error:
        log.warning("tending_interrupted", symbol=position.symbol, position=position.pk, error=str(error))


def _step(position: Position, venue: Venue) -> None:
    if fills_are_missing(position):
        sync_trades(position, venue)
    position.refresh_from_db()
    if position.status == PositionStatus.PENDING:
        _end_if_unfilled(position, venue)
    if position.status == PositionStatus.OPEN:
        protect(position, venue)
        position.refresh_from_db()
    if position.status == PositionStatus.CLOSING:
        work_closing(position, venue)
        position.refresh_from_db()
    if position.status == PositionStatus.CLOSING:  # the close did not go through: the stop must stand meanwhile
        protect(position, venue)


def _end_if_unfilled(position: Position, venue: Venue) -> None:
    entry = position.orders.filter(purpose=Purpose.ENTRY).first()
    if entry is None or (entry.is_final and not entry.executed_quantity):
        end_unfilled(position, now=venue.now())


def unfinished(account: Account) -> list[Position]:
    """Positions that may need something, oldest first."""
    return list(
        Position.objects.filter(account=account)
        .exclude(status=PositionStatus.CLOSED)
        .select_related("account", "bot", "config_version", "signal")
        .order_by("id")
    )
