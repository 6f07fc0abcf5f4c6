"""The case file: everything on record about one signal or order by hand. Reading only."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pydantic import ValidationError

from desk.models import Bot, Event
from risk.what_if import WhatIf
from risk.what_if_record import unpacked
from signals.models import FilterVerdict, Signal, SignalStatus
from signals.selectors import signal_of_case, signals
from trading import selectors
from trading.case_story import CaseResult, CaseRows, Step, result_of, story
from trading.core.states import PositionStatus
from trading.models import Fill, Order, Position


class CaseState(StrEnum):
    """PENDING: a signal not decided yet. WORKING: an entry or position lives. REFUSED and CLOSED are final."""

    PENDING = "pending"
    REFUSED = "refused"
    WORKING = "working"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """One case with its rows and its story. A case by hand has no signal, a refused one no position.

    ``what_if`` is what the entry was reckoned to do when it was decided or refused; None where that is not on record.
    """

    case: uuid.UUID
    symbol: str
    bot: Bot
    state: CaseState
    began_at: datetime
    signal: Signal | None
    position: Position | None
    verdicts: Sequence[FilterVerdict] = ()
    orders: Sequence[Order] = ()
    fills: Sequence[Fill] = ()
    steps: Sequence[Step] = ()
    result: CaseResult | None = None
    what_if: WhatIf | None = None
    events: Sequence[Event] = field(default=(), repr=False)


class UnknownCase(LookupError):
    """No signal and no position of this environment has such a case."""


def case_file(case: uuid.UUID) -> CaseFile:
    """The story of ``case``. Raises UnknownCase."""
    signal = signal_of_case(case)
    position = selectors.positions().filter(case=case).first()
    owner, began_at = _owner(case, signal=signal, position=position)
    events = list(Event.objects.filter(case=case).select_related("bot").order_by("id"))
    orders = list(position.orders.all()) if position else []
    fills = list(selectors.fills_of(position)) if position else []
    rows = CaseRows(signal=signal, position=position, orders=orders, fills=fills, events=events)
    return CaseFile(
        case=case,
        symbol=owner.symbol,
        bot=owner.bot,
        state=_state(signal, position),
        began_at=began_at,
        signal=signal,
        position=position,
        verdicts=list(signal.verdicts.all()) if signal else [],
        orders=orders,
        fills=fills,
        steps=list(story(rows)),
        result=result_of(position),
        what_if=_what_if(events),
        events=events,
    )


def latest_cases(symbol: str, *, limit: int = 20) -> Sequence[CaseFile]:
    """Cases of ``symbol``, refused ones among them, newest first."""
    found = signals().filter(symbol=symbol).order_by("-found_at").values_list("case", "found_at")[:limit]
    by_hand = selectors.positions().filter(symbol=symbol, signal__isnull=True).order_by("-created_at")
    began = [*found, *by_hand.values_list("case", "created_at")[:limit]]
    newest = sorted(began, key=lambda row: row[1], reverse=True)[:limit]
    return [case_file(case) for case, _began in newest]


def _what_if(events: Sequence[Event]) -> WhatIf | None:
    """The newest on record. What another version of the code wrote and this one does not understand is none."""
    kept = [event.facts["what_if"] for event in events if event.facts.get("what_if")]
    try:
        return unpacked(kept[-1]) if kept else None
    except ValidationError:
        return None


def _owner(case: uuid.UUID, *, signal: Signal | None, position: Position | None) -> tuple[Position | Signal, datetime]:
    """The row that names the case, and when it began."""
    if signal is not None:
        return position or signal, signal.found_at
    if position is not None:
        return position, position.created_at
    raise UnknownCase(str(case))


def _state(signal: Signal | None, position: Position | None) -> CaseState:
    if position is not None:
        return CaseState.CLOSED if position.status == PositionStatus.CLOSED else CaseState.WORKING
    if signal is not None and signal.status == SignalStatus.REFUSED:
        return CaseState.REFUSED
    return CaseState.PENDING
