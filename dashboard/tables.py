"""Tables whose filter, order and page stand in the address; an unknown word there counts as none."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import QueryDict

ROWS_A_PAGE = 50
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter(Generic[Row]):
    """One field above a table. ``choices`` are its codes; without them any text. ``narrow`` raises nothing."""

    name: str
    narrow: Callable[[QuerySet[Row], str], QuerySet[Row]]
    choices: Sequence[str] = ()

    def accepts(self, text: str) -> bool:
        return bool(text) and (not self.choices or text in self.choices)


def by_bot(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Text that is no id leaves every row."""
    return rows.filter(bot_id=int(text)) if text.isascii() and text.isdecimal() and len(text) < 10 else rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Generic[Row]):
    """A table's fields and orders: name of the order → expressions, the first is the table's own."""

    filters: Sequence[Filter[Row]]
    orders: Mapping[str, Sequence[Any]]

    def chosen(self, query: Mapping[str, str]) -> dict[str, str]:
        """The filters that are in force."""
        given = {each.name: query.get(each.name, "").strip() for each in self.filters}
        return {each.name: given[each.name] for each in self.filters if each.accepts(given[each.name])}

    def order(self, query: QueryDict) -> str:
        """Name of the order, with a minus in front for descending."""
        wanted = query.get("sort", "")
        return wanted if wanted.removeprefix("-") in self.orders else f"-{next(iter(self.orders))}"

    def rows(self, every: QuerySet[Row], query: QueryDict) -> QuerySet[Row]:
        return self.narrowed(every, query).order_by(*self._expressions(self.order(query)))

    def narrowed(self, every: QuerySet[Row], query: Mapping[str, str]) -> QuerySet[Row]:
        """What the filters leave, in no order of this table."""
        chosen = self.chosen(query)
        for each in self.filters:
            every = each.narrow(every, chosen[each.name]) if each.name in chosen else every
        return every

    def _expressions(self, order: str) -> Iterator[Any]:
        name = order.removeprefix("-")
        for expression in (*self.orders[name], "pk"):
            yield f"-{expression}" if order.startswith("-") else expression

    def page(self, rows: QuerySet[Row], query: QueryDict) -> dict[str, Any]:
        """One page of ``rows`` and all that a reader needs to go on from it."""
        found = Paginator(rows, ROWS_A_PAGE).get_page(query.get("page"))
        order = self.order(query)
        return {
            "rows": found.object_list,
            "number": found.number,
            "pages": found.paginator.num_pages,
            "count": found.paginator.count,
            "sort": order,
            "filters": self.chosen(query),
            "query": urlencode({**self.chosen(query), "sort": order}),
        }
