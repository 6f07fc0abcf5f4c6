"""Changes of open positions: rows that anybody may ask for, refused or carried out by those with the keys."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import structlog
from django.db import IntegrityError, transaction

from desk.event_kinds import EventKind
from desk.guarding import guarded
from desk.locks import TICK_SECONDS, only_one
from desk.models import Account
from desk.money import round_significant
from signals.strategies.execution import ExecutionStyle
from trading.core.states import UNFINISHED_CHANGE, ChangeKind, ChangeStatus, PositionStatus
from trading.models import Position, PositionChange
from trading.services.adding import begin_add, follow_add
from trading.services.adjusting import begin_adjust, follow_adjust
from trading.services.change_rows import (
    REFUSAL_LENGTH,
    ChangeRefused,
    fail_change,
    not_listed,
    refuse_change,
    tell_change,
    told_refusal,
)
from trading.services.reducing import begin_reduce, follow_reduce
from trading.services.tending import tend
from trading.venue import UnknownSymbol, Venue

log = structlog.get_logger(__name__)


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
        return _write(position, wanted, refusal_of(position, wanted), now=now)
    except IntegrityError:  # another request came first
        known = PositionChange.objects.filter(key=wanted.key).first()
    return known or _write(position, wanted, IN_WORK, now=now)


IN_WORK = ChangeRefused("change_in_work", "another change of this position is under way")


def refusal_of(position: Position, wanted: WantedChange) -> ChangeRefused | None:
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
        tell_change(change, kind, now=now, **told_refusal(refused))
    return change


def _kept(price: Decimal | None) -> Decimal | None:
    return None if price is None else round_significant(price)


def unfinished_changes(account: Account) -> Sequence[PositionChange]:
    """Changes of the account that somebody waits for, oldest first."""
    rows = PositionChange.objects.filter(position__account=account, status__in=UNFINISHED_CHANGE)
    return list(rows.select_related("position__account", "position__bot", "position__config_version").order_by("id"))


def work_changes(venue: Venue, *, may_risk: bool = True) -> None:
    """One look at every unfinished change of the account. An ADD is decided under the lock of the entries.

    Without ``may_risk`` adds stay where they are.
    """
    for change in unfinished_changes(venue.account):
        if change.kind == ChangeKind.ADD and not may_risk:
            continue
        with (
            guarded("work_change", symbol=change.position.symbol, change=change.pk),
            _turn(change) as is_ours,
        ):
            if is_ours:
                work_change(change, venue)


def _turn(change: PositionChange) -> AbstractContextManager[bool]:
    takes_risk = change.kind == ChangeKind.ADD and change.status == ChangeStatus.ASKED
    return only_one("entries", seconds=TICK_SECONDS) if takes_risk else nullcontext(True)


BEGIN = {ChangeKind.ADD: begin_add, ChangeKind.REDUCE: begin_reduce, ChangeKind.ADJUST: begin_adjust}
FOLLOW = {ChangeKind.ADD: follow_add, ChangeKind.REDUCE: follow_reduce, ChangeKind.ADJUST: follow_adjust}


def work_change(change: PositionChange, venue: Venue) -> None:
    """Bring ``change`` a step closer to its end; safe to call at any time, by many. Raises ExchangeError.

    A venue that cannot be asked leaves the change where it is, for the next look.
    """
    change.refresh_from_db()
    kind = ChangeKind(change.kind)
    if change.status == ChangeStatus.ASKED:
        try:
            BEGIN[kind](change, venue)
        except ChangeRefused as refused:
            refuse_change(change, refused, now=venue.now())
        except UnknownSymbol:
            refuse_change(change, not_listed(change.position.symbol), now=venue.now())
    if change.status != ChangeStatus.WORKING:
        return
    try:
        FOLLOW[kind](change, venue)
    except ChangeRefused as refused:
        fail_change(change, refused, now=venue.now())
    except UnknownSymbol:
        fail_change(change, not_listed(change.position.symbol), now=venue.now())
    tend(change.position, venue)
