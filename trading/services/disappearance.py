"""When an order that the venue no longer knows may be called gone: one rule for cancelling and reconciling."""

from datetime import datetime, timedelta
from decimal import Decimal

import structlog
from django.utils import timezone

from trading.core.states import Book, OrderStatus, PositionStatus, Purpose
from trading.models import Order, Position
from trading.services.advance import advance
from trading.services.own_orders import fills_are_missing
from trading.services.submit import PROPAGATION
from trading.services.trade_sync import sync_trades
from trading.services.venue_position import open_at_venue
from trading.venue import Venue

log = structlog.get_logger(__name__)

DISAGREES_FOR = timedelta(minutes=5)  # wall, since it was sent; how long an open quantity that is not ours holds it up


def end_if_gone(order: Order, venue: Venue) -> bool:
    """End an order of ours that the venue was asked for and does not know; False while that is no proof.

    It ends only when its propagation window has passed, its trades were read and what is open agrees with them: then
    as FILLED, or as EXPIRED with what it had filled. Raises ExchangeError.
    """
    if not _has_had_its_window(order):
        return False
    position = order.position
    sync_trades(position, venue)
    position.refresh_from_db()
    order.refresh_from_db()
    if order.is_final:
        return True
    if fills_are_missing(position) or not _is_explained(order, position, venue):
        log.warning("order_not_called_gone", client_order_id=order.client_order_id)
        return False
    return _end(order)


def _sent_at(order: Order) -> datetime:
    """Wall time; what a conditional order became was never sent by us: then the last news of it."""
    return order.sent_at or order.updated_at


def _has_had_its_window(order: Order) -> bool:
    return timezone.now() - _sent_at(order) > PROPAGATION[Purpose(order.purpose)]


def _is_explained(order: Order, position: Position, venue: Venue) -> bool:
    """Whether our fills account for what is open, so that nothing the order did is still on its way to us.

    Quantity of others may stand there for good: after some minutes it holds the order up no longer.
    """
    if position.status == PositionStatus.CLOSED or position.is_shared:
        return True
    if open_at_venue(position, venue) == position.quantity:
        return True
    return timezone.now() - _sent_at(order) > DISAGREES_FOR


def _end(order: Order) -> bool:
    filled = sum((fill.quantity for fill in order.fills.all()), Decimal(0))
    is_filled = order.book == Book.ORDINARY and order.quantity is not None and filled >= order.quantity
    status = OrderStatus.FILLED if is_filled else OrderStatus.EXPIRED
    return advance(
        order,
        status,
        reason="no longer known to the exchange",
        executed_quantity=max(order.executed_quantity, filled),
    )
