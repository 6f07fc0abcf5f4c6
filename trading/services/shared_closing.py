"""Closing beside others: what is open may be theirs, so nothing is sent before ours is told apart."""

from decimal import Decimal

from trading.core.states import AT_VENUE, FIRING, Book, OrderStatus
from trading.models import Order, Position
from trading.services.advance import apply_state
from trading.services.nakedness import is_standing
from trading.services.submit import look_up
from trading.services.trade_sync import child_of, fills_are_missing
from trading.venue import Venue


def is_told_apart(position: Position, *, open_quantity: Decimal, venue: Venue) -> bool:
    """Whether all that our rows show as open is so at the venue too, as far as it can tell. Raises ExchangeError.

    ``open_quantity`` is what the venue shows of everybody. An exit of ours may have fired unheard, and its trade be
    told later than what it left open.
    """
    if open_quantity < position.quantity:
        return False
    legs = position.orders.filter(book=Book.ALGO, status__in=AT_VENUE | {OrderStatus.FINISHED})
    for leg in legs.select_related("position__account", "position__bot"):
        _bring_up_to_date(leg, venue)
        if leg.status in FIRING and is_standing(leg):
            return False
    return not fills_are_missing(position)


def _bring_up_to_date(leg: Order, venue: Venue) -> None:
    """``leg``, and the ordinary order that it became."""
    if leg.status in AT_VENUE:
        _ask(leg, venue)
    if leg.child_order_id is not None:
        _ask(child_of(leg), venue)


def _ask(order: Order, venue: Venue) -> None:
    state = look_up(order, venue)
    if state is not None:
        apply_state(order, state, now=venue.now())
