"""How far back the venue looks: a week at a time, orders without fills for three days, the rest for three months."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from exchange.paper.core.answers import window
from exchange.paper.core.orders import Order
from exchange.paper.core.refusals import VenueError
from exchange.paper.server.routing import Call

DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS
BARE_ORDER_MS, KEPT_MS = 3 * DAY_MS, 90 * DAY_MS
Row = TypeVar("Row")


def week_of(call: Call, rows: Iterable[Row], *, time: Callable[[Row], int], limit: int) -> Sequence[Row]:
    """Rows of at most seven days: from startTime on, up to endTime, or by default the last ones (-4165)."""
    start, end = call.parameters.period()
    if start is not None and end is not None and end - start > WEEK_MS:
        raise VenueError(-4165, 7)
    until = end if end is not None else call.now_ms if start is None else start + WEEK_MS
    recent = [row for row in rows if time(row) >= until - WEEK_MS]
    return window(recent, time=time, start=start, end=until, limit=limit)


def since_last_week(call: Call, rows: Iterable[Row], *, time: Callable[[Row], int], limit: int) -> Sequence[Row]:
    """Rows of any period of the last three months; without times those of the last seven days."""
    start, end = call.parameters.period()
    oldest = call.now_ms - (WEEK_MS if start is None and end is None else KEPT_MS)
    return window([row for row in rows if time(row) >= oldest], time=time, start=start, end=end, limit=limit)


def is_remembered(order: Order, now_ms: int) -> bool:
    """Whether the venue still answers for an order."""
    if order.is_open:
        return True
    kept_ms = KEPT_MS if order.executed else BARE_ORDER_MS
    return now_ms - order.updated_ms <= kept_ms
