"""The synthetic order book and the trades of the path."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from exchange.paper.core.book import Level, levels
from exchange.paper.core.market import PricePoint
from exchange.paper.core.refusals import VenueError
from exchange.paper.server.routing import Access, Call, Route, Routes, keyed, public
from exchange.paper.server.symbols import each_symbol, mandatory_symbol
from exchange.rules import plain
from exchange.types import Side

DEPTH_WEIGHTS = {5: 2, 10: 2, 20: 2, 50: 2, 100: 5, 500: 10, 1000: 20}
DEPTH_LIMIT, RPI_LIMIT = 500, 1000
HOUR_MS = 3_600_000


class Trade(NamedTuple):
    """A trade of the path; its id is its time in ms, for no two of a symbol share one."""

    point: PricePoint
    is_buyer_maker: bool


def depth(call: Call) -> dict[str, Any]:
    return _depth(call, default=DEPTH_LIMIT)


def rpi_depth(call: Call) -> dict[str, Any]:
    """The same book: nobody posts retail orders here."""
    return _depth(call, default=RPI_LIMIT)


def ticker_book(call: Call) -> Any:
    return each_symbol(call, lambda symbol: _best(call, symbol))


def trades(call: Call) -> list[dict[str, Any]]:
    symbol, limit = mandatory_symbol(call), call.parameters.limit(default=500, maximum=1000)
    return [_trade_row(trade) for trade in _newest(call, symbol, limit)]


def historical_trades(call: Call) -> list[dict[str, Any]]:
    """Trades from fromId on, without it the newest."""
    symbol, limit = mandatory_symbol(call), call.parameters.limit(default=100, maximum=500)
    from_id = call.parameters.integer("fromId")
    found = _newest(call, symbol, limit) if from_id is None else _from(call, symbol, from_id, limit=limit)
    return [_trade_row(trade) for trade in found]


def aggregated_trades(call: Call) -> list[dict[str, Any]]:
    """Each trade of the path is an aggregate of its own; by fromId, by a window of less than an hour, or the newest."""
    symbol, limit = mandatory_symbol(call), call.parameters.limit(default=500, maximum=1000)
    from_id, (start, end) = call.parameters.integer("fromId"), call.parameters.period()
    if from_id is not None and (start is not None or end is not None):
        raise VenueError(-1128)
    if start is not None and end is not None and end - start >= HOUR_MS:
        raise VenueError(-1127, 1)
    first = from_id if from_id is not None else start
    if first is None and end is None:
        found = _newest(call, symbol, limit)
    elif first is None:
        found = _newest(call, symbol, limit, until_ms=end)
    else:
        found = _from(call, symbol, first, limit=limit, until_ms=end)
    return [_aggregate_row(trade) for trade in found]


def _depth(call: Call, *, default: int) -> dict[str, Any]:
    limit = call.parameters.integer("limit")
    if limit is not None and limit not in DEPTH_WEIGHTS:
        raise VenueError(-4021)
    symbol, state = mandatory_symbol(call), call.host.state
    bids = islice(levels(state, symbol, Side.SELL), limit or default)
    asks = islice(levels(state, symbol, Side.BUY), limit or default)
    return {
        "lastUpdateId": call.now_ms,
        "E": call.now_ms,
        "T": call.now_ms,
        "bids": [_level(level) for level in bids],
        "asks": [_level(level) for level in asks],
    }


def _best(call: Call, symbol: str) -> dict[str, Any]:
    bid, ask = (_level(next(levels(call.host.state, symbol, side))) for side in (Side.SELL, Side.BUY))
    return {
        "symbol": symbol, "bidPrice": bid[0], "bidQty": bid[1], "askPrice": ask[0], "askQty": ask[1],
        "time": call.now_ms, "lastUpdateId": call.now_ms,
    }  # fmt: skip


def _level(level: Level) -> list[str]:
    return [plain(level.price), plain(level.quantity)]


def _newest(call: Call, symbol: str, limit: int, *, until_ms: int | None = None) -> Sequence[Trade]:
    """The last ``limit`` trades, looked for in ever longer stretches of the path."""
    until = call.now_ms if until_ms is None else min(until_ms, call.now_ms)
    span_ms = HOUR_MS
    found = _taken(call.host.venue.path(symbol, until - span_ms, until))
    while len(found) < limit and until - span_ms > call.host.venue.first_ms:
        span_ms *= 4
        found = _taken(call.host.venue.path(symbol, until - span_ms, until))
    return found[-limit:]


def _from(call: Call, symbol: str, first: int, *, limit: int, until_ms: int | None = None) -> Sequence[Trade]:
    until = call.now_ms if until_ms is None else min(until_ms, call.now_ms)
    path = call.host.venue.path(symbol, first - 1, until)
    return _taken(islice((point for point in path if point.quantity), limit))


def _taken(path: Iterable[PricePoint]) -> list[Trade]:
    """Trades with who made them: a price that fell was hit by a seller."""
    found: list[Trade] = []
    for point in path:
        if point.quantity:
            has_fallen = bool(found) and point.price < found[-1].point.price
            found.append(Trade(point, has_fallen))
    return found


def _trade_row(trade: Trade) -> dict[str, Any]:
    point = trade.point
    return {
        "id": point.at_ms, "price": plain(point.price), "qty": plain(point.quantity),
        "quoteQty": plain(point.price * point.quantity), "time": point.at_ms, "isBuyerMaker": trade.is_buyer_maker,
        "isRPITrade": False,
    }  # fmt: skip


def _aggregate_row(trade: Trade) -> dict[str, Any]:
    point = trade.point
    return {
        "a": point.at_ms, "p": plain(point.price), "q": plain(point.quantity), "nq": plain(point.quantity),
        "f": point.at_ms, "l": point.at_ms, "T": point.at_ms, "m": trade.is_buyer_maker,
    }  # fmt: skip


def _weight(values: Mapping[str, str]) -> int:
    text = values.get("limit", "")
    return DEPTH_WEIGHTS.get(int(text) if text.isdigit() else DEPTH_LIMIT, 10)


ROUTES: Routes = {
    ("GET", "/fapi/v1/depth"): Route(handler=depth, access=Access.PUBLIC, weigh=_weight),
    ("GET", "/fapi/v1/rpiDepth"): public(rpi_depth, 20),
    ("GET", "/fapi/v1/ticker/bookTicker"): public(ticker_book, 2, 5),
    ("GET", "/fapi/v1/trades"): public(trades, 5),
    ("GET", "/fapi/v1/historicalTrades"): keyed(historical_trades, 200),
    ("GET", "/fapi/v1/aggTrades"): public(aggregated_trades, 20),
}
