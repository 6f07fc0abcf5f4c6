"""The emergency stop: halted at once, everything of ours closed at market, and told position by position."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from desk import events
from desk.event_kinds import EventKind
from desk.models import Account, Event
from exchange.rules import plain
from risk import breaker_store
from risk.breaker import stop_at_once
from trading.core.states import LIVE, ExitReason, PositionStatus, Purpose
from trading.models import Order, Position
from trading.services.breaker import cancel_entries
from trading.services.exit_requests import request_close
from trading.services.nakedness import is_covered

REPORT_AFTER = timedelta(seconds=60)  # wall; what is not closed by then is told as it stands


@dataclass(frozen=True, slots=True, kw_only=True)
class StopResult:
    """What became of one position. ``left`` in base asset, ``result`` in USDT after commission, ``refusal`` the
    exchange's last word on its close, empty where it said no."""

    position: int
    symbol: str
    is_closed: bool
    is_protected: bool
    left: Decimal
    result: Decimal
    refusal: str

    def __str__(self) -> str:
        if self.is_closed:
            return f"{self.symbol} closed {self.result:+.2f} USDT"
        state = "stop stands" if self.is_protected else "NO STOP"
        return f"{self.symbol} NOT closed, {plain(self.left)} left, {state}" + (self.refusal and f" ({self.refusal})")


@dataclass(frozen=True, slots=True, kw_only=True)
class StopReport:
    """The last emergency stop of an account. ``at`` is market time."""

    at: datetime
    author: str
    reason: str
    results: tuple[StopResult, ...]

    @property
    def is_done(self) -> bool:
        return all(result.is_closed for result in self.results)


def emergency_stop(account: Account, *, author: str, reason: str, now: datetime) -> StopReport:
    """Halt ``account`` until a person resets it, and want everything of ours closed and every entry gone.

    One transaction: nothing is entered after it. Sends nothing; the processes with the keys carry it out, one
    position's trouble keeping no other from its close. Repeating it adds what has come since.
    """
    with transaction.atomic():
        breaker_store.change(account, lambda breaker, _row: stop_at_once(breaker, now=now, value=author))
        positions = _unfinished(account)
        for position in positions:
            request_close(position, reason=ExitReason.MANUAL, author=author, now=now)
        cancel_entries(account, author=author, now=now)
        events.record(
            EventKind.EMERGENCY_STOP,
            at=now,
            account=account,
            author=author,
            reason=reason,
            count=len(positions),
            positions=[position.pk for position in positions],
        )
    return StopReport(at=now, author=author, reason=reason, results=results_of([each.pk for each in positions]))


def _unfinished(account: Account) -> list[Position]:
    rows = Position.objects.filter(account=account).exclude(status=PositionStatus.CLOSED)
    return list(rows.select_related("account", "bot").order_by("pk"))


def last_report(account: Account) -> StopReport | None:
    """The newest emergency stop with what has become of each position by now."""
    event = _last(account, EventKind.EMERGENCY_STOP)
    if event is None:
        return None
    facts = event.facts
    return StopReport(
        at=event.at, author=facts["author"], reason=facts.get("reason", ""), results=results_of(facts["positions"])
    )


def results_of(positions: Sequence[int]) -> tuple[StopResult, ...]:
    return tuple(_result(position) for position in Position.objects.filter(pk__in=positions).order_by("pk"))


def _result(position: Position) -> StopResult:
    return StopResult(
        position=position.pk,
        symbol=position.symbol,
        is_closed=position.status == PositionStatus.CLOSED,
        is_protected=not position.quantity or is_covered(position),
        left=position.quantity,
        result=position.realized_pnl - position.commission,
        refusal=_refusal(position),
    )


def _refusal(position: Position) -> str:
    close = Order.objects.filter(position=position, purpose=Purpose.CLOSE).order_by("-attempt").first()
    return "" if close is None or close.status in LIVE else close.reason


def report_when_done(account: Account, *, now: datetime) -> None:
    """Tell the result of the last emergency stop, once: when all is closed, or after a minute."""
    stop = _last(account, EventKind.EMERGENCY_STOP)
    told = _last(account, EventKind.EMERGENCY_STOP_REPORT)
    if stop is None or (told is not None and told.pk > stop.pk):
        return
    results = results_of(stop.facts["positions"])
    left = [result for result in results if not result.is_closed]
    if left and timezone.now() - stop.recorded_at < REPORT_AFTER:
        return
    events.record(
        EventKind.EMERGENCY_STOP_REPORT,
        at=now,
        account=account,
        closed=len(results) - len(left),
        left=len(left),
        results="; ".join(map(str, [*left, *(result for result in results if result.is_closed)])) or "-",
    )


def _last(account: Account, kind: EventKind) -> Event | None:
    return Event.objects.filter(account=account, kind=kind).order_by("-pk").first()
