"""Changes of open positions: rows that anybody may ask for, refused or carried out by those with the keys."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from desk import events
from desk.event_kinds import EventKind
from desk.money import round_significant
from signals.strategies.execution import ExecutionStyle
from trading.core.states import UNFINISHED_CHANGE, ChangeKind, ChangeStatus, PositionStatus
from trading.models import Position, PositionChange

REFUSAL_LENGTH, CODE_LENGTH = 300, 40


class ChangeRefused(Exception):
    """A change that will not be made, with the code and sentence that its row keeps."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedChange:
    """What is asked for. ``key`` makes a repeated request the same change.

    ADD and REDUCE need ``share_pct``, above 0 and at most 100 percent of what is open; ADJUST a stop or a take-profit.
    An ADD may name a stop too: the tighter of it, the present one and the one of the rule holds. Prices in USDT,
    ``reference_price`` is the middle of the book at the decision.
    """

    kind: ChangeKind
    key: str
    author: str
    reason: str = ""
    share_pct: Decimal | None = None
    stop_price: Decimal | None = None
    take_profit_price: Decimal | None = None
    style: ExecutionStyle | None = None
    decision_id: int | None = None
    reference_price: Decimal | None = None


def request_change(position: Position, wanted: WantedChange, *, now: datetime) -> PositionChange:
    """Write ``wanted`` down; a worker carries it out. What cannot be is a row too, refused with its reason.

    The same key gives the same row again, whatever became of it.
    """
    known = PositionChange.objects.filter(key=wanted.key).first()
    if known is not None:
        return known
    try:
        return _write(position, wanted, _refusal_of(position, wanted), now=now)
    except IntegrityError:  # another request came first
        known = PositionChange.objects.filter(key=wanted.key).first()
    return known or _write(position, wanted, IN_WORK, now=now)


IN_WORK = ChangeRefused("change_in_work", "another change of this position is under way")


def _refusal_of(position: Position, wanted: WantedChange) -> ChangeRefused | None:
    """What can be seen without the venue."""
    if not _is_complete(wanted):
        return ChangeRefused("incomplete", "the change does not say what it is to be")
    if Position.objects.filter(pk=position.pk, status=PositionStatus.OPEN).first() is None:
        return ChangeRefused("not_open", "the position is not open")
    if position.changes.filter(status__in=UNFINISHED_CHANGE).exists():
        return IN_WORK
    return None


def _is_complete(wanted: WantedChange) -> bool:
    prices = [price for price in (wanted.stop_price, wanted.take_profit_price) if price is not None]
    if any(price <= 0 for price in prices):
        return False
    if wanted.kind is ChangeKind.ADJUST:
        return bool(prices)
    return wanted.share_pct is not None and 0 < wanted.share_pct <= 100


def _write(position: Position, wanted: WantedChange, refused: ChangeRefused | None, *, now: datetime) -> PositionChange:
    """Raises IntegrityError when the key, or another unfinished change, is there already."""
    with transaction.atomic():
        change = PositionChange.objects.create(
            position=position,
            kind=wanted.kind,
            key=wanted.key,
            status=ChangeStatus.ASKED if refused is None else ChangeStatus.REFUSED,
            share_pct=wanted.share_pct,
            stop_price=_kept(wanted.stop_price),
            take_profit_price=_kept(wanted.take_profit_price),
            style=wanted.style.value if wanted.style else "",
            author=wanted.author,
            reason=wanted.reason[:REFUSAL_LENGTH],
            decision_id=wanted.decision_id,
            reference_price=_kept(wanted.reference_price),
            refusal_code="" if refused is None else refused.code,
            refusal="" if refused is None else refused.reason,
            created_at=now,
            finished_at=None if refused is None else now,
        )
        kind = EventKind.CHANGE_REQUESTED if refused is None else EventKind.CHANGE_REFUSED
        tell_change(change, kind, now=now, **_told_refusal(refused))
    return change


def _kept(price: Decimal | None) -> Decimal | None:
    return None if price is None else round_significant(price)


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
    came_from: Any,
) -> None:
    with transaction.atomic():
        ended = PositionChange.objects.filter(pk=change.pk, status__in=came_from).update(
            status=status,
            refusal_code=refused.code[:CODE_LENGTH],
            refusal=refused.reason[:REFUSAL_LENGTH],
            finished_at=now,
        )
        if ended:
            tell_change(change, kind, now=now, **_told_refusal(refused))
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


def _told_refusal(refused: ChangeRefused | None) -> dict[str, str]:
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
