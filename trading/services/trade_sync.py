"""Reading the venue's trades for what the stream did not tell."""

from datetime import timedelta

import structlog

from exchange.types import VenueTrade
from trading.core.states import Book, OrderStatus
from trading.models import Fill, Order, Position
from trading.services.advance import apply_state
from trading.services.fills import record_trade
from trading.venue import Venue

log = structlog.get_logger(__name__)

MARGIN = timedelta(seconds=1)  # clocks of order and trade rows at the venue may differ by milliseconds


def fills_are_missing(position: Position) -> bool:
    """True when an order of the position is filled further than the trades we have of it."""
    orders = position.orders.filter(book=Book.ORDINARY, executed_quantity__gt=0).prefetch_related("fills")
    return any(order.executed_quantity > sum(fill.quantity for fill in order.fills.all()) for order in orders)


def sync_trades(position: Position, venue: Venue) -> int:
    """Record every trade on the position's symbol since its birth that we do not have; how many were new."""
    trades = venue.trading.trades(position.symbol, start=position.created_at - MARGIN)
    known = set(
        Fill.objects.filter(account=position.account, symbol=position.symbol).values_list("trade_id", flat=True)
    )
    missing = [trade for trade in trades if trade.trade_id not in known]
    return sum(_take_in(trade, position, venue) for trade in missing)


def _take_in(trade: VenueTrade, position: Position, venue: Venue) -> bool:
    order = order_of(trade, position, venue)
    opens = trade.side is position.side.entry_side
    if order is None and opens:
        log.warning("foreign_trade_left_alone", symbol=trade.symbol, trade_id=trade.trade_id)
        return False
    return record_trade(trade, position=position, order=order, now=venue.now())


def order_of(trade: VenueTrade, position: Position, venue: Venue) -> Order | None:
    """Our order that a trade filled, by the venue's order id; asks the venue where we do not know the id yet."""
    known = Order.objects.filter(
        account=position.account, book=Book.ORDINARY, symbol=trade.symbol, venue_order_id=trade.order_id
    ).first()
    if known is not None:
        return known
    state = venue.trading.order_by_id(trade.symbol, trade.order_id)
    row = ordinary_row(position, state.client_order_id) if state is not None else None
    if row is not None and state is not None:
        apply_state(row, state, now=venue.now())
    return row


def ordinary_row(position: Position, client_order_id: str) -> Order | None:
    """The row of an ordinary order of ours; the child of a triggered algo order gets its row here (same client id)."""
    orders = Order.objects.filter(account=position.account, client_order_id=client_order_id)
    row = orders.filter(book=Book.ORDINARY).first()
    parent = orders.filter(book=Book.ALGO).first()
    if row is not None or parent is None:
        return row
    return child_of(parent)


def child_of(parent: Order) -> Order:
    """The ordinary order that a triggered conditional order became."""
    child, _is_new = Order.objects.get_or_create(
        account=parent.account,
        book=Book.ORDINARY,
        client_order_id=parent.client_order_id,
        defaults={
            "position": parent.position,
            "parent": parent,
            "purpose": parent.purpose,
            "attempt": parent.attempt,
            "status": OrderStatus.NEW,
            "symbol": parent.symbol,
            "side": parent.side,
            "order_type": "MARKET",
            "quantity": parent.quantity,
            "reduce_only": parent.reduce_only,
            "created_at": parent.created_at,
        },
    )
    return child
