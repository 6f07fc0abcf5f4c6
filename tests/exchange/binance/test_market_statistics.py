"""What the venue counts of its markets: read strictly, and asked for with what is left of the budget."""

from decimal import Decimal

import pytest

from exchange.binance import statistics
from exchange.binance.costs import SPARE_PATHS, cost_of
from exchange.binance.market import BinanceMarketData
from exchange.binance.parsing import MalformedPayload
from exchange.errors import ExchangeUnavailable
from exchange.paper.server.app import ROUTES
from exchange.ports import MarketStatisticsPort
from exchange.rate_budget import Urgency
from exchange.types import from_ms

AT = 1583127900000
INTEREST = {
    "symbol": "BTCUSDT",
    "sumOpenInterest": "20403.63700000",
    "sumOpenInterestValue": "150570784.07809979",
    "CMCCirculatingSupply": "165880.538",
    "timestamp": str(AT),
}
SHARES = {
    "symbol": "BTCUSDT",
    "longAccount": "0.6442",
    "shortAccount": "0.3558",
    "longShortRatio": "1.8105",
    "timestamp": AT,
}
TAKERS = {"buySellRatio": "1.5586", "buyVol": "387.3300", "sellVol": "248.5030", "timestamp": AT}
ASKED = {"symbol": "BTCUSDT", "period": "5m", "limit": "12"}


@pytest.fixture
def market(client) -> MarketStatisticsPort:
    return BinanceMarketData(client)


def test_open_interest_over_time(venue, market):
    venue.script("GET", "/futures/data/openInterestHist", [INTEREST])

    (point,) = market.open_interest_history("BTCUSDT", "5m", limit=12)

    assert (point.symbol, point.at) == ("BTCUSDT", from_ms(AT))
    assert (point.quantity, point.notional) == (Decimal("20403.637"), Decimal("150570784.07809979"))
    assert venue.seen("GET", "/futures/data/openInterestHist")[0].params == ASKED


@pytest.mark.parametrize(
    ("method", "name"),
    [("top_account_ratios", "topLongShortAccountRatio"), ("top_position_ratios", "topLongShortPositionRatio")],
)
def test_shares_of_the_top_traders(venue, market, method, name):
    venue.script("GET", f"/futures/data/{name}", [SHARES])

    (ratio,) = getattr(market, method)("BTCUSDT", "5m", limit=12)

    assert (ratio.long_share, ratio.short_share, ratio.at) == (Decimal("0.6442"), Decimal("0.3558"), from_ms(AT))
    assert venue.seen("GET", f"/futures/data/{name}")[0].params == ASKED


def test_what_takers_bought_and_sold(venue, market):
    venue.script("GET", "/futures/data/takerlongshortRatio", [TAKERS])

    (volume,) = market.taker_volumes("BTCUSDT", "5m", limit=12)

    assert (volume.bought, volume.sold, volume.at) == (Decimal("387.33"), Decimal("248.503"), from_ms(AT))


@pytest.mark.parametrize(
    ("parse", "row"),
    [
        (statistics.open_interest_point, INTEREST | {"sumOpenInterest": 1.5}),
        (statistics.open_interest_point, INTEREST | {"sumOpenInterestValue": "NaN"}),
        (statistics.open_interest_point, {}),
        (statistics.taker_volume, TAKERS | {"buyVol": None}),
        (statistics.taker_volume, TAKERS | {"timestamp": "yesterday"}),
    ],
)
def test_rows_that_are_not_what_the_reference_says_are_malformed(parse, row):
    with pytest.raises(MalformedPayload):
        parse(row)


@pytest.mark.parametrize("answer", ["x", [1], [{}], {"code": "?"}])
def test_an_answer_that_is_no_statistic_is_unavailable(venue, market, answer):
    venue.script("GET", "/futures/data/openInterestHist", [answer] if isinstance(answer, list) else answer)

    with pytest.raises(ExchangeUnavailable):
        market.open_interest_history("BTCUSDT", "5m")


@pytest.mark.parametrize("path", sorted(SPARE_PATHS))
def test_statistics_are_the_first_that_a_busy_minute_leaves_out(path):
    cost = cost_of("GET", path, ASKED, is_signed=False, account="")

    assert (cost.urgency, cost.weight, cost.orders) == (Urgency.SPARE, 1, 0)
    assert Urgency.SPARE.value < Urgency.SCAN.value
    assert ("GET", path) in ROUTES
