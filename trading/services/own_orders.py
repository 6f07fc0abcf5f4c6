"""Rows of ours by what the venue calls an order, and whether all of their trades are here."""

from trading.core.states import Book, OrderStatus
from trading.models import Order, Position


def fills_are_missing(position: Position) -> bool:
    """True when an order of the position is filled further than the trades we have of it."""
    orders = position.orders.filter(book=Book.ORDINARY, executed_quantity__gt=0).prefetch_related("fills")
    return any(order.executed_quantity > sum(fill.quantity for fill in order.fills.all()) for order in orders)


def order_by_venue_id(position: Position, order_id: int) -> Order | None:
    """The ordinary order of the position's account and symbol with the venue's id, a triggered order's child too."""
    orders = Order.objects.filter(account=position.account, symbol=position.symbol)
    known = orders.filter(book=Book.ORDINARY, venue_order_id=order_id).first()
    if known is not None:
        return known
    parent = orders.filter(book=Book.ALGO, child_order_id=order_id).first()
    return None if parent is None else child_of(parent)


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
            "venue_order_id": parent.child_order_id,
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
