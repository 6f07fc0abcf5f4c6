"""Rows of position changes: how they end, and what is told of it."""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from desk import events
from desk.event_kinds import EventKind
from trading.core.states import UNFINISHED_CHANGE, ChangeStatus
from trading.models import PositionChange

REFUSAL_LENGTH, CODE_LENGTH = 300, 40


class ChangeRefused(Exception):
    """A change that will not be made, with the code and sentence that its row keeps."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


def not_listed(symbol: str) -> ChangeRefused:
    return ChangeRefused("unknown_symbol", f"the exchange no longer lists {symbol}")


def refuse_change(change: PositionChange, refused: ChangeRefused, *, now: datetime) -> None:
    """End an asked change without having done anything."""
    _end(change, ChangeStatus.REFUSED, EventKind.CHANGE_REFUSED, refused, now=now, came_from=[ChangeStatus.ASKED])


def fail_change(change: PositionChange, refused: ChangeRefused, *, now: datetime) -> None:
    """End a change that came to nothing although it was decided."""
    _end(change, ChangeStatus.FAILED, EventKind.CHANGE_FAILED, refused, now=now, came_from=UNFINISHED_CHANGE)


def _end(
    change: PositionChange,
    status: ChangeStatus,
    kind: EventKind,
    refused: ChangeRefused,
    *,
    now: datetime,
    came_from: Collection[ChangeStatus],
) -> None:
    with transaction.atomic():
        ended = PositionChange.objects.filter(pk=change.pk, status__in=came_from).update(
            status=status,
            refusal_code=refused.code[:CODE_LENGTH],
            refusal=refused.reason[:REFUSAL_LENGTH],
            finished_at=now,
        )
        if ended:
            tell_change(change, kind, now=now, **told_refusal(refused))
    change.refresh_from_db()


def finish_change(change: PositionChange, *, quantity: Decimal | None, now: datetime, **facts: Any) -> None:
    """End a change that was carried out; ``quantity`` is what it came to, in base asset."""
    with transaction.atomic():
        ended = PositionChange.objects.filter(pk=change.pk, status__in=UNFINISHED_CHANGE).update(
            status=ChangeStatus.DONE, quantity=quantity, finished_at=now
        )
        if ended:
            tell_change(change, EventKind.CHANGE_DONE, now=now, quantity=quantity, **facts)
    change.refresh_from_db()


def told_refusal(refused: ChangeRefused | None) -> dict[str, str]:
    return {} if refused is None else {"code": refused.code, "reason": refused.reason}


def tell_change(change: PositionChange, kind: EventKind, *, now: datetime, **facts: Any) -> None:
    """Record an event about ``change`` in its position's case."""
    position = change.position
    events.record(
        kind,
        at=now,
        case=position.case,
        bot=position.bot,
        symbol=position.symbol,
        change=change.kind,
        change_id=change.pk,
        author=change.author,
        because=change.reason,
        share_pct=change.share_pct,
        stop_price=change.stop_price,
        take_profit_price=change.take_profit_price,
        decision_id=change.decision_id,
        **facts,
    )
