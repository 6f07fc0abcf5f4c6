"""The end of an entry that filled nothing."""

from datetime import datetime

from django.db import transaction

from desk import events
from desk.event_kinds import EventKind
from trading.core.states import ExitReason, PositionStatus, Purpose
from trading.models import Position


@transaction.atomic
def end_if_unfilled(position: Position, *, now: datetime) -> bool:
    """Close a PENDING position whose entry ended without a fill."""
    slices = position.orders.filter(purpose=Purpose.ENTRY)
    if position.is_executing or any(not order.is_final or order.executed_quantity for order in slices):
        return False
    ended = Position.objects.filter(pk=position.pk, status=PositionStatus.PENDING, entered_quantity=0).update(
        status=PositionStatus.CLOSED, exit_reason=ExitReason.ENTRY_UNFILLED, closed_at=now
    )
    position.refresh_from_db()
    if ended:
        events.record(
            EventKind.ENTRY_UNFILLED, at=now, case=position.case, bot=position.bot, symbol=position.symbol
        )  # fmt: skip
    return ended == 1
