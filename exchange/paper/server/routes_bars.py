"""Bars of the contract, and those of index, mark and premium, which are not recorded.

Index and mark bars have the contract's prices: the model's lag of some seconds does not show in a bar. Premium bars
hold the premium that the funding rate is made of; it changes by the hour.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

from exchange.paper.core.funding_rates import premium
from exchange.paper.core.market import Bar, PricePoint
from exchange.paper.core.refusals import VenueError
from exchange.paper.server.routing import Access, Call, Handler, Route, Routes
from exchange.paper.server.symbols import mandatory_symbol

SECOND_MS, MINUTE_MS = 1000, 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
SPANS_MS = {
    **{f"{count}m": count * MINUTE_MS for count in (1, 3, 5, 15, 30)},
    **{f"{count}h": count * HOUR_MS for count in (1, 2, 4, 6, 8, 12)},
    "1d": DAY_MS,
    "3d": 3 * DAY_MS,
    "1w": 7 * DAY_MS,
    "1M": 31 * DAY_MS,
}  # the longest a bar can last
LIMIT, MAX_LIMIT = 500, 1500
PRICE_SAMPLES, PREMIUM_SAMPLES = 60, 12  # per minute
CONTRACT_TYPES = frozenset({"PERPETUAL", "CURRENT_QUARTER", "NEXT_QUARTER", "TRADIFI_PERPETUAL"})
ZERO = Decimal(0)


def klines(call: Call) -> list[list[Any]]:
    return [_row(bar) for bar in _bars(call, "symbol")]


def continuous_klines(call: Call) -> list[list[Any]]:
    """Bars of a pair's perpetual; other contract types have none here. Knows 1s bars too."""
    contract_type = call.parameters.mandatory("contractType")
    if contract_type not in CONTRACT_TYPES:
        raise VenueError(-4104)
    if contract_type != "PERPETUAL":
        mandatory_symbol(call, "pair")
        return []
    if call.parameters.text("interval") == "1s":
        return [_row(bar) for bar in _second_bars(call)]
    return [_row(bar) for bar in _bars(call, "pair")]


def index_klines(call: Call) -> list[list[Any]]:
    return [_price_row(bar, samples=PRICE_SAMPLES) for bar in _bars(call, "pair")]


def mark_klines(call: Call) -> list[list[Any]]:
    return [_price_row(bar, samples=PRICE_SAMPLES) for bar in _bars(call, "symbol")]


def premium_klines(call: Call) -> list[list[Any]]:
    symbol, market = call.parameters.mandatory("symbol"), call.host.venue
    rows = []
    for bar in _bars(call, "symbol"):
        opened = premium(market, symbol, bar.open_ms)
        closed = premium(market, symbol, min(bar.close_ms, call.now_ms))
        high, low = max(opened, closed), min(opened, closed)
        moved = bar._replace(open=opened, high=high, low=low, close=closed)
        rows.append(_price_row(moved, samples=PREMIUM_SAMPLES))
    return rows


def _bars(call: Call, name: str) -> Sequence[Bar]:
    """Bars by open time: the newest ``limit`` up to endTime, or the first ones from startTime."""
    parameters = call.parameters
    parameters.mandatory(name)
    interval = parameters.mandatory("interval")
    if interval not in SPANS_MS:
        raise VenueError(-1120)
    limit = parameters.limit(default=LIMIT, maximum=MAX_LIMIT)
    since, until, newest = _period(call, limit * SPANS_MS[interval])
    bars = call.host.venue.bars(mandatory_symbol(call, name), interval, since, until, call.now_ms)
    return bars[-limit:] if newest else bars[:limit]


def _period(call: Call, span_ms: int) -> tuple[int, int, bool]:
    """First and last open time, and whether the newest rows are wanted."""
    start, end = call.parameters.period()
    until = call.now_ms if end is None else min(end, call.now_ms)
    return (until - span_ms, until, True) if start is None else (start, until, False)


def _second_bars(call: Call) -> list[Bar]:
    """Seconds from the path; one without a trade is flat. Which side took is told by the direction of the price."""
    symbol, limit = mandatory_symbol(call, "pair"), call.parameters.limit(default=LIMIT, maximum=MAX_LIMIT)
    since, until, newest = _period(call, limit * SECOND_MS)
    since = max(call.host.venue.first_ms, -(-since // SECOND_MS) * SECOND_MS)
    if not newest:
        until = min(until, since + limit * SECOND_MS - 1)
    trades: dict[int, list[PricePoint]] = {}
    for point in call.host.venue.path(symbol, since - 1, min(until + SECOND_MS - 1, call.now_ms)):
        trades.setdefault(point.at_ms // SECOND_MS * SECOND_MS, []).append(point)
    last = call.host.venue.last_price(symbol, since)
    bars = []
    for open_ms in range(since, until + 1, SECOND_MS):
        bars.append(_second_bar(open_ms, last, trades.get(open_ms, [])))
        last = bars[-1].close
    return bars[-limit:]


def _second_bar(open_ms: int, before: Decimal, points: Sequence[PricePoint]) -> Bar:
    prices = [point.price for point in points] or [before]
    steps = zip(points, pairwise([before, *prices]), strict=False)
    bought = [point for point, (earlier, later) in steps if later >= earlier]
    return Bar(
        open_ms,
        prices[0],
        max(prices),
        min(prices),
        prices[-1],
        sum((point.quantity for point in points), ZERO),
        open_ms + SECOND_MS - 1,
        sum((point.quantity * point.price for point in points), ZERO),
        len(points),
        sum((point.quantity for point in bought), ZERO),
        sum((point.quantity * point.price for point in bought), ZERO),
    )


def _row(bar: Bar) -> list[Any]:
    return [
        bar.open_ms, f"{bar.open:f}", f"{bar.high:f}", f"{bar.low:f}", f"{bar.close:f}", f"{bar.volume:f}",
        bar.close_ms, f"{bar.quote_volume:f}", bar.trades, f"{bar.taker_buy_volume:f}",
        f"{bar.taker_buy_quote_volume:f}", "0",
    ]  # fmt: skip


def _price_row(bar: Bar, *, samples: int) -> list[Any]:
    """A bar of prices alone; its count is that of the samples in a full bar."""
    minutes = max(1, (bar.close_ms + 1 - bar.open_ms) // MINUTE_MS)
    return [
        bar.open_ms, f"{bar.open:f}", f"{bar.high:f}", f"{bar.low:f}", f"{bar.close:f}", "0", bar.close_ms, "0",
        minutes * samples, "0", "0", "0",
    ]  # fmt: skip


def _weight(values: Mapping[str, str]) -> int:
    text = values.get("limit", "")
    limit = int(text) if text.isdigit() else LIMIT
    return next((weight for below, weight in ((100, 1), (500, 2), (1001, 5)) if limit < below), 10)


def _route(handler: Handler) -> Route:
    return Route(handler=handler, access=Access.PUBLIC, weigh=_weight)


BARS: Mapping[str, Callable[[Call], Any]] = {
    "klines": klines,
    "continuousKlines": continuous_klines,
    "indexPriceKlines": index_klines,
    "markPriceKlines": mark_klines,
    "premiumIndexKlines": premium_klines,
}
ROUTES: Routes = {("GET", f"/fapi/v1/{path}"): _route(handler) for path, handler in BARS.items()}
