"""Counting the seconds in which something is open that no stop covers, by our rows. Wall time."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from desk import events
from desk.event_kinds import EventKind
from trading.core.states import FIRING, WORKING, Purpose
from trading.models import Order, Position
from trading.services.locking import reread

FIRES_WITHIN = timedelta(seconds=5)  # wall; a stop that triggered and has not closed by then protects nothing
STOPS = (Purpose.STOP, Purpose.INNER_STOP)


def is_standing(stop: Order) -> bool:
    """Whether a stop waits at the venue, or is firing at this moment."""
    if stop.status in FIRING:
        return timezone.now() - stop.updated_at < FIRES_WITHIN
    return stop.status in WORKING


def is_covered(position: Position) -> bool:
    """Whether one stop stands that would close all that is open of ``position``."""
    stops = Order.objects.filter(position=position, purpose__in=STOPS, parent__isnull=True, status__in=WORKING | FIRING)
    return any(is_standing(stop) and _covers(stop, position) for stop in stops)


def _covers(stop: Order, position: Position) -> bool:
    return stop.close_position or (stop.quantity is not None and stop.quantity >= position.quantity)


def note_naked(position: Position) -> None:
    """From now on something is open without a stop, unless another one covers it."""
    position.refresh_from_db()
    if not position.quantity or position.naked_since is not None or is_covered(position):
        return
    Position.objects.filter(pk=position.pk, naked_since=None, quantity__gt=0).update(naked_since=timezone.now())
    position.refresh_from_db()


def note_protected(position: Position, stop: Order, *, now: datetime, stood_at: datetime | None = None) -> None:
    """A stop covers what is open: end the count. Only the first to notice writes the event.

    ``stood_at`` is when the venue said so, wall time; without it that was just now.
    """
    naked_since = position.naked_since
    if naked_since is None:
        return
    seconds = seconds_since(naked_since, until=stood_at)
    with transaction.atomic():
        ended = Position.objects.filter(pk=position.pk, naked_since=naked_since).update(
            naked_since=None,
            protected_at=Coalesce(F("protected_at"), now),
            worst_naked_seconds=Greatest(F("worst_naked_seconds"), seconds),
        )
        if ended:
            _tell(position, stop, now=now, seconds=seconds)
    reread(position)


def seconds_since(naked_since: datetime, *, until: datetime | None = None) -> float:
    return round(((until or timezone.now()) - naked_since).total_seconds(), 3)


def _tell(position: Position, stop: Order, *, now: datetime, seconds: float) -> None:
    events.record(
        EventKind.STOP_PLACED,
        at=now,
        case=position.case,
        bot=position.bot,
        symbol=position.symbol,
        price=stop.trigger_price,
        client_order_id=stop.client_order_id,
        venue_order_id=stop.venue_order_id,
        seconds=seconds,
    )
