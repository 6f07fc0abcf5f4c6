"""What stop and take-profit have in common: finding the living one, working it, telling of it."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from desk import events
from desk.event_kinds import EventKind
from exchange.errors import OrderCode
from trading.core.states import ENTERING, LIVE, UNRESOLVED, OrderStatus, Purpose
from trading.models import Order, Position
from trading.services.submit import resolve, submit
from trading.venue import Venue

PRICE_ALREADY_THERE = (OrderCode.WOULD_TRIGGER, OrderCode.WOULD_TRIGGER_ALGO)


def living_legs(position: Position, purpose: Purpose) -> list[Order]:
    """Legs that are alive by our rows, in whatever state of sending, oldest first.

    More than one: a bigger one was placed beside the old, or one that had been given up arrived after all.
    """
    return list(
        Order.objects.filter(position=position, purpose=purpose, parent__isnull=True, status__in=LIVE)
        .select_related("position__account", "position__bot")
        .order_by("attempt")
    )


def entry_is_final(position: Position) -> bool:
    """Whether nothing can fill into the position any more: no entry, slice or add works or is to follow."""
    return not position.is_executing and not position.orders.filter(purpose__in=ENTERING, status__in=LIVE).exists()


def work_leg(order: Order, venue: Venue) -> None:
    """Send what is unsent, ask about what is unknown."""
    if order.status == OrderStatus.PENDING:
        submit(order, venue)
    if order.status in UNRESOLVED:
        resolve(order, venue)


def tell_leg(
    position: Position, kind: EventKind, *, now: datetime, price: Decimal | None, order: Order, **facts: Any
) -> None:
    """Record an event about a leg in the position's case."""
    events.record(
        kind,
        at=now,
        case=position.case,
        bot=position.bot,
        symbol=position.symbol,
        price=price,
        client_order_id=order.client_order_id,
        venue_order_id=order.venue_order_id,
        **facts,
    )
