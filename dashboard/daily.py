"""The account day by day, UTC: what was earned, and what the wallet held. USDT; sums are made in Python."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import QuerySet

from dashboard import figures
from desk.models import Account
from trading import selectors
from trading.core.tally import COMMISSION_ASSET
from trading.models import Fill, Income

ZERO = Decimal(0)
FUNDING = "FUNDING_FEE"


@dataclass(frozen=True, slots=True, kw_only=True)
class DayResult:
    """Trades closed on a day. ``result`` is after commission and before funding, which is beside it."""

    day: date
    result: Decimal
    commission: Decimal
    funding: Decimal
    trades: int
    wins: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DayBalance:
    """Wallet balance at the end of a day; of the running day, now. ``change`` is against the day before."""

    day: date
    wallet_balance: Decimal
    change: Decimal


def results(*, now: datetime, days: int) -> Sequence[DayResult]:
    """Every one of the last ``days``, newest first; ``now`` is market time."""
    dates = _dates(now, days)
    closed = selectors.closed_positions().filter(closed_at__date__gte=dates[-1]).prefetch_related(None)
    funding = _sums_by_day((row.at, row.amount) for row in _income(dates[-1]).filter(income_type=FUNDING))
    by_day = defaultdict(list)
    for position in closed:
        if position.closed_at is not None:
            by_day[position.closed_at.date()].append(position)
    return [
        DayResult(
            day=day,
            result=sum((figures.result(position) for position in by_day[day]), ZERO),
            commission=sum((position.commission for position in by_day[day]), ZERO),
            funding=funding[day],
            trades=len(by_day[day]),
            wins=sum(figures.result(position) > 0 for position in by_day[day]),
        )
        for day in dates
    ]


def balances(account: Account, *, now: datetime, days: int) -> Sequence[DayBalance]:
    """End of each day, newest first: the balance last read at the venue, less what was booked after that day.

    Exact where the books agree with the venue; commission in other assets leaves the USDT balance alone.
    """
    if account.wallet_balance is None:
        return []
    dates = _dates(now, days)
    changes = _changes(account, since=dates[-1])
    found, balance = [], account.wallet_balance
    for day in dates:
        found.append(DayBalance(day=day, wallet_balance=balance, change=changes[day]))
        balance -= changes[day]
    return found


def _dates(now: datetime, days: int) -> list[date]:
    return [now.date() - timedelta(days=back) for back in range(days)]


def _changes(account: Account, *, since: date) -> dict[date, Decimal]:
    fills = Fill.objects.filter(account=account, at__date__gte=since)
    income = _income(since).filter(account=account)
    booked = [(fill.at, fill.realized_pnl - _from_wallet(fill)) for fill in fills]
    return _sums_by_day([*booked, *((row.at, row.amount) for row in income)])


def _from_wallet(fill: Fill) -> Decimal:
    """Commission that the USDT balance paid."""
    paid: Decimal = fill.commission
    return paid if fill.commission_asset == COMMISSION_ASSET else ZERO


def _income(since: date) -> QuerySet[Income]:
    return Income.objects.filter(at__date__gte=since)


def _sums_by_day(rows: Iterable[tuple[datetime, Decimal]]) -> dict[date, Decimal]:
    sums: dict[date, Decimal] = defaultdict(lambda: ZERO)
    for at, amount in rows:
        sums[at.date()] += amount
    return sums
