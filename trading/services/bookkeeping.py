"""Closing the books: day by day and after each close, what is lacking is told before it is taken in."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from desk.guarding import guarded
from exchange.types import IncomeRow
from trading.core.states import PositionStatus
from trading.models import BooksDay, Position
from trading.services import ledger
from trading.services.income_keeping import keep_rows
from trading.services.late_exits import take_in_late_exits
from trading.venue import Venue

SETTLING = timedelta(minutes=1)  # market; rows younger than this may still be on their way to us
SETTLING_WALL_SECONDS = 10
DAYS = 2  # today and yesterday are looked at each time
LONGEST = 89  # days; the venue tells of income for three months
ONE_DAY = timedelta(days=1)


def settled(venue: Venue) -> datetime:
    """Market time up to which everything must have arrived."""
    return venue.now() - max(SETTLING, timedelta(seconds=SETTLING_WALL_SECONDS * float(venue.clock.speed)))


def close_books(venue: Venue) -> Sequence[BooksDay]:
    """Compare the last days with the venue's income, keep what is new, and raise the alarm for what is not explained.

    After a time without us every day since the last one that was compared. Raises ExchangeError.
    """
    with guarded("take_in_late_exits", account=venue.account.name):
        take_in_late_exits(venue)
    until = settled(venue)
    days = _days_due(venue, until.date())
    income = venue.trading.income(start=_start(days[0]), end=venue.now())
    for day in days:
        _look_for_lost(venue, day, income)
    keep_rows(income, venue)
    return [_close_day(venue, day, income, until=until) for day in days]


def _days_due(venue: Venue, today: date) -> Sequence[date]:
    """Oldest first, so that what is interrupted goes on where it was."""
    newest = _newest(venue)
    since_newest = 0 if newest is None else (today - newest.compared_until.date()).days
    back = min(max(DAYS - 1, since_newest), LONGEST)
    return [today - timedelta(days=days) for days in range(back, -1, -1)]


def _newest(venue: Venue) -> BooksDay | None:
    return BooksDay.objects.filter(account=venue.account).order_by("-compared_until").first()


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def _look_for_lost(venue: Venue, day: date, income: Sequence[IncomeRow]) -> None:
    """Name rows of ours that are gone since the day was compared last: keeping would take them in again unseen."""
    before = BooksDay.objects.filter(account=venue.account, date=day).first()
    if before is None:
        return
    end, kept = before.compared_until, before.income_rows
    ledger.alarm(ledger.compare_kept(venue, start=_start(day), end=end, income=income, kept=kept), venue)


def _close_day(venue: Venue, day: date, income: Sequence[IncomeRow], *, until: datetime) -> BooksDay:
    start = _start(day)
    end = min(until, start + ONE_DAY - timedelta(milliseconds=1))
    comparison = ledger.compare(venue, start=start, end=end, kept_until=end, income=income)
    ledger.alarm(comparison, venue)
    return _keep(venue, day, comparison, until=end)


def _keep(venue: Venue, day: date, comparison: ledger.Comparison, *, until: datetime) -> BooksDay:
    kept, _is_new = BooksDay.objects.update_or_create(
        account=venue.account,
        date=day,
        defaults={
            "compared_until": until,
            "rows": comparison.rows,
            "income_rows": ledger.count_kept(venue, start=_start(day), end=until),
            "ours": comparison.ours,
            "theirs": comparison.theirs,
            "unlike": [str(row) for row in comparison.discrepancies],
        },
    )
    return kept


def has_closed_since(venue: Venue) -> bool:
    """Whether a position has closed, and had its time to settle, since the books were compared last."""
    newest = _newest(venue)
    closed = Position.objects.filter(account=venue.account, status=PositionStatus.CLOSED, filled_at__isnull=False)
    if newest is not None:
        closed = closed.filter(closed_at__gt=newest.compared_until)
    return closed.filter(closed_at__lte=settled(venue)).exists()
