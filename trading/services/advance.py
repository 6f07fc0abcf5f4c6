"""The one function through which an order changes state, whoever brings the news."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from desk import events
from desk.event_kinds import EventKind
from desk.money import round_significant
from exchange.types import AlgoOrderState, OrderState
from trading.core.latency import milliseconds
from trading.core.states import FINAL, Book, OrderStatus, from_venue, is_transition
from trading.models import Order
from trading.services.nakedness import STOPS, note_naked

REASON_LENGTH = 200


def advance(order: Order, to: OrderStatus, *, reason: str = "", **changes: Any) -> bool:
    """Move ``order`` to ``to`` with ``changes``; False when another process moved it first.

    Raises ValueError for a move that no table allows.
    """
    if not is_transition(OrderStatus(order.status), to):
        raise ValueError(f"order {order.client_order_id}: {order.status} -> {to} is not a transition")
    values = {"status": to, "reason": reason[:REASON_LENGTH], "updated_at": timezone.now(), **changes}
    moved = Order.objects.filter(pk=order.pk, status=order.status).update(**values)
    if moved:
        for name, value in values.items():
            setattr(order, name, value)
        _look_at_cover(order)
    return moved == 1


def _look_at_cover(order: Order) -> None:
    """A stop that ended may leave something open without one."""
    if order.book == Book.ALGO and order.purpose in STOPS and order.is_final:
        note_naked(order.position)


def apply_state(order: Order, state: OrderState | AlgoOrderState, *, now: datetime, reason: str = "") -> bool:
    """Take over what the venue says of ``order``; True when the status changed.

    Old news changes nothing: a state that does not follow from ours is ignored, an executed quantity never shrinks.
    """
    status = from_venue(state.status)
    with transaction.atomic():
        current = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
        if "position" in order._state.fields_cache:
            current.position = order.position
        is_news = _take_over_numbers(current, state)
        moved = is_transition(OrderStatus(current.status), status)
        if moved:
            was = OrderStatus(current.status)
            current.status, current.reason = status, reason[:REASON_LENGTH]
            current.answered_at = current.answered_at or timezone.now()
            _tell(current, was=was, now=now)
        if moved or is_news:
            current.save()
        if moved:
            _look_at_cover(current)
    _take_over_row(order, current)
    return moved


def _take_over_row(order: Order, current: Order) -> None:
    """Make ``order`` the row as it was just read and saved; what it refers to stays in memory."""
    for field in Order._meta.concrete_fields:
        setattr(order, field.attname, getattr(current, field.attname))


def _take_over_numbers(order: Order, state: OrderState | AlgoOrderState) -> bool:
    """True when any of them is new."""
    before = _numbers(order)
    if isinstance(state, AlgoOrderState):
        order.venue_order_id = state.algo_id
        order.child_order_id = state.child_order_id or order.child_order_id
        return _numbers(order) != before
    order.venue_order_id = state.order_id
    if state.executed_quantity >= order.executed_quantity:
        order.executed_quantity = state.executed_quantity
        order.average_price = round_significant(state.average_price) if state.average_price else order.average_price
    return _numbers(order) != before


def _numbers(order: Order) -> tuple[object, ...]:
    return (order.venue_order_id, order.child_order_id, order.executed_quantity, order.average_price)


def _tell(order: Order, *, was: OrderStatus, now: datetime) -> None:
    if was is OrderStatus.SUBMITTING and order.parent_id is None and order.status != OrderStatus.REJECTED:
        tell(
            order,
            EventKind.ORDER_ACCEPTED,
            now=now,
            latency_ms=milliseconds(order.sent_at, order.answered_at),
            status=order.status,
        )
    elif was is OrderStatus.UNKNOWN:
        tell(order, EventKind.ORDER_RESOLVED, now=now, status=order.status)
    elif order.status in FINAL and order.status not in (OrderStatus.FILLED, OrderStatus.FINISHED):
        tell(order, EventKind.ORDER_ENDED, now=now, status=order.status, reason=order.reason)


def tell(order: Order, kind: EventKind, *, now: datetime, **facts: Any) -> None:
    """Record an event about ``order`` in its position's case."""
    position = order.position
    events.record(
        kind,
        at=now,
        case=position.case,
        bot=position.bot,
        symbol=order.symbol,
        purpose=order.purpose,
        client_order_id=order.client_order_id,
        **facts,
    )
