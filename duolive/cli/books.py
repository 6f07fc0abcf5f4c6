"""``ledger``: our books against the exchange's, now."""

from argparse import Namespace
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from desk.models import accounts_of_this_environment
from duolive.cli.desk import require_desk
from duolive.cli.outcome import Unfavourable
from duolive.cli.output import Output, shown
from exchange.rules import plain
from trading.services.bookkeeping import settled
from trading.services.holdings import midnight
from trading.services.ledger import Comparison, compare
from trading.venue import Venue, open_venue

COLUMNS = {
    "symbol": "symbol",
    "trade_id": "trade",
    "income_type": "income",
    "ours": "ours",
    "theirs": "theirs",
    "asset": "asset",
    "state": "state",
}


def ledger(options: Namespace, output: Output) -> None:
    """Realised PnL and commission from --from until the newest that must have arrived. Raises Unfavourable."""
    require_desk()
    compared = []
    for account in accounts_of_this_environment():
        venue = open_venue(account)
        start = options.start or midnight(venue.now()) - timedelta(days=1)
        compared.append((venue, start, settled(venue), compare(venue, start=start, end=settled(venue))))
    output.result({"accounts": [_facts(*each) for each in compared]})
    for venue, start, end, comparison in compared:
        _show(venue, start, end, comparison, output=output)
    if any(comparison.discrepancies for *_rest, comparison in compared):
        raise Unfavourable


def _facts(venue: Venue, start: datetime, end: datetime, comparison: Comparison) -> dict[str, Any]:
    return {
        "account": venue.account.name,
        "start": start,
        "end": end,
        "rows": comparison.rows,
        "ours": comparison.ours,
        "theirs": comparison.theirs,
        "difference": comparison.difference,
        "discrepancies": _rows(comparison),
    }


def _rows(comparison: Comparison) -> Sequence[dict[str, Any]]:
    return [{name: getattr(row, name) for name in COLUMNS} for row in comparison.discrepancies]


def _show(venue: Venue, start: datetime, end: datetime, comparison: Comparison, *, output: Output) -> None:
    period = f"{venue.account.name}, {shown(start)} to {shown(end)} UTC, {comparison.rows} rows"
    if not comparison.discrepancies:
        output.line(f"{period}: the books agree at {plain(comparison.ours)} USDT.")
        return
    output.line(f"{period}: THE BOOKS DIFFER by {plain(comparison.difference)} USDT.")
    output.table(COLUMNS, _rows(comparison))
