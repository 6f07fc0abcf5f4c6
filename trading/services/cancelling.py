"""Cancelling an order by its id, and believing only what the venue then says of it."""

import structlog

from exchange.errors import OrderRefused
from exchange.types import OrderState
from trading.core.states import UNRESOLVED, Book, OrderStatus
from trading.models import Order
from trading.services.advance import advance, apply_state
from trading.services.disappearance import end_if_gone
from trading.services.submit import look_up, resolve
from trading.venue import Venue

log = structlog.get_logger(__name__)


def cancel(order: Order, venue: Venue) -> None:
    """Bring an order to an end by its id; afterwards the row says what the venue says. Raises ExchangeError.

    An order that the venue neither cancels nor knows stays as it is until it may be called gone.
    """
    if order.status == OrderStatus.PENDING:
        advance(order, OrderStatus.CANCELED, reason="never sent")
        return
    if order.status in UNRESOLVED:
        resolve(order, venue)
        if order.status in UNRESOLVED:
            return
    if order.is_final:
        return
    answer = _ask_to_cancel(order, venue)
    state = look_up(order, venue) or answer
    if state is not None:
        apply_state(order, state, now=venue.now())
    else:
        end_if_gone(order, venue)


def _ask_to_cancel(order: Order, venue: Venue) -> OrderState | None:
    """What the venue answers for an ordinary order; a conditional one is only acknowledged."""
    try:
        if order.book == Book.ORDINARY:
            return venue.trading.cancel_order(order.symbol, order.client_order_id)
        venue.trading.cancel_algo_order(order.symbol, order.client_order_id)
    except OrderRefused as error:  # usually gone already: the look that follows tells
        log.info("cancel_refused", client_order_id=order.client_order_id, code=error.code, reason=error.reason)
    return None
