"""Names of market streams: what they ask for, and who serves them."""

import pytest

from exchange.paper.server.market_streams.names import SERVED, Kind, Route, Topic, parse

NAMES = {
    "btcusdt@aggTrade": Topic(kind=Kind.AGG_TRADE, symbol="BTCUSDT", period_ms=100),
    "btcusdt@trade": Topic(kind=Kind.TRADE, symbol="BTCUSDT", period_ms=1),
    "btcusdt@markPrice": Topic(kind=Kind.MARK_PRICE, symbol="BTCUSDT", period_ms=3000),
    "btcusdt@markPrice@1s": Topic(kind=Kind.MARK_PRICE, symbol="BTCUSDT", period_ms=1000),
    "!markPrice@arr": Topic(kind=Kind.MARK_PRICE, period_ms=3000),
    "!markPrice@arr@1s": Topic(kind=Kind.MARK_PRICE, period_ms=1000),
    "btcusdt@kline_1m": Topic(kind=Kind.KLINE, symbol="BTCUSDT", period_ms=250, interval="1m"),
    "btcusdt@kline_1M": Topic(kind=Kind.KLINE, symbol="BTCUSDT", period_ms=250, interval="1M"),
    "btcusdt_261225@kline_1h": Topic(kind=Kind.KLINE, symbol="BTCUSDT_261225", period_ms=250, interval="1h"),
    "币安人生usdt@kline_1h": Topic(kind=Kind.KLINE, symbol="币安人生USDT", period_ms=250, interval="1h"),
    "btcusdt_perpetual@continuousKline_1s": Topic(
        kind=Kind.CONTINUOUS_KLINE, symbol="BTCUSDT", period_ms=250, interval="1s", contract="PERPETUAL"
    ),
    "xauusdt_tradifi_perpetual@continuousKline_1h": Topic(
        kind=Kind.CONTINUOUS_KLINE, symbol="XAUUSDT", period_ms=250, interval="1h", contract="TRADIFI_PERPETUAL"
    ),
    "btcusdt_next_quarter@continuousKline_1d": Topic(
        kind=Kind.CONTINUOUS_KLINE, symbol="BTCUSDT", period_ms=250, interval="1d", contract="NEXT_QUARTER"
    ),
    "btcusdt@miniTicker": Topic(kind=Kind.MINI_TICKER, symbol="BTCUSDT", period_ms=2000),
    "!miniTicker@arr": Topic(kind=Kind.MINI_TICKER, period_ms=1000),
    "btcusdt@ticker": Topic(kind=Kind.TICKER, symbol="BTCUSDT", period_ms=2000),
    "!ticker@arr": Topic(kind=Kind.TICKER, period_ms=1000),
    "btcusdt@bookTicker": Topic(kind=Kind.BOOK_TICKER, symbol="BTCUSDT", period_ms=1),
    "!bookTicker": Topic(kind=Kind.BOOK_TICKER, period_ms=5000),
    "btcusdt@depth5": Topic(kind=Kind.PARTIAL_DEPTH, symbol="BTCUSDT", period_ms=250, levels=5),
    "btcusdt@depth10@250ms": Topic(kind=Kind.PARTIAL_DEPTH, symbol="BTCUSDT", period_ms=250, levels=10),
    "btcusdt@depth20@100ms": Topic(kind=Kind.PARTIAL_DEPTH, symbol="BTCUSDT", period_ms=100, levels=20),
    "btcusdt@depth": Topic(kind=Kind.DEPTH, symbol="BTCUSDT", period_ms=250),
    "btcusdt@depth@500ms": Topic(kind=Kind.DEPTH, symbol="BTCUSDT", period_ms=500),
    "btcusdt@rpiDepth@500ms": Topic(kind=Kind.DEPTH, symbol="BTCUSDT", period_ms=500),
    "btcusdt@forceOrder": Topic(kind=Kind.FORCE_ORDER, symbol="BTCUSDT", period_ms=1),
    "!forceOrder@arr": Topic(kind=Kind.FORCE_ORDER, period_ms=1),
    "!contractInfo": Topic(kind=Kind.CONTRACT_INFO, period_ms=1000),
    "!assetIndex@arr": Topic(kind=Kind.ASSET_INDEX, period_ms=1000),
    "btcusd@assetIndex": Topic(kind=Kind.ASSET_INDEX, symbol="BTCUSD", period_ms=1000),
}
SILENT = [
    "", "1", "BTCUSDT@kline_1m", "btcusdt@KLINE_1m", "btcusdt@kline_2m", "btcusdt@kline_1s", "btcusdt@kline",
    "btcusdt@depth7", "btcusdt@depth@50ms", "btcusdt@depth5@0ms", "btcusdt@continuousKline_1m", "@aggTrade",
    "btcusdt_monthly@continuousKline_1m", "btcusdt_perpetual@continuousKline_2m", "!miniTicker", "tradingSession",
    "defiusdt@compositeIndex", "a-listen-key",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_name_is_read(name):
    assert parse(name) == NAMES[name]


@pytest.mark.parametrize("name", SILENT)
def test_name_that_nobody_serves(name):
    assert parse(name) is None


def test_every_kind_has_one_route_of_its_own():
    assert SERVED[Route.PUBLIC] | SERVED[Route.MARKET] == frozenset(Kind)
    assert not SERVED[Route.PUBLIC] & SERVED[Route.MARKET]
    assert not SERVED[Route.PRIVATE]


def test_addresses_without_a_route_deliver_only_what_the_public_one_does():
    assert SERVED[Route.LEGACY] == SERVED[Route.PUBLIC]


@pytest.mark.parametrize(
    ("name", "route"),
    [
        ("btcusdt@depth", Route.PUBLIC),
        ("!bookTicker", Route.PUBLIC),
        ("btcusdt@trade", Route.PUBLIC),
        ("btcusdt@aggTrade", Route.MARKET),
        ("btcusdt@kline_1m", Route.MARKET),
        ("!forceOrder@arr", Route.MARKET),
    ],
)
def test_route_of_a_name(name, route):
    assert parse(name).kind in SERVED[route]
