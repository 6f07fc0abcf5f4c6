"""What stop and take-profit have in common: finding the living one, working it, telling of it."""

from datetime import datetime
from decimal import Decimal
from itertools import takewhile
from typing import Any

from desk import events
from desk.event_kinds import EventKind
from trading.core.states import LIVE, UNRESOLVED, OrderStatus, Purpose
from trading.models import Order, Position
from trading.services.submit import resolve, submit
from trading.venue import Venue


def living_leg(position: Position, purpose: Purpose) -> Order | None:
    """The leg that is alive by our rows, in whatever state of sending."""
    return Order.objects.filter(position=position, purpose=purpose, parent__isnull=True, status__in=LIVE).first()


def refusals_in_a_row(position: Position, purpose: Purpose) -> int:
    """How many of the newest legs were refused, one after the other."""
    legs = Order.objects.filter(position=position, purpose=purpose, parent__isnull=True).order_by("-attempt")
    return len(list(takewhile(lambda leg: leg.status == OrderStatus.REJECTED, legs)))


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
