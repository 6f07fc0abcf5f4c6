"""Memories that can be searched."""

from collections.abc import Mapping
from typing import Any, get_args

from django.db.models import QuerySet
from django.http import QueryDict

from advisor.answer import Regime
from advisor.memory.relevance import ALL_SYMBOLS
from advisor.models import Memory, MemoryKind
from advisor.selectors import memories
from dashboard.ai.record_answers import MemoryOut
from dashboard.tables import Filter, Table, by_bot

Memories = QuerySet[Memory]
REGIMES: tuple[str, ...] = get_args(Regime)


def _by_symbol(rows: Memories, text: str) -> Memories:
    """A contract, or what is true of all of them."""
    return rows.filter(symbol=text) if text == ALL_SYMBOLS else rows.filter(symbol__icontains=text)


TABLE: Table[Memory] = Table(
    filters=(
        Filter(name="symbol", narrow=_by_symbol),
        Filter(name="text", narrow=lambda rows, text: rows.filter(content__icontains=text)),
        Filter(name="kind", choices=MemoryKind.values, narrow=lambda rows, text: rows.filter(kind=text)),
        Filter(name="regime", choices=REGIMES, narrow=lambda rows, text: rows.filter(regime=text)),
        Filter(name="bot", narrow=by_bot),
    ),
    orders={"weight": ("relevance", "at"), "at": ("at",), "symbol": ("symbol", "at"), "result": ("pnl",)},
)


def page_of_memories(query: QueryDict) -> dict[str, Any]:
    page = TABLE.page(TABLE.rows(memories(), query), query)
    return page | {"rows": list(MemoryOut(page["rows"], many=True).data)}


def part_of_memories(query: Mapping[str, str], *, limit: int, offset: int) -> dict[str, Any]:
    """``limit`` memories after the first ``offset``, the weightiest first."""
    every = TABLE.narrowed(memories(), query)
    count = every.count()
    is_more = offset + limit < count
    return {"count": count, "next": offset + limit if is_more else None, "rows": every[offset : offset + limit]}
