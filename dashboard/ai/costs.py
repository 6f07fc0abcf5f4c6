"""What asking models costs: windows with their caps, and who was paid. USD; wall time, UTC."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Sum

from advisor import spending
from advisor.budget import Ladder, Rung, used_share
from advisor.models import Period, Spend, SpendStatus, SpendWindow, usd
from advisor.providers import catalogue

DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """``committed`` is spent or promised; ``used_pct`` of the cap."""

    period: Period
    start: datetime
    cap: Decimal
    committed: Decimal
    used_pct: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """Calls of one model in the running month. ``promised`` is set aside for calls that are not over."""

    provider: str
    model: str
    calls: int
    spent: Decimal
    promised: Decimal


@dataclass(frozen=True, slots=True)
class DaySpent:
    day: date
    spent: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """``rung``: how much a question is worth now, by the fullest window."""

    windows: Sequence[Window]
    rung: Rung
    models: Sequence[Paid]
    days: Sequence[DaySpent]


def costs(now: datetime) -> Costs:
    caps, known = catalogue.caps(), spending.committed(now)
    windows = [_window(period, known[period], spending.cap_of(period, caps), now=now) for period in spending.PERIODS]
    rung = Ladder().rung(spending.tightest_share(caps, now))
    return Costs(windows=windows, rung=rung, models=_paid(now), days=_days(now))


def _window(period: Period, committed: Decimal, cap: Decimal, *, now: datetime) -> Window:
    percent = (used_share(committed, cap) * 100).quantize(Decimal("0.1"))
    start = spending.window_start(period, now)
    return Window(period=period, start=start, cap=cap, committed=committed, used_pct=percent)


def _paid(now: datetime) -> list[Paid]:
    month = Spend.objects.filter(reserved_at__gte=spending.window_start(Period.MONTH, now)).order_by()
    sums = month.values("provider", "model", "status").annotate(
        calls=Count("pk"), spent=Sum("spent_micros"), reserved=Sum("reserved_micros")
    )
    found: dict[tuple[str, str], Paid] = {}
    for row in sums:
        known = found.get((row["provider"], row["model"]))
        found[row["provider"], row["model"]] = _added(known, row)
    return sorted(found.values(), key=lambda paid: (-paid.spent - paid.promised, paid.provider, paid.model))


def _added(known: Paid | None, row: Mapping[str, Any]) -> Paid:
    is_open = row["status"] == SpendStatus.RESERVED
    calls, spent, reserved = (int(row[name] or 0) for name in ("calls", "spent", "reserved"))
    return Paid(
        provider=row["provider"],
        model=row["model"],
        calls=calls + (known.calls if known else 0),
        spent=usd(0 if is_open else spent) + (known.spent if known else 0),
        promised=usd(reserved if is_open else 0) + (known.promised if known else 0),
    )


def _days(now: datetime) -> list[DaySpent]:
    """Every one of the last thirty days, oldest first."""
    first = spending.window_start(Period.DAY, now) - timedelta(days=DAYS - 1)
    rows = SpendWindow.objects.filter(period=Period.DAY, start__gte=first)
    known = {row.start.date(): usd(row.committed_micros) for row in rows}
    dates = [first.date() + timedelta(days=number) for number in range(DAYS)]
    return [DaySpent(day, known.get(day, Decimal(0))) for day in dates]
