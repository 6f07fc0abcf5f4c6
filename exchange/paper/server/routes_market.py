"""The clock, the contracts and their tickers."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from exchange.paper.faults.treatment import drift_ms
from exchange.paper.server.routing import Call, Routes, public
from exchange.paper.server.symbols import each_symbol
from exchange.rules import plain

HOUR_MS = 3_600_000


def ping(call: Call) -> dict[str, Any]:
    return {}


def server_time(call: Call) -> dict[str, Any]:
    return {"serverTime": call.now_ms + drift_ms(call.host.state)}


def exchange_info(call: Call) -> Mapping[str, Any]:
    return call.host.venue.exchange_info(call.now_ms)


def ticker_price(call: Call) -> Any:
    return each_symbol(call, lambda symbol: _price_row(call, symbol))


def ticker_day(call: Call) -> Any:
    return each_symbol(call, lambda symbol: _day_row(call, symbol))


def _price_row(call: Call, symbol: str) -> dict[str, Any]:
    return {"symbol": symbol, "price": plain(call.host.state.last_price(symbol)), "time": call.now_ms}


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


ROUTES: Routes = {
    ("GET", "/fapi/v1/ping"): public(ping),
    ("GET", "/fapi/v1/time"): public(server_time),
    ("GET", "/api/v3/ping"): public(ping),
    ("GET", "/api/v3/time"): public(server_time),
    ("GET", "/fapi/v1/exchangeInfo"): public(exchange_info),
    ("GET", "/fapi/v1/ticker/price"): public(ticker_price, 1, 2),
    ("GET", "/fapi/v2/ticker/price"): public(ticker_price, 1, 2),
    ("GET", "/fapi/v1/ticker/24hr"): public(ticker_day, 1, 40),
}
