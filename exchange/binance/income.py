"""The income ledger over all its pages, without gaps or doubles at their borders."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from exchange.errors import ExchangeUnavailable
from exchange.types import IncomeRow, to_ms

PAGE_ROWS = 1000

Page = Callable[[Mapping[str, str]], Sequence[IncomeRow]]


def all_income(page: Page, *, start: datetime, end: datetime | None, symbol: str | None) -> list[IncomeRow]:
    """Rows with start <= at <= end, oldest first; ``page`` answers one request of GET /fapi/v1/income.

    A full page is followed from the very millisecond of its last row, since more rows may share it; rows met twice are
    known by (income_type, transaction_id).
    """
    rows: dict[tuple[str, int], IncomeRow] = {}
    since = to_ms(start)
    while True:
        answer = page(_params(since, end=end, symbol=symbol))
        for row in answer:
            rows.setdefault((row.income_type, row.transaction_id), row)
        if len(answer) < PAGE_ROWS:
            return sorted(rows.values(), key=lambda row: row.at)
        newest = max(to_ms(row.at) for row in answer)
        if newest <= since:
            raise ExchangeUnavailable(f"{PAGE_ROWS} income rows within one millisecond: the pages cannot be told apart")
        since = newest


def _params(since: int, *, end: datetime | None, symbol: str | None) -> dict[str, str]:
    params = {"startTime": str(since), "limit": str(PAGE_ROWS)}
    if end is not None:
        params["endTime"] = str(to_ms(end))
    if symbol is not None:
        params["symbol"] = symbol
    return params
