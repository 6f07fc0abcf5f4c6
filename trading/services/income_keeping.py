"""Keeping what moves the balance besides our trades: funding, fees of liquidation, transfers, row by row."""

from collections.abc import Iterable
from datetime import datetime

from desk.money import round_significant
from exchange.types import IncomeRow
from trading.models import Income
from trading.services.ledger import OF_TRADES
from trading.venue import Venue

BATCH = 500  # rows of one write, so that it stalls no other


def keep_income(venue: Venue, *, start: datetime, end: datetime) -> int:
    """Write every income row of [start, end] that is not a trade's; how many were read. Raises ExchangeError.

    Trades are kept as fills. A row that is known already changes nothing.
    """
    return keep_rows(venue.trading.income(start=start, end=end), venue)


def keep_rows(income: Iterable[IncomeRow], venue: Venue) -> int:
    """As keep_income, of rows that were read."""
    rows = [_row(row, venue) for row in income if row.income_type not in OF_TRADES]
    for first in range(0, len(rows), BATCH):
        Income.objects.bulk_create(rows[first : first + BATCH], ignore_conflicts=True)
    return len(rows)


def _row(row: IncomeRow, venue: Venue) -> Income:
    return Income(
        account=venue.account,
        income_type=row.income_type,
        transaction_id=row.transaction_id,
        symbol=row.symbol,
        amount=round_significant(row.income),
        asset=row.asset,
        at=row.at,
    )
