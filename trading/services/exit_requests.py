"""Asking for the end of a position: a committed wish that any process may then carry out."""

from datetime import datetime

from django.db import transaction

from desk import events
from desk.event_kinds import EventKind
from trading.core.states import ExitReason, PositionStatus
from trading.models import Position


def request_close(position: Position, *, reason: ExitReason, author: str, now: datetime) -> bool:
    """Mark ``position`` to be closed at market; False when it is already closing or closed. Sends nothing."""
    with transaction.atomic():
        marked = Position.objects.filter(
            pk=position.pk, status__in=[PositionStatus.PENDING, PositionStatus.OPEN]
        ).update(status=PositionStatus.CLOSING, exit_reason=reason, closing_at=now)
        if marked:
            events.record(
                EventKind.POSITION_CLOSING,
                at=now,
                case=position.case,
                bot=position.bot,
                symbol=position.symbol,
                reason=str(reason.label),
                reason_code=reason.value,
                author=author,
            )
    position.refresh_from_db()
    return marked == 1
