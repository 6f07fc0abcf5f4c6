"""A position that the venue no longer shows, and no trade that tells why: when it is believed, and how it is undone."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from desk import events
from desk.event_kinds import EventKind
from trading.core.states import ExitReason, PositionStatus
from trading.core.tally import tally
from trading.models import Position
from trading.services.locking import locked_row
from trading.services.nakedness import is_covered
from trading.venue import Venue

FLAT_CHECKS = 5  # checks in a row after which nothing open at the venue is believed without a trade that tells why
FLAT_SECONDS = 60  # wall; how long they must have found so, for a stream that connects anew checks each time
REPLAY_FLAT_SECONDS = 8  # wall; checks come every two seconds there


def count_flat(position: Position, *, is_flat: bool, venue: Venue) -> None:
    """A position that is gone without a trade (settlement) is closed once enough checks over enough time agree."""
    now = venue.now()
    checks, since = 0, None
    if is_flat and position.quantity:
        checks, since = min(position.flat_checks + 1, FLAT_CHECKS), position.flat_since or now
    if (checks, since) != (position.flat_checks, position.flat_since):
        Position.objects.filter(pk=position.pk).update(flat_checks=checks, flat_since=since)
    if since is None or checks < FLAT_CHECKS or now - since < _long_enough(venue):
        return
    with transaction.atomic():
        locked = Position.objects.select_for_update(no_key=True).get(pk=position.pk)
        if locked.status == PositionStatus.OPEN:
            locked.exit_reason, locked.closing_at = ExitReason.RECONCILE, now
        locked.status, locked.quantity, locked.naked_since = PositionStatus.CLOSING, 0, None
        locked.flat_checks, locked.flat_since = 0, None
        locked.save()
        _tell(locked, what="nothing is open at the exchange, and no trade tells why", at=now)
    position.refresh_from_db()


def _long_enough(venue: Venue) -> timedelta:
    """Market time."""
    speed = float(venue.clock.speed)
    return timedelta(seconds=FLAT_SECONDS) if speed <= 1 else timedelta(seconds=REPLAY_FLAT_SECONDS * speed)


def take_back(position: Position, *, open_quantity: Decimal, venue: Venue) -> bool:
    """Hold again what was believed gone, as far as our trades and ``open_quantity`` at the venue agree; True if so.

    Its stop stands still. A close that had been asked for before goes on.
    """
    if position.quantity or not open_quantity:
        return False
    now = venue.now()
    with transaction.atomic():
        locked = locked_row(position)
        left = tally(locked.fills.all(), entry_side=locked.side.entry_side).open_quantity
        if locked.status != PositionStatus.CLOSING or locked.quantity or left <= 0:
            return False
        locked.quantity = min(left, open_quantity)
        locked.naked_since = None if is_covered(locked) else timezone.now()
        if locked.exit_reason == ExitReason.RECONCILE:
            locked.status, locked.exit_reason, locked.closing_at = PositionStatus.OPEN, "", None
        locked.save(update_fields=["status", "exit_reason", "closing_at", "quantity", "naked_since"])
        _tell(locked, what="it is open at the exchange again", at=now)
    position.refresh_from_db()
    return True


def _tell(position: Position, *, what: str, at: datetime) -> None:
    events.record(EventKind.REPAIRED, at=at, case=position.case, bot=position.bot, symbol=position.symbol, what=what)
