"""Taking in the user stream: each event becomes rows, then the position it touched is tended at once."""

from typing import NamedTuple

import structlog
from django.db.models import Q

from desk.guarding import guarded
from exchange.types import AlgoOrderState, AlgoUpdate, OrderState, OrderUpdate, UserEvent, VenueStatus, VenueTrade
from trading.core.states import Book, OrderStatus, PositionStatus
from trading.models import Order, Position
from trading.services.advance import apply_state
from trading.services.emergency_rows import give_row, left_without_row
from trading.services.fills import record_trade
from trading.services.first_exits import FirstFill, is_first_fill, take_in_first_fill
from trading.services.own_orders import ordinary_row
from trading.services.tending import tend
from trading.services.trade_sync import Told, sync_trades
from trading.venue import Venue

log = structlog.get_logger(__name__)


def take_in(event: UserEvent, venue: Venue) -> Position | None:
    """Apply one event of the stream, and return the position it touched. Late, doubled and foreign events change
    nothing."""
    if isinstance(event, OrderUpdate):
        touched = _take_in_order(event, venue)
    elif isinstance(event, AlgoUpdate):
        touched = _take_in_algo(event, venue)
    else:
        return None
    if touched is None:
        return None
    if touched.needs_tending:
        tend(touched.position, venue)
    return touched.position


def _is_known_as_new(state: OrderState | AlgoOrderState, venue: Venue) -> bool:
    """Whether ``state`` says only that the venue has an order whose row says so too."""
    if state.status is not VenueStatus.NEW:
        return False
    return Order.objects.filter(
        account=venue.account,
        book=Book.ALGO if isinstance(state, AlgoOrderState) else Book.ORDINARY,
        client_order_id=state.client_order_id,
        venue_order_id=state.algo_id if isinstance(state, AlgoOrderState) else state.order_id,
        status=OrderStatus.NEW,
    ).exists()


class _Touched(NamedTuple):
    """The position that an event touched, and whether something may be left to do about it."""

    position: Position
    needs_tending: bool = True


def _take_in_order(event: OrderUpdate, venue: Venue) -> _Touched | None:
    if event.trade is None and _is_known_as_new(event.order, venue):
        return None
    order = _our_order(event.order, venue)
    if order is None:
        position = _take_in_foreign(event, venue)
        return None if position is None else _Touched(position)
    first = None if event.trade is None else _take_in_trade(event.trade, order, venue)
    apply_state(order, event.order, now=venue.now())
    return _Touched(order.position) if first is None else _Touched(first.position, needs_tending=not first.is_done)


def _take_in_trade(trade: VenueTrade, order: Order, venue: Venue) -> FirstFill | None:
    """What became of a trade that opened its position, or None."""
    first = take_in_first_fill(trade, order, venue) if is_first_fill(order) else None
    if first is None:
        record_trade(trade, position=order.position, order=order, now=venue.now())
    return first


def _our_order(state: OrderState, venue: Venue) -> Order | None:
    """By the client id, or as what a conditional order of ours became."""
    rows = Order.objects.filter(account=venue.account).select_related("position__bot", "position__config_version")
    order = rows.filter(book=Book.ORDINARY, client_order_id=state.client_order_id).first()
    if order is not None:
        _complete(order.position, venue)
        return order
    of_ours = Q(client_order_id=state.client_order_id) | Q(symbol=state.symbol, child_order_id=state.order_id)
    order = rows.filter(of_ours).first() or _left_without_row(state.client_order_id, state.symbol, venue)
    return None if order is None else ordinary_row(order.position, order.client_order_id)


def _complete(position: Position, venue: Venue) -> None:
    """Rows that are at hand already are not read once more on the way to the stop."""
    position.account = venue.account
    if position.config_version.bot_id == position.bot_id:
        position.config_version.bot = position.bot


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
        sync_trades(position, venue, told=Told(event.trade, event.order.client_order_id))
    return position


def _take_in_algo(event: AlgoUpdate, venue: Venue) -> _Touched | None:
    if _is_known_as_new(event.order, venue):
        return None
    order = (
        Order.objects.filter(account=venue.account, book=Book.ALGO, client_order_id=event.order.client_order_id)
        .select_related("position__account", "position__bot")
        .first()
    )
    order = order or _left_without_row(event.order.client_order_id, event.order.symbol, venue)
    if order is None:
        return None
    apply_state(order, event.order, now=venue.now(), reason=event.reject_reason)
    return _Touched(order.position)
