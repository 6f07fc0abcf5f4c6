"""Exits of ours that may have closed unheard: asked before a trade is called theirs, or others are closed beside."""

from decimal import Decimal

from django.db.models import Q

from trading.core.states import AT_VENUE, ENTERING, FIRING, UNRESOLVED, OrderStatus
from trading.models import Order, Position
from trading.services.advance import apply_state
from trading.services.nakedness import is_standing
from trading.services.own_orders import child_of, fills_are_missing
from trading.services.submit import look_up, resolve, was_abandoned
from trading.venue import Venue

_MAY_HAVE_CLOSED = Q(status__in=AT_VENUE | UNRESOLVED | {OrderStatus.FINISHED})
_GIVEN_UP = Q(status=OrderStatus.REJECTED, answered_at=None)


def is_told_apart(position: Position, *, open_quantity: Decimal, venue: Venue) -> bool:
    """Whether all that our rows show as open is so at the venue too, as far as it can tell. Raises ExchangeError.

    ``open_quantity`` is what the venue shows of everybody.
    """
    return open_quantity >= position.quantity and exits_are_heard(position, venue)


def exits_are_heard(position: Position, venue: Venue) -> bool:
    """Whether the venue has said of each order of ours that closes what became of it, and our rows have its trades.

    One that was given up without an answer is asked for again: it may have arrived after all. Raises ExchangeError.
    """
    ours = position.orders.exclude(purpose__in=ENTERING).filter(_MAY_HAVE_CLOSED | _GIVEN_UP, parent=None)
    for order in ours.select_related("position__account", "position__bot"):
        bring_up_to_date(order, venue)
        if order.status in UNRESOLVED or (order.status in FIRING and is_standing(order)):
            return False
    return not fills_are_missing(position)


def given_up_exits(position: Position) -> list[Order]:
    """Orders of the position that close, and that were given up without a word of the venue."""
    ours = position.orders.exclude(purpose__in=ENTERING).filter(_GIVEN_UP, parent=None)
    return list(ours.select_related("position__account", "position__bot"))


def bring_up_to_date(order: Order, venue: Venue) -> None:
    """``order``, and where it is a conditional one the ordinary order that it became. Raises ExchangeError."""
    if order.status in UNRESOLVED:
        resolve(order, venue)
    if order.status in AT_VENUE or was_abandoned(order):
        _ask(order, venue)
    if order.child_order_id is not None:
        _ask(child_of(order), venue)


def _ask(order: Order, venue: Venue) -> None:
    state = look_up(order, venue)
    if state is not None:
        apply_state(order, state, now=venue.now())
