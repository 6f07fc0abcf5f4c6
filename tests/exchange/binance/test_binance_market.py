from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx2
import pytest

from exchange.binance.client import BinanceClient
from exchange.binance.market import BinanceMarketData
from exchange.errors import ExchangeUnavailable, OrderRefused, RateLimited
from exchange.ports import MarketDataPort
from exchange.types import from_ms

KLINES = "/fapi/v1/klines"
START = datetime(2024, 11, 23, 16, tzinfo=UTC)
END = START + timedelta(hours=48)


@pytest.fixture
def market(client) -> MarketDataPort:
    return BinanceMarketData(client)


@pytest.fixture
def by_symbol(venue):
    """Script the answers to klines by symbol; the others get an empty list."""
    answers = {}
    choose = venue.next_answer

    def next_answer(seen):
        answer = choose(seen)
        queue = answers.get(seen.params.get("symbol"))
        return (queue.pop(0) if len(queue) > 1 else queue[0]) if queue else answer

    venue.next_answer = next_answer
    venue.script("GET", KLINES, [])
    return answers


def test_contracts_skip_a_row_that_cannot_be_read(venue, market, payload):
    info = payload("exchange_info")
    info["symbols"][0]["filters"] = []
    venue.script("GET", "/fapi/v1/exchangeInfo", info)

    contracts = market.contracts()

    assert [c.symbol for c in contracts] == [row["symbol"] for row in info["symbols"][1:]]


@pytest.mark.parametrize("body", [{}, [], {"symbols": 3}])
def test_contracts_that_are_none_are_unavailable(venue, market, body):
    venue.script("GET", "/fapi/v1/exchangeInfo", body)

    with pytest.raises(ExchangeUnavailable):
        market.contracts()


def test_klines_of_a_period(venue, market, payload):
    venue.script("GET", KLINES, payload("klines"))

    bars = market.klines("BTCUSDT", "1h", start=START, end=END, limit=49)

    assert [bar.close for bar in bars] == [Decimal("18896.13")]
    assert venue.seen("GET", KLINES)[0].params == {
        "symbol": "BTCUSDT",
        "interval": "1h",
        "limit": "49",
        "startTime": "1732377600000",
        "endTime": "1732550400000",
    }


def test_newest_klines_name_no_period(venue, market):
    venue.script("GET", KLINES, [])

    market.klines("BTCUSDT", "1m")

    assert venue.seen("GET", KLINES)[0].params == {"symbol": "BTCUSDT", "interval": "1m", "limit": "500"}


def test_wrong_question_is_refused(venue, market, refuse):
    venue.script("GET", KLINES, refuse(-1121, "Invalid symbol."))

    with pytest.raises(OrderRefused) as refused:
        market.klines("NOPEUSDT", "1h")

    assert refused.value.code == -1121


def test_tickers_and_mark_prices_by_symbol(venue, market, payload):
    price, mark = payload("ticker_price"), payload("premium_index")
    venue.script("GET", "/fapi/v2/ticker/price", [price, price | {"symbol": "ETHUSDT", "price": None}])
    venue.script("GET", "/fapi/v1/premiumIndex", [mark, mark | {"symbol": "ETHUSDT"}])

    assert market.tickers()["BTCUSDT"].last_price == Decimal("6000.01")
    assert set(market.tickers()) == {"BTCUSDT"}
    assert set(market.mark_prices()) == {"BTCUSDT", "ETHUSDT"}


def test_the_last_day_of_every_symbol_without_the_rows_that_cannot_be_read(venue, market):
    row = {
        "symbol": "BTCUSDT",
        "openPrice": "99.8",
        "lastPrice": "101.3",
        "quoteVolume": "15.24",
        "closeTime": 1499869899040,
    }
    venue.script("GET", "/fapi/v1/ticker/24hr", [row, row | {"symbol": "ETHUSDT", "openPrice": None}])

    days = market.tickers_24h()

    assert set(days) == {"BTCUSDT"}
    day = days["BTCUSDT"]
    assert (day.open_price, day.last_price, day.quote_volume) == (Decimal("99.8"), Decimal("101.3"), Decimal("15.24"))
    assert day.at == from_ms(1499869899040)


def test_ticker_of_one_symbol(venue, market, payload):
    venue.script("GET", "/fapi/v2/ticker/price", payload("ticker_price"))

    assert market.ticker("BTCUSDT").symbol == "BTCUSDT"
    assert venue.seen("GET", "/fapi/v2/ticker/price")[0].params == {"symbol": "BTCUSDT"}


def test_server_time(venue, market):
    venue.script("GET", "/fapi/v1/time", {"serverTime": 1732377600123})

    assert market.server_time() == from_ms(1732377600123)
    assert market.time_reading().speed == 1


def test_klines_of_many_symbols(market, by_symbol, answer, payload):
    symbols = [f"C{number}USDT" for number in range(60)]
    by_symbol["C7USDT"] = [answer(payload("klines"))]

    bars = market.klines_many(symbols, "1h", start=START, end=END, limit=49)

    assert set(bars) == set(symbols)
    assert len(bars["C7USDT"]) == 1
    assert all(bars[symbol] == [] for symbol in symbols if symbol != "C7USDT")


def test_one_failing_symbol_does_not_end_the_others(venue, market, by_symbol, answer, refuse, payload):
    by_symbol["GONEUSDT"] = [refuse(-1122, "Invalid symbol status.")]
    by_symbol["DOWNUSDT"] = [answer(status=503)]
    by_symbol["ODDUSDT"] = [answer([["x"]])]
    by_symbol["SHAKYUSDT"] = [answer(drops=True), answer(payload("klines"))]

    bars = market.klines_many(
        ["GONEUSDT", "DOWNUSDT", "ODDUSDT", "SHAKYUSDT", "FINEUSDT"], "1h", start=START, end=END, limit=49
    )

    assert isinstance(bars["GONEUSDT"], OrderRefused)
    assert isinstance(bars["DOWNUSDT"], ExchangeUnavailable)
    assert isinstance(bars["ODDUSDT"], ExchangeUnavailable)
    assert len(bars["SHAKYUSDT"]) == 1
    assert bars["FINEUSDT"] == []


def test_rate_limit_ends_the_asking(venue, client, by_symbol, refuse):
    by_symbol["C1USDT"] = [refuse(-1003, "Too many requests", status=429)]
    market = BinanceMarketData(client, connections=1)

    bars = market.klines_many([f"C{number}USDT" for number in range(9)], "1h", start=START, end=END, limit=49)

    assert bars["C0USDT"] == []
    assert all(isinstance(bars[f"C{number}USDT"], RateLimited) for number in range(1, 9))
    assert len(venue.seen("GET", KLINES)) == 2


def test_waiting_for_a_connection_of_our_own_is_no_failure(venue, by_symbol):
    timeout = httpx2.Timeout(connect=5.0, read=5.0, write=5.0, pool=0.001)
    market = BinanceMarketData(BinanceClient(venue.url, timeout=timeout), connections=2)

    bars = market.klines_many([f"C{number}USDT" for number in range(20)], "1h", start=START, end=END, limit=49)

    assert list(bars.values()) == [[]] * 20


def test_no_symbols_no_questions(venue, market):
    assert market.klines_many([], "1h", start=START, end=END, limit=49) == {}
    assert venue.requests == []
