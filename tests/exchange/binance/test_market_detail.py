"""What an analysis asks of single symbols: book, funding, open interest, long and short shares."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from exchange.binance import parsing, statistics
from exchange.binance.costs import weight_of
from exchange.binance.market import BinanceMarketData
from exchange.binance.parsing import MalformedPayload
from exchange.errors import ExchangeUnavailable, OrderRefused
from exchange.market_types import BookLevel
from exchange.paper.server.app import ROUTES
from exchange.ports import MarketDetailPort
from exchange.types import from_ms

DEPTH = {
    "lastUpdateId": 1027024,
    "E": 1589436922972,
    "T": 1589436922959,
    "bids": [["4.00000000", "431.00000000"], ["3.99", "2"]],
    "asks": [["4.00000200", "12.00000000"]],
}
FUNDING = {"symbol": "BTCUSDT", "fundingRate": "-0.03750000", "fundingTime": 1570608000000, "markPrice": "34287.54"}
INTEREST = {"openInterest": "10659.509", "symbol": "BTCUSDT", "time": 1589437530011}
SHARES = {
    "symbol": "BTCUSDT",
    "longShortRatio": "0.1960",
    "longAccount": "0.6622",
    "shortAccount": "0.3378",
    "timestamp": 1583139600000,
}
DAY = {
    "symbol": "BTCUSDT",
    "openPrice": "99.00000000",
    "lastPrice": "4.00000200",
    "quoteVolume": "15.30000000",
    "closeTime": 1499869899040,
}


@pytest.fixture
def market(client) -> MarketDetailPort:
    return BinanceMarketData(client)


def test_order_book(venue, market):
    venue.script("GET", "/fapi/v1/depth", DEPTH)

    book = market.order_book("BTCUSDT", levels=5)

    assert book.symbol == "BTCUSDT"
    assert book.bids == (BookLevel(Decimal(4), Decimal(431)), BookLevel(Decimal("3.99"), Decimal(2)))
    assert book.asks == (BookLevel(Decimal("4.000002"), Decimal(12)),)
    assert (book.update_id, book.at) == (1027024, from_ms(1589436922972))
    assert venue.seen("GET", "/fapi/v1/depth")[0].params == {"symbol": "BTCUSDT", "limit": "5"}


@pytest.mark.parametrize(
    "change",
    [{"bids": [["4", "1", "x"]]}, {"bids": [[4.0, "1"]]}, {"asks": None}, {"E": None}, {"bids": [["NaN", "1"]]}],
)
def test_a_book_that_cannot_be_read_is_unavailable(venue, market, change):
    venue.script("GET", "/fapi/v1/depth", DEPTH | change)

    with pytest.raises(ExchangeUnavailable):
        market.order_book("BTCUSDT")


@pytest.mark.parametrize("answer", [[], "x", None])
def test_an_answer_that_is_no_book_is_unavailable(venue, market, answer):
    venue.script("GET", "/fapi/v1/depth", [answer])

    with pytest.raises(ExchangeUnavailable):
        market.order_book("BTCUSDT")


def test_wrong_depth_is_refused(venue, market, refuse):
    venue.script("GET", "/fapi/v1/depth", refuse(-4021, "Invalid depth limit."))

    with pytest.raises(OrderRefused):
        market.order_book("BTCUSDT", levels=7)


def test_a_side_without_orders_is_empty():
    assert parsing.order_book(DEPTH | {"asks": []}, symbol="BTCUSDT").asks == ()


def test_settled_fundings_oldest_first(venue, market):
    later = FUNDING | {"fundingTime": 1570636800000, "markPrice": ""}
    venue.script("GET", "/fapi/v1/fundingRate", [FUNDING, later])

    first, second = market.funding_rates("BTCUSDT", start=datetime(2019, 10, 9, tzinfo=UTC), limit=2)

    assert (first.rate, first.mark_price) == (Decimal("-0.0375"), Decimal("34287.54"))
    assert (second.at, second.mark_price) == (from_ms(1570636800000), None)
    assert venue.seen("GET", "/fapi/v1/fundingRate")[0].params == {
        "symbol": "BTCUSDT",
        "limit": "2",
        "startTime": "1570579200000",
    }


def test_newest_fundings_name_no_start(venue, market):
    venue.script("GET", "/fapi/v1/fundingRate", [])

    assert market.funding_rates("BTCUSDT", limit=3) == []
    assert venue.seen("GET", "/fapi/v1/fundingRate")[0].params == {"symbol": "BTCUSDT", "limit": "3"}


def test_open_interest(venue, market):
    venue.script("GET", "/fapi/v1/openInterest", INTEREST)

    interest = market.open_interest("BTCUSDT")

    assert (interest.quantity, interest.at) == (Decimal("10659.509"), from_ms(1589437530011))


def test_shares_of_long_and_short_accounts(venue, market):
    venue.script("GET", "/futures/data/globalLongShortAccountRatio", [SHARES])

    (ratio,) = market.long_short_ratios("BTCUSDT", "5m", limit=1)

    assert (ratio.long_share, ratio.short_share) == (Decimal("0.6622"), Decimal("0.3378"))
    assert venue.seen("GET", "/futures/data/globalLongShortAccountRatio")[0].params == {
        "symbol": "BTCUSDT",
        "period": "5m",
        "limit": "1",
    }


def test_mark_price_and_day_of_one_symbol(venue, market, payload):
    venue.script("GET", "/fapi/v1/premiumIndex", payload("premium_index"))
    venue.script("GET", "/fapi/v1/ticker/24hr", DAY)

    assert market.mark_price("BTCUSDT").symbol == "BTCUSDT"
    assert market.ticker_24h("BTCUSDT").last_price == Decimal("4.000002")
    assert venue.seen("GET", "/fapi/v1/premiumIndex")[0].params == {"symbol": "BTCUSDT"}
    assert venue.seen("GET", "/fapi/v1/ticker/24hr")[0].params == {"symbol": "BTCUSDT"}


@pytest.mark.parametrize(
    ("parse", "row"),
    [
        (parsing.funding_rate, FUNDING | {"fundingRate": 0.1}),
        (parsing.open_interest, INTEREST | {"openInterest": "many"}),
        (statistics.long_short_ratio, SHARES | {"longAccount": None}),
        (parsing.open_interest, {}),
    ],
)
def test_rows_that_are_not_what_the_reference_says_are_malformed(parse, row):
    with pytest.raises(MalformedPayload):
        parse(row)


BTC = {"symbol": "BTCUSDT"}


@pytest.mark.parametrize(
    ("path", "params"),
    [
        *(("/fapi/v1/depth", BTC | {"limit": str(limit)}) for limit in (5, 10, 20, 50, 100, 500, 1000)),
        ("/fapi/v1/depth", BTC),
        ("/fapi/v1/premiumIndex", BTC),
        ("/fapi/v1/ticker/24hr", BTC),
        ("/fapi/v1/openInterest", BTC),
        ("/fapi/v1/tradingSchedule", {}),
        ("/fapi/v1/klines", BTC | {"interval": "1m", "limit": "121"}),
    ],
)
def test_our_weights_are_the_exchanges(path, params):
    assert weight_of("GET", path, params) == ROUTES["GET", path].weight_of(params)


@pytest.mark.parametrize("path", ["/fapi/v1/fundingRate", "/futures/data/globalLongShortAccountRatio"])
def test_what_has_a_pool_of_its_own_weighs_nothing_on_the_address(path):
    assert weight_of("GET", path, BTC) == 0


def test_trading_sessions_by_market(venue, market):
    spans = [
        {"startTime": 1732492800000, "endTime": 1732516200000, "type": "REGULAR"},
        {"startTime": 1732516200000, "endTime": 1732579200000, "type": "NO_TRADING"},
    ]
    schedule = {"EQUITY": {"sessions": spans}, "FX": {"sessions": []}}
    venue.script("GET", "/fapi/v1/tradingSchedule", {"updateTime": 1732490000000, "marketSchedules": schedule})

    found = market.trading_sessions()

    assert [(span.start, span.end, span.is_open) for span in found["EQUITY"]] == [
        (from_ms(1732492800000), from_ms(1732516200000), True),
        (from_ms(1732516200000), from_ms(1732579200000), False),
    ]
    assert found["FX"] == []
