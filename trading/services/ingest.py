"""Taking in the user stream: each event becomes rows, then the position it touched is tended at once."""

import structlog
from django.db.models import Q

from desk.guarding import guarded
from exchange.types import AlgoUpdate, OrderState, OrderUpdate, UserEvent
from trading.core.states import Book, PositionStatus
from trading.models import Order, Position
from trading.services.advance import apply_state
from trading.services.emergency_rows import give_row, left_without_row
from trading.services.fills import record_trade
from trading.services.tending import tend
from trading.services.trade_sync import ordinary_row, sync_trades
from trading.venue import Venue

log = structlog.get_logger(__name__)


def take_in(event: UserEvent, venue: Venue) -> Position | None:
    """Apply one event of the stream, and return the position it touched. Late, doubled and foreign events change
    nothing."""
    if isinstance(event, OrderUpdate):
        position = _take_in_order(event, venue)
    elif isinstance(event, AlgoUpdate):
        position = _take_in_algo(event, venue)
    else:
        return None
    if position is not None:
        tend(position, venue)
    return position


def _take_in_order(event: OrderUpdate, venue: Venue) -> Position | None:
    order = _our_order(event.order, venue)
    if order is None:
        return _take_in_foreign(event, venue)
    if event.trade is not None:
        record_trade(event.trade, position=order.position, order=order, now=venue.now())
    apply_state(order, event.order, now=venue.now())
    return order.position


def _our_order(state: OrderState, venue: Venue) -> Order | None:
    """By the client id, or as what a conditional order of ours became."""
    of_ours = Q(client_order_id=state.client_order_id) | Q(symbol=state.symbol, child_order_id=state.order_id)
    orders = Order.objects.filter(of_ours, account=venue.account).select_related("position__account", "position__bot")
    order = orders.first() or _left_without_row(state.client_order_id, state.symbol, venue)
    return None if order is None else ordinary_row(order.position, order.client_order_id)


def _left_without_row(client_order_id: str, symbol: str, venue: Venue) -> Order | None:
    """An order that protected while the database was away; it gets its row here."""
    return give_row(client_order_id, symbol, venue) if left_without_row(client_order_id) else None


def _take_in_foreign(event: OrderUpdate, venue: Venue) -> Position | None:
    """Somebody else's order: it concerns us only where its fill changed a position of ours."""
    if event.trade is None:
        return None
    position = (
        Position.objects.filter(account=venue.account, symbol=event.order.symbol)
        .exclude(status=PositionStatus.CLOSED)
        .first()
    )
    if position is None:
        return None
    log.warning("foreign_fill", symbol=event.order.symbol, client_order_id=event.order.client_order_id)
    with guarded("trades_of_foreign_fill", symbol=position.symbol):
        sync_trades(position, venue)
    return position


def _take_in_algo(event: AlgoUpdate, venue: Venue) -> Position | None:
    order = (
        Order.objects.filter(account=venue.account, book=Book.ALGO, client_order_id=event.order.client_order_id)
        .select_related("position__account", "position__bot")
        .first()
    )
    order = order or _left_without_row(event.order.client_order_id, event.order.symbol, venue)
    if order is None:
        return None
    apply_state(order, event.order, now=venue.now(), reason=event.reject_reason)
    return order.position
