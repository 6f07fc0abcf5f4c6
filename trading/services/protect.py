"""Protection: a stop first, then a take-profit, for whatever is open; and the ladder when the venue refuses."""

from datetime import datetime

import structlog
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from desk.event_kinds import EventKind
from exchange.errors import OrderCode
from trading.core.states import AT_VENUE, ExitReason, OrderStatus, PositionStatus, Purpose
from trading.models import Order, Position
from trading.services import intents
from trading.services.exit_requests import request_close
from trading.services.legs import living_leg, refusals_in_a_row, tell_leg, work_leg
from trading.services.stop_move import move_stop
from trading.services.take_profit import PRICE_ALREADY_THERE, ensure_take_profit
from trading.services.trade_sync import sync_trades
from trading.services.venue_position import open_at_venue
from trading.venue import Venue

log = structlog.get_logger(__name__)

STOP_ATTEMPTS = 3  # refused stops after which the position is closed at market
STOP_ATTEMPTS_IN_ALL = 10  # after these only closing is tried; an endless loop would end in a ban
WANTS_QUANTITY = (OrderCode.CLOSE_POSITION_EXISTS, OrderCode.NO_POSITION)


def protect(position: Position, venue: Venue) -> None:
    """See that an open position has a live stop, then a take-profit. Safe to call by many at once, at any time."""
    if not position.quantity:
        return
    if _ensure_stop(position, venue) and position.status == PositionStatus.OPEN:
        ensure_take_profit(position, venue)


def _ensure_stop(position: Position, venue: Venue) -> bool:
    """True when a stop stands at the venue."""
    stop = living_leg(position, Purpose.STOP)
    if stop is not None and stop.status == OrderStatus.NEW:
        stop = move_stop(position, stop, venue)
    stop = stop or _next_stop(position, venue)
    return stop is not None and _stands(position, stop, venue)


def _next_stop(position: Position, venue: Venue) -> Order | None:
    """A new stop, unless the last one fired and its trades explain that nothing is open any more."""
    if _last_stop_fired(position):
        sync_trades(position, venue)
        position.refresh_from_db()
    if not position.quantity or refusals_in_a_row(position, Purpose.STOP) >= STOP_ATTEMPTS_IN_ALL:
        return None
    return intents.stop(position, now=venue.now())


def _last_stop_fired(position: Position) -> bool:
    last = position.orders.filter(purpose=Purpose.STOP, parent__isnull=True).order_by("-attempt").first()
    return last is not None and last.status in (OrderStatus.FINISHED, OrderStatus.EXPIRED)


def _stands(position: Position, stop: Order, venue: Venue) -> bool:
    """Work on ``stop`` until it stands or the ladder ends; True when a stop stands."""
    work_leg(stop, venue)
    if stop.status in AT_VENUE:
        note_protected(position, stop, now=venue.now())
        return True
    return stop.status == OrderStatus.REJECTED and _climb(position, stop, venue)


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
    if refusals_in_a_row(position, Purpose.STOP) >= STOP_ATTEMPTS:
        _tell_unprotected(position, refused, now=venue.now())
        request_close(position, reason=ExitReason.UNPROTECTED_FLATTEN, author="protection", now=venue.now())
        return False
    stop = intents.stop(position, quantity=quantity, now=venue.now())
    return stop is not None and _stands(position, stop, venue)


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
        tell_leg(position, EventKind.STOP_PLACED, now=now, price=stop.trigger_price, seconds=seconds, order=stop)


def note_naked(position: Position) -> None:
    """The base stop is gone: from now on (wall time) nothing stands for an open quantity, unless an inner stop does."""
    inner = living_leg(position, Purpose.INNER_STOP)
    if inner is not None and inner.status in AT_VENUE:
        return
    Position.objects.filter(pk=position.pk, naked_since=None, quantity__gt=0).update(naked_since=timezone.now())
    position.refresh_from_db()


def _tell_unprotected(position: Position, stop: Order, *, now: datetime) -> None:
    log.error("position_unprotected", symbol=position.symbol, client_order_id=stop.client_order_id, reason=stop.reason)
    tell_leg(
        position, EventKind.POSITION_UNPROTECTED, now=now, price=stop.trigger_price, order=stop, reason=stop.reason
    )
