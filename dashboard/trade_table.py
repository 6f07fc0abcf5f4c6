"""Finished trades as a table that can be narrowed, ordered and taken away as CSV."""

import csv
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet
from django.http import QueryDict

from dashboard import figures
from dashboard.serializers import TradeOut
from dashboard.tables import Filter, Table, by_bot
from desk.models import Bot, accounts_of_this_environment
from trading import selectors
from trading.core.states import ExitReason
from trading.models import Direction, Position

WON, LOST = "won", "lost"
COLUMNS = (
    "id", "case", "bot", "symbol", "side", "leverage", "quantity", "entry_price", "exit_price", "entry_time",
    "exit_time", "realized_pnl", "commission", "result", "return_pct", "exit_reason", "worst_naked_seconds",
)  # fmt: skip

Positions = QuerySet[Position]


def _by_symbol(rows: Positions, text: str) -> Positions:
    return rows.filter(symbol__icontains=text)


def _by_outcome(rows: Positions, text: str) -> Positions:
    """Won is what is left of the profit after commission."""
    commission = F("commission")
    return rows.filter(realized_pnl__gt=commission) if text == WON else rows.filter(realized_pnl__lte=commission)


TABLE: Table[Position] = Table(
    filters=(
        Filter(name="symbol", narrow=_by_symbol),
        Filter(name="side", choices=Direction.values, narrow=lambda rows, text: rows.filter(direction=text)),
        Filter(name="exit", choices=ExitReason.values, narrow=lambda rows, text: rows.filter(exit_reason=text)),
        Filter(name="outcome", choices=(WON, LOST), narrow=_by_outcome),
        Filter(name="bot", narrow=by_bot),
    ),
    orders={
        "closed": ("closed_at",),
        "opened": ("filled_at",),
        "symbol": ("symbol", "closed_at"),
        "result": ("net",),
        "held": ("held",),
    },
)


def trades(query: QueryDict) -> Positions:
    every = selectors.closed_positions().prefetch_related(None)
    every = every.annotate(net=F("realized_pnl") - F("commission"), held=F("closed_at") - F("filled_at"))
    return TABLE.rows(every, query)


def page_of_trades(query: QueryDict) -> dict[str, Any]:
    rows = trades(query)
    page = TABLE.page(rows, query)
    return page | {"rows": list(TradeOut(page["rows"], many=True).data), "sums": _sums(rows), "bots": _bots()}


def _bots() -> list[dict[str, Any]]:
    """Whose trades may be asked for."""
    bots = Bot.objects.filter(account__in=accounts_of_this_environment()).order_by("pk")
    return [{"id": bot.pk, "name": bot.name} for bot in bots]


def _sums(rows: Positions) -> dict[str, Any]:
    """Over every row that the filters leave, not only those of the page."""
    results = [figures.result(position) for position in rows]
    return {
        "trades": len(results),
        "wins": sum(result > 0 for result in results),
        "result": f"{sum(results, Decimal(0)):f}",
        "best": f"{max(results, default=Decimal(0)):f}",
        "worst": f"{min(results, default=Decimal(0)):f}",
    }


class _Echo:
    """Hands each written line on."""

    def write(self, line: str) -> str:
        return line


def csv_lines(query: QueryDict) -> Iterator[str]:
    """Every trade that the filters leave, in the table's order; decimals as they are kept, times UTC."""
    writer = csv.DictWriter(_Echo(), fieldnames=COLUMNS, extrasaction="ignore")
    yield writer.writerow(dict(zip(COLUMNS, COLUMNS, strict=True)))
    for position in trades(query).iterator(chunk_size=500):
        yield writer.writerow(TradeOut(position).data)
