"""Protection: a stop first, then a take-profit, for whatever is open; and the ladder when the venue refuses."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import structlog
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from desk import events
from desk.event_kinds import EventKind
from exchange.errors import OrderCode
from trading.core.exits import Exits, take_profit_price
from trading.core.states import AT_VENUE, LIVE, UNRESOLVED, ExitReason, OrderStatus, PositionStatus, Purpose
from trading.models import Order, Position
from trading.services import intents
from trading.services.exit_requests import request_close
from trading.services.submit import resolve, submit
from trading.services.trade_sync import sync_trades
from trading.services.venue_position import open_at_venue
from trading.venue import Venue

log = structlog.get_logger(__name__)

STOP_ATTEMPTS = 3  # refused stops after which the position is closed at market
STOP_ATTEMPTS_IN_ALL = 10  # after these only closing is tried; an endless loop would end in a ban
PRICE_ALREADY_THERE = (OrderCode.WOULD_TRIGGER, OrderCode.WOULD_TRIGGER_ALGO)
WANTS_QUANTITY = (OrderCode.CLOSE_POSITION_EXISTS, OrderCode.NO_POSITION)


def protect(position: Position, venue: Venue) -> None:
    """See that an open position has a live stop, then a take-profit. Safe to call by many at once, at any time."""
    if not position.quantity:
        return
    if _ensure_stop(position, venue) and position.status == PositionStatus.OPEN:
        _ensure_take_profit(position, venue)


def _ensure_stop(position: Position, venue: Venue) -> bool:
    """True when a stop stands at the venue."""
    stop = living_leg(position, Purpose.STOP) or _next_stop(position, venue)
    return stop is not None and _stands(position, stop, venue)


def _next_stop(position: Position, venue: Venue) -> Order | None:
    """A new stop, unless the last one fired and its trades explain that nothing is open any more."""
    if _last_stop_fired(position):
        sync_trades(position, venue)
        position.refresh_from_db()
    if not position.quantity or _attempts(position) >= STOP_ATTEMPTS_IN_ALL:
        return None
    return intents.stop(position, now=venue.now())


def _last_stop_fired(position: Position) -> bool:
    last = position.orders.filter(purpose=Purpose.STOP, parent__isnull=True).order_by("-attempt").first()
    return last is not None and last.status in (OrderStatus.FINISHED, OrderStatus.EXPIRED)


def _stands(position: Position, stop: Order, venue: Venue) -> bool:
    """Work on ``stop`` until it stands or the ladder ends; True when a stop stands."""
    _work(stop, venue)
    if stop.status in AT_VENUE:
        note_protected(position, stop, now=venue.now())
        return True
    return stop.status == OrderStatus.REJECTED and _climb(position, stop, venue)


def _attempts(position: Position) -> int:
    return Order.objects.filter(position=position, purpose=Purpose.STOP, parent__isnull=True).count()


def living_leg(position: Position, purpose: Purpose) -> Order | None:
    """The leg that is alive by our rows, in whatever state of sending."""
    return Order.objects.filter(
        position=position, purpose=purpose, parent__isnull=True, status__in=LIVE
    ).first()  # fmt: skip


def _work(order: Order, venue: Venue) -> None:
    """Send what is unsent, ask about what is unknown."""
    if order.status == OrderStatus.PENDING:
        submit(order, venue)
    if order.status in UNRESOLVED:
        resolve(order, venue)


def _climb(position: Position, refused: Order, venue: Venue) -> bool:
    """The next rung after a refused stop: market close, quantity form, another try, at last flatten."""
    if refused.reason_code in PRICE_ALREADY_THERE:
        request_close(position, reason=ExitReason.STOP_LOSS, author="protection", now=venue.now())
        return False
    quantity = None
    if refused.reason_code in WANTS_QUANTITY:
        quantity = open_at_venue(position, venue)
        if not quantity:
            sync_trades(position, venue)
            return False
    if refused.attempt >= STOP_ATTEMPTS:
        _tell_unprotected(position, refused, now=venue.now())
        request_close(position, reason=ExitReason.UNPROTECTED_FLATTEN, author="protection", now=venue.now())
        return False
    stop = intents.stop(position, quantity=quantity, now=venue.now())
    return stop is not None and _stands(position, stop, venue)


def _ensure_take_profit(position: Position, venue: Venue) -> None:
    order = living_leg(position, Purpose.TAKE_PROFIT) or _new_take_profit(position, venue)
    if order is None:
        return
    was_working = order.status in AT_VENUE
    _work(order, venue)
    if order.status == OrderStatus.REJECTED and order.reason_code in PRICE_ALREADY_THERE:
        request_close(position, reason=ExitReason.TAKE_PROFIT, author="protection", now=venue.now())
    elif order.status in AT_VENUE and not was_working:
        _note_take_profit(position, order, now=venue.now())


def _new_take_profit(position: Position, venue: Venue) -> Order | None:
    if position.entry_price is None:
        return None
    price = take_profit_price(
        entry_price=position.entry_price,
        take_profit_ratio=position.take_profit_ratio,
        position_side=position.side,
        rules=venue.rules(position.symbol),
    )
    Exits(
        entry_price=position.entry_price,
        stop_price=position.stop_price,
        take_profit_price=price,
        position_side=position.side,
    )
    return intents.take_profit(position, trigger_price=price, now=venue.now())


def note_protected(position: Position, stop: Order, *, now: datetime) -> None:
    """A stop stands: end the count of seconds without one. Only the first to notice writes the event."""
    naked_since = position.naked_since
    if naked_since is None:
        return
    seconds = round((timezone.now() - naked_since).total_seconds(), 3)
    ended = Position.objects.filter(pk=position.pk, naked_since=naked_since).update(
        naked_since=None,
        protected_at=now,
        worst_naked_seconds=Greatest(F("worst_naked_seconds"), seconds),
    )
    position.refresh_from_db()
    if ended:
        _tell(position, EventKind.STOP_PLACED, now=now, price=stop.trigger_price, seconds=seconds, order=stop)


def note_naked(position: Position) -> None:
    """No stop stands for an open quantity from now on (wall time)."""
    Position.objects.filter(pk=position.pk, naked_since=None, quantity__gt=0).update(naked_since=timezone.now())
    position.refresh_from_db()


def _note_take_profit(position: Position, order: Order, *, now: datetime) -> None:
    Position.objects.filter(pk=position.pk).update(take_profit_price=order.trigger_price)
    _tell(position, EventKind.TAKE_PROFIT_PLACED, now=now, price=order.trigger_price, order=order)


def _tell_unprotected(position: Position, stop: Order, *, now: datetime) -> None:
    log.error("position_unprotected", symbol=position.symbol, client_order_id=stop.client_order_id, reason=stop.reason)
    _tell(position, EventKind.POSITION_UNPROTECTED, now=now, price=stop.trigger_price, order=stop, reason=stop.reason)


def _tell(
    position: Position, kind: EventKind, *, now: datetime, price: Decimal | None, order: Order, **facts: Any
) -> None:
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
