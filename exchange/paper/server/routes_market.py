"""Market data endpoints: everything follows the one price path; mark and index price are the last price."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from exchange.paper.core.market import Bar
from exchange.paper.core.refusals import VenueError
from exchange.paper.server.routing import Access, Call, Handler, Route, Routes
from exchange.rules import floor_to_step, plain

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
FUNDING_MS = 8 * HOUR_MS
SPANS_MS = {
    **{f"{count}m": count * MINUTE_MS for count in (1, 3, 5, 15, 30)},
    **{f"{count}h": count * HOUR_MS for count in (1, 2, 4, 6, 8, 12)},
    "1d": DAY_MS,
    "3d": 3 * DAY_MS,
    "1w": 7 * DAY_MS,
    "1M": 31 * DAY_MS,
}  # the longest a bar can last
KLINE_LIMIT, KLINE_MAX = 500, 1500
DEPTH_WEIGHTS = {5: 2, 10: 2, 20: 2, 50: 2, 100: 5, 500: 10, 1000: 20}
SYNTHETIC_LEVELS = 20
LEVEL_NOTIONAL = Decimal(50_000)  # USDT offered at each level of the synthetic book


def ping(call: Call) -> dict[str, Any]:
    return {}


def server_time(call: Call) -> dict[str, Any]:
    return {"serverTime": call.now_ms}


def exchange_info(call: Call) -> Mapping[str, Any]:
    return call.host.venue.exchange_info(call.now_ms)


def klines(call: Call) -> list[list[Any]]:
    """Bars by open time: the newest ``limit`` up to endTime, or the first ones from startTime."""
    parameters = call.parameters
    symbol, interval = parameters.mandatory("symbol"), parameters.mandatory("interval")
    if interval not in SPANS_MS:
        raise VenueError(-1120)
    limit = parameters.limit(default=KLINE_LIMIT, maximum=KLINE_MAX)
    start, end = parameters.period()
    _require_listed(call, symbol)
    until = call.now_ms if end is None else min(end, call.now_ms)
    since = until - limit * SPANS_MS[interval] if start is None else start
    bars = call.host.venue.bars(symbol, interval, since, until, call.now_ms)
    return [_kline(bar) for bar in (bars[-limit:] if start is None else bars[:limit])]


def ticker_price(call: Call) -> Any:
    return _each_symbol(call, lambda symbol: _price_row(call, symbol))


def ticker_book(call: Call) -> Any:
    return _each_symbol(call, lambda symbol: _book_row(call, symbol))


def ticker_day(call: Call) -> Any:
    return _each_symbol(call, lambda symbol: _day_row(call, symbol))


def premium_index(call: Call) -> Any:
    return _each_symbol(call, lambda symbol: _premium_row(call, symbol))


def depth(call: Call) -> dict[str, Any]:
    """A synthetic book: equal notional on each tick away from the last price."""
    parameters = call.parameters
    symbol, limit = parameters.mandatory("symbol"), parameters.integer("limit")
    if limit is not None and limit not in DEPTH_WEIGHTS:
        raise VenueError(-4021)
    _require_listed(call, symbol)
    quote, levels = call.host.state.quote(symbol), min(limit or SYNTHETIC_LEVELS, SYNTHETIC_LEVELS)
    tick = quote.ask - quote.bid
    bids = [_level(call, symbol, quote.bid - tick * step) for step in range(levels) if quote.bid > tick * step]
    asks = [_level(call, symbol, quote.ask + tick * step) for step in range(levels)]
    return {"lastUpdateId": call.now_ms, "E": call.now_ms, "T": call.now_ms, "bids": bids, "asks": asks}


def _each_symbol(call: Call, row: Any) -> Any:
    """One row for the symbol asked for, else a list for every symbol that trades and has a price."""
    symbol = call.parameters.text("symbol")
    if symbol is not None:
        _require_listed(call, symbol)
        return row(symbol)
    rows = []
    for name in call.host.venue.listed(call.now_ms):
        try:
            rows.append(row(name))
        except VenueError:  # listed, but has not traded yet
            continue
    return rows


def _require_listed(call: Call, symbol: str) -> None:
    call.host.state.require_symbol(symbol)
    if symbol not in call.host.venue.listed(call.now_ms):
        raise VenueError(-1122)


def _price_row(call: Call, symbol: str) -> dict[str, Any]:
    return {"symbol": symbol, "price": plain(call.host.state.last_price(symbol)), "time": call.now_ms}


def _book_row(call: Call, symbol: str) -> dict[str, Any]:
    quote = call.host.state.quote(symbol)
    (bid, bid_quantity), (ask, ask_quantity) = _level(call, symbol, quote.bid), _level(call, symbol, quote.ask)
    return {
        "symbol": symbol, "bidPrice": bid, "bidQty": bid_quantity, "askPrice": ask, "askQty": ask_quantity,
        "time": call.now_ms, "lastUpdateId": call.now_ms,
    }  # fmt: skip


def _premium_row(call: Call, symbol: str) -> dict[str, Any]:
    price = plain(call.host.state.last_price(symbol))
    return {
        "symbol": symbol, "markPrice": price, "indexPrice": price, "estimatedSettlePrice": price,
        "lastFundingRate": "0.00000000", "interestRate": "0.00010000",
        "nextFundingTime": (call.now_ms // FUNDING_MS + 1) * FUNDING_MS, "time": call.now_ms,
    }  # fmt: skip


def _day_row(call: Call, symbol: str) -> dict[str, Any]:
    """The last 24 hourly bars, the open one included."""
    last, now_ms = call.host.state.last_price(symbol), call.now_ms
    since = (now_ms // HOUR_MS - 23) * HOUR_MS
    bars = call.host.venue.bars(symbol, "1h", since, now_ms, now_ms)
    volume, turnover = _sum([bar.volume for bar in bars]), _sum([bar.quote_volume for bar in bars])
    first = bars[0].open if bars else last
    change = last - first
    return {
        "symbol": symbol, "priceChange": plain(change), "priceChangePercent": f"{change / first * 100:.3f}",
        "weightedAvgPrice": plain(round(turnover / volume, 8)) if volume else plain(last), "lastPrice": plain(last),
        "lastQty": "0", "openPrice": plain(first), "highPrice": plain(max((bar.high for bar in bars), default=last)),
        "lowPrice": plain(min((bar.low for bar in bars), default=last)), "volume": plain(volume),
        "quoteVolume": plain(turnover), "openTime": bars[0].open_ms if bars else since, "closeTime": now_ms,
        "firstId": 0, "lastId": 0, "count": sum(bar.trades for bar in bars),
    }  # fmt: skip


def _sum(values: Sequence[Decimal]) -> Decimal:
    return sum(values, Decimal(0))


def _level(call: Call, symbol: str, price: Decimal) -> list[str]:
    rules = call.host.state.instrument(symbol).rules
    quantity = max(rules.min_quantity, floor_to_step(LEVEL_NOTIONAL / price, rules.step_size))
    return [plain(price), plain(quantity)]


def _kline(bar: Bar) -> list[Any]:
    return [
        bar.open_ms, f"{bar.open:f}", f"{bar.high:f}", f"{bar.low:f}", f"{bar.close:f}", f"{bar.volume:f}",
        bar.close_ms, f"{bar.quote_volume:f}", bar.trades, f"{bar.taker_buy_volume:f}",
        f"{bar.taker_buy_quote_volume:f}", "0",
    ]  # fmt: skip


def _kline_weight(values: Mapping[str, str]) -> int:
    text = values.get("limit", "")
    limit = int(text) if text.isdigit() else KLINE_LIMIT
    return next((weight for below, weight in ((100, 1), (500, 2), (1001, 5)) if limit < below), 10)


def _depth_weight(values: Mapping[str, str]) -> int:
    text = values.get("limit", "")
    return DEPTH_WEIGHTS.get(int(text) if text.isdigit() else 500, 10)


def _public(handler: Handler, weight: int = 1, weight_for_all: int | None = None) -> Route:
    return Route(handler=handler, access=Access.PUBLIC, weight=weight, weight_for_all=weight_for_all)


ROUTES: Routes = {
    ("GET", "/fapi/v1/ping"): _public(ping),
    ("GET", "/fapi/v1/time"): _public(server_time),
    ("GET", "/api/v3/ping"): _public(ping),
    ("GET", "/api/v3/time"): _public(server_time),
    ("GET", "/fapi/v1/exchangeInfo"): _public(exchange_info),
    ("GET", "/fapi/v1/klines"): Route(handler=klines, access=Access.PUBLIC, weigh=_kline_weight),
    ("GET", "/fapi/v1/ticker/price"): _public(ticker_price, 1, 2),
    ("GET", "/fapi/v2/ticker/price"): _public(ticker_price, 1, 2),
    ("GET", "/fapi/v1/ticker/24hr"): _public(ticker_day, 1, 40),
    ("GET", "/fapi/v1/ticker/bookTicker"): _public(ticker_book, 2, 5),
    ("GET", "/fapi/v1/premiumIndex"): _public(premium_index, 1, 10),
    ("GET", "/fapi/v1/depth"): Route(handler=depth, access=Access.PUBLIC, weigh=_depth_weight),
}
