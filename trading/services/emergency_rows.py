"""Rows for orders that left while the database was away: the venue says what they are, their ids whose they are."""

from datetime import datetime
from typing import Any

import structlog
from django.db import IntegrityError, transaction
from django.utils import timezone

from desk import events
from desk.event_kinds import EventKind
from desk.models import Installation
from exchange.types import AlgoOrderState, OrderState
from trading.core.client_ids import ClientOrderId, parse
from trading.core.emergency_ids import is_emergency
from trading.core.states import Book, ExitReason, OrderStatus, Purpose
from trading.models import Order, Position
from trading.services.advance import apply_state
from trading.services.exit_requests import request_close
from trading.venue import Venue

log = structlog.get_logger(__name__)


def left_without_row(client_order_id: str) -> bool:
    """Whether the id is one of this installation's emergency orders."""
    parts = parse(client_order_id)
    return parts is not None and is_emergency(parts) and parts.nonce == Installation.current().nonce


def give_row(client_order_id: str, symbol: str, venue: Venue) -> Order | None:
    """The row of an emergency order, made now where there is none; None when venue or position do not know of it.

    Raises ExchangeError.
    """
    parts = parse(client_order_id)
    position = _position(parts, symbol, venue)
    if parts is None or position is None:
        return None
    book = Book.ORDINARY if parts.purpose == Purpose.CLOSE else Book.ALGO
    known = _row(book, client_order_id, venue)
    if known is not None:
        return known
    state = _ask(book, symbol, client_order_id, venue)
    return None if state is None else _taken_in(state, position, parts, venue)


def _row(book: Book, client_order_id: str, venue: Venue) -> Order | None:
    orders = Order.objects.filter(account=venue.account, book=book, client_order_id=client_order_id)
    return orders.select_related("position__account", "position__bot").first()


def _position(parts: ClientOrderId | None, symbol: str, venue: Venue) -> Position | None:
    if parts is None or not is_emergency(parts):
        return None
    ours = Position.objects.filter(pk=parts.position_id, account=venue.account, symbol=symbol)
    return ours.select_related("account", "bot").first()


def _ask(book: Book, symbol: str, client_order_id: str, venue: Venue) -> OrderState | AlgoOrderState | None:
    if book is Book.ALGO:
        return venue.trading.algo_order(symbol, client_order_id)
    return venue.trading.order(symbol, client_order_id)


def _taken_in(state: OrderState | AlgoOrderState, position: Position, parts: ClientOrderId, venue: Venue) -> Order:
    """A row of its own, or the one that another process has just made."""
    now = venue.now()
    try:
        with transaction.atomic():
            order = _create(state, position, Purpose(parts.purpose), now=now)
            apply_state(order, state, now=now)
            if order.purpose == Purpose.CLOSE:
                request_close(position, reason=ExitReason.UNPROTECTED_FLATTEN, author="protection", now=now)
    except IntegrityError:
        made = _row(Book.ALGO if isinstance(state, AlgoOrderState) else Book.ORDINARY, state.client_order_id, venue)
        if made is None:
            raise
        return made
    log.warning("emergency_order_taken_in", symbol=order.symbol, client_order_id=order.client_order_id)
    return order


def _create(state: OrderState | AlgoOrderState, position: Position, purpose: Purpose, *, now: datetime) -> Order:
    Position.objects.select_for_update(no_key=True).get(pk=position.pk)
    newest = Order.objects.filter(position=position, purpose=purpose, parent__isnull=True).order_by("-attempt").first()
    order = Order.objects.create(
        account=position.account,
        position=position,
        purpose=purpose,
        attempt=newest.attempt + 1 if newest else 1,
        client_order_id=state.client_order_id,
        symbol=state.symbol,
        status=OrderStatus.NEW,
        side=state.side.value,
        order_type=state.order_type,
        created_at=state.updated_at,
        sent_at=timezone.now(),
        answered_at=timezone.now(),
        **_form(state),
    )
    events.record(
        EventKind.REPAIRED,
        at=now,
        case=position.case,
        bot=position.bot,
        symbol=position.symbol,
        what=f"{purpose.value} order that left while the database was away",
        client_order_id=order.client_order_id,
    )
    return order


def _form(state: OrderState | AlgoOrderState) -> dict[str, Any]:
    if isinstance(state, OrderState):
        return {"book": Book.ORDINARY, "quantity": state.quantity, "reduce_only": state.reduce_only}
    return {
        "book": Book.ALGO,
        "trigger_price": state.trigger_price,
        "close_position": state.close_position,
        "quantity": None if state.close_position else state.quantity,
        "reduce_only": state.reduce_only and not state.close_position,
    }
