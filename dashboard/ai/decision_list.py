"""The timeline: filters, and parts of it by cursor."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from advisor.answer import Action
from advisor.models import Decision, Outcome
from advisor.selectors import decision_rows
from dashboard.ai.decision_answers import DecisionRowOut, in_reader_language
from dashboard.tables import Filter, Table, by_bot

Decisions = QuerySet[Decision]


def by_symbol(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    return rows.filter(symbol__icontains=text)


TABLE: Table[Decision] = Table(
    filters=(
        Filter(name="symbol", narrow=by_symbol),
        Filter(
            name="action",
            choices=tuple(action.value for action in Action),
            narrow=lambda rows, text: rows.filter(action=text),
        ),
        Filter(name="outcome", choices=Outcome.values, narrow=lambda rows, text: rows.filter(outcome=text)),
        Filter(name="bot", narrow=by_bot),
    ),
    orders={"id": ("id",)},
)


def part_of_timeline(
    query: Mapping[str, str], *, limit: int, cursor: int | None = None, offset: int = 0
) -> dict[str, Any]:
    """``limit`` decisions, newest first, older than ``cursor``, after the first ``offset`` of those."""
    every = TABLE.narrowed(decision_rows(), query)
    older = every if cursor is None else every.filter(pk__lt=cursor)
    found = list(older.order_by("-pk")[offset : offset + limit + 1])
    shown = found[:limit]
    return {
        "count": every.count() if cursor is None else None,
        "next": shown[-1].pk if len(found) > limit else None,
        "rows": [in_reader_language(dict(DecisionRowOut(row).data)) for row in shown],
    }
