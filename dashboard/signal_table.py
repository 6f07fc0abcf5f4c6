"""Signals as a table that can be narrowed and ordered."""

from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from dashboard.retelling import signal_in_reader_language
from dashboard.serializers import SignalOut
from dashboard.tables import Filter, Table
from desk.vocabulary import REFUSALS
from signals.models import Signal, SignalStatus
from signals.selectors import found_by_scans

Signals = QuerySet[Signal]


def _by_symbol(rows: Signals, text: str) -> Signals:
    return rows.filter(symbol__icontains=text)


TABLE: Table[Signal] = Table(
    filters=(
        Filter(name="symbol", narrow=_by_symbol),
        Filter(name="status", choices=SignalStatus.values, narrow=lambda rows, text: rows.filter(status=text)),
        Filter(name="reason", choices=tuple(REFUSALS), narrow=lambda rows, text: rows.filter(reason_code=text)),
    ),
    orders={
        "found": ("found_at", "surge_ratio"),
        "ratio": ("surge_ratio",),
        "symbol": ("symbol", "found_at"),
    },
)


def page_of_signals(query: QueryDict) -> dict[str, Any]:
    page = TABLE.page(TABLE.rows(found_by_scans(), query), query)
    rows = SignalOut(page["rows"], many=True).data
    return page | {"rows": [signal_in_reader_language(row) for row in rows]}
