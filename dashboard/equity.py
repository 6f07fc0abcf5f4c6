"""The equity curve: what the accounts of this environment were worth on each UTC market day."""

from collections import defaultdict
from typing import Any

from desk.models import BalanceSnapshot, accounts_of_this_environment

DAYS = 90


def equity_curve(*, days: int = DAYS) -> list[dict[str, Any]]:
    """``{"day", "equity"}`` of the last ``days`` that have a row, oldest first; USDT as text, open results included.

    A day's figure is its first reading, so the running day's is where that day began.
    """
    by_day: dict[Any, Any] = defaultdict(int)
    for row in BalanceSnapshot.objects.filter(account__in=accounts_of_this_environment()):
        by_day[row.date] += row.wallet_balance + row.unrealized_pnl
    return [{"day": day.isoformat(), "equity": f"{by_day[day]:f}"} for day in sorted(by_day)[-days:]]
