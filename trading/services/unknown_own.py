"""Orders with an id of ours that no row of ours explains: our rows are older than they, or a copy is at work."""

from django.db import transaction

from desk import events
from desk.event_kinds import EventKind
from desk.models import Event, Installation
from exchange.types import AlgoOrderState, OrderState, PositionSide, Side, VenuePosition
from trading.core.client_ids import parse
from trading.core.emergency_ids import is_emergency
from trading.core.states import ENTERING
from trading.models import Order, Position
from trading.venue import Venue

StandingOrder = AlgoOrderState | OrderState

WHAT = "an exit with our id that our rows do not know"


def is_unknown_own(client_order_id: str) -> bool:
    """Whether the id is this installation's and its rows lack it; an emergency order gets its row later."""
    parts = parse(client_order_id)
    if parts is None or parts.nonce != Installation.current().nonce:
        return False
    if is_emergency(parts) and Position.objects.filter(pk=parts.position_id).exists():
        return False
    return not Order.objects.filter(client_order_id=client_order_id).exists()


def is_needed(order: StandingOrder, venue: Venue) -> bool:
    """Whether a standing order of ours without a row closes something that is open now. Raises ExchangeError."""
    parts = parse(order.client_order_id)
    if parts is None or parts.purpose in ENTERING:
        return False
    return any(_closes(order, row) for row in venue.trading.positions(order.symbol))


def _closes(order: StandingOrder, row: VenuePosition) -> bool:
    if order.position_side is not row.position_side:
        return False
    is_short = row.quantity < 0 or row.position_side is PositionSide.SHORT
    return order.side is (Side.BUY if is_short else Side.SELL)


def tell_kept(order: StandingOrder, venue: Venue) -> None:
    """Once for each order."""
    with transaction.atomic():
        about = Event.objects.filter(account=venue.account, symbol=order.symbol, kind=EventKind.FOREIGN_FOUND)
        if not about.filter(facts__client_order_id=order.client_order_id).exists():
            events.record(
                EventKind.FOREIGN_FOUND,
                at=venue.now(),
                account=venue.account,
                symbol=order.symbol,
                what=WHAT,
                client_order_id=order.client_order_id,
            )
