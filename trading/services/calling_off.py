"""Calling off what a plan has not sent yet: what has filled stays and is protected, the position goes on."""

from datetime import datetime

from django.db import transaction

from desk import events
from desk.event_kinds import EventKind
from trading.core.states import ENTERING
from trading.models import Execution, Position
from trading.services.locking import locked_row


class NothingToCallOff(Exception):
    """No entry or add of the position has anything left to send, or the rest of it is called off already."""


def running_plan(position: Position) -> Execution | None:
    """The plan of its entry or add that may still send orders."""
    plans = position.executions.filter(purpose__in=ENTERING, ended_at__isnull=True, called_off_at__isnull=True)
    return plans.first()


def call_off_rest(position: Position, *, author: str, now: datetime) -> Execution:
    """Want no further order of the running plan. Raises NothingToCallOff.

    From this commit on no order of the plan is written or taken for sending. The workers cancel one that stands at
    the exchange, count what it filled and end the plan.
    """
    with transaction.atomic():
        locked = locked_row(position)
        execution = running_plan(locked)
        if execution is None or not _mark(execution, now):
            raise NothingToCallOff(position.symbol)
        events.record(
            EventKind.LEG_REQUESTED,
            at=now,
            case=locked.case,
            bot=locked.bot,
            symbol=locked.symbol,
            what="rest cancelled",
            price="",
            author=author,
        )
    execution.refresh_from_db()
    return execution


def _mark(execution: Execution, now: datetime) -> bool:
    """False when another request came first, or the plan has ended meanwhile."""
    standing = Execution.objects.filter(pk=execution.pk, ended_at__isnull=True, called_off_at__isnull=True)
    return standing.update(called_off_at=now) == 1


def is_called_off(execution_id: int | None) -> bool:
    """Read anew: between the writing of an order and its sending somebody may have called off the rest."""
    if execution_id is None:
        return False
    return Execution.objects.filter(pk=execution_id, called_off_at__isnull=False).exists()
