"""Market data over HTTP: every kind of bar, the book, the trades, funding and the statistics."""

import pytest

from exchange.paper.core.terms import REALISTIC, MarkModel, Terms
from tests.exchange.paper.scripted import HOUR_MS, T0, ScriptedMarket
from tests.exchange.paper.server.running import running

INT, STR = "int", "str"
KLINE_TYPES = [INT, *[STR] * 5, INT, STR, INT, *[STR] * 3]


def code(answer):
    return answer.status_code, answer.json()["code"]


def types(row):
    return [type(cell).__name__ for cell in row]


@pytest.fixture
def funded(tmp_path):
    """An exchange with funding, a day and an hour after T0."""
    with running(tmp_path, terms=REALISTIC) as client:
        client.clock(step_ms=25 * HOUR_MS)
        yield client


class TestBars:
    @pytest.mark.parametrize(
        ("path", "name"),
        [
            ("klines", "symbol"),
            ("continuousKlines", "pair"),
            ("indexPriceKlines", "pair"),
            ("markPriceKlines", "symbol"),
            ("premiumIndexKlines", "symbol"),
        ],
    )
    def test_each_kind_has_the_same_rows_and_types(self, exchange, path, name):
        exchange.clock(step_ms=5 * HOUR_MS)
        query = {name: "BTCUSDT", "interval": "1h", "limit": 3, "contractType": "PERPETUAL"}

        rows = exchange.get(f"/fapi/v1/{path}", **query).json()

        assert [row[0] for row in rows] == [T0 + hour * HOUR_MS for hour in (3, 4, 5)]
        assert types(rows[0]) == KLINE_TYPES

    def test_bars_of_prices_have_no_volume_but_their_samples(self, exchange):
        exchange.clock(step_ms=HOUR_MS)

        index = exchange.get("/fapi/v1/indexPriceKlines", pair="BTCUSDT", interval="1h").json()[0]
        premium = exchange.get("/fapi/v1/premiumIndexKlines", symbol="BTCUSDT", interval="1h").json()[0]

        assert [index[i] for i in (5, 7, 8, 9, 10)] == ["0", "0", 3600, "0", "0"]
        assert (premium[4], premium[8]) == ("0.00000000", 720)

    def test_second_bars_show_each_trade_and_flat_seconds_between(self, exchange):
        exchange.clock(step_ms=61_000)

        rows = exchange.get(
            "/fapi/v1/continuousKlines", pair="BTCUSDT", contractType="PERPETUAL", interval="1s", limit=3
        ).json()

        assert [(row[0] - T0, row[4], row[5]) for row in rows] == [
            (59_000, "100", "0"), (60_000, "99", "5"), (61_000, "99", "0"),
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("path", "query", "expected"),
        [
            ("klines", {"symbol": "BTCUSDT", "interval": "1s"}, -1120),
            ("continuousKlines", {"pair": "BTCUSDT", "contractType": "WEEKLY", "interval": "1h"}, -4104),
            ("continuousKlines", {"pair": "NOPE", "contractType": "PERPETUAL", "interval": "1h"}, -4144),
            ("indexPriceKlines", {"interval": "1h"}, -1102),
            ("markPriceKlines", {"symbol": "BTCUSDT", "interval": "1h", "limit": 1501}, -1130),
        ],
    )
    def test_wrong_questions(self, exchange, path, query, expected):
        assert code(exchange.get(f"/fapi/v1/{path}", **query)) == (400, expected)

    def test_quarterlies_do_not_exist(self, exchange):
        query = {"pair": "BTCUSDT", "contractType": "CURRENT_QUARTER", "interval": "1h"}

        assert exchange.get("/fapi/v1/continuousKlines", **query).json() == []


class TestBook:
    @pytest.mark.parametrize("limit", [5, 100, 500])
    def test_depth_has_as_many_levels_as_asked_for_best_first(self, exchange, limit):
        book = exchange.get("/fapi/v1/depth", symbol="BTCUSDT", limit=limit).json()

        asks = [float(price) for price, _ in book["asks"]]
        assert (len(book["bids"]), len(asks)) == (limit, limit)
        assert asks == sorted(asks)
        assert float(book["bids"][0][0]) < asks[0]

    def test_best_of_the_ticker_is_the_best_of_the_depth(self, exchange):
        ticker = exchange.get("/fapi/v1/ticker/bookTicker", symbol="BTCUSDT").json()
        book = exchange.get("/fapi/v1/rpiDepth", symbol="BTCUSDT", limit=5).json()

        assert [ticker["bidPrice"], ticker["bidQty"]] == book["bids"][0]
        assert [ticker["askPrice"], ticker["askQty"]] == book["asks"][0]

    def test_trades_are_the_points_of_the_path(self, exchange):
        exchange.clock(step_ms=200_000)

        rows = exchange.get("/fapi/v1/trades", symbol="BTCUSDT").json()

        assert [(row["price"], row["qty"], row["isBuyerMaker"]) for row in rows][-3:] == [
            ("99", "5", True), ("94", "5", True), ("100", "5", False),
        ]  # fmt: skip
        assert [row["time"] - T0 for row in rows][-3:] == [60_000, 120_000, 180_000]
        assert len(exchange.get("/fapi/v1/trades", symbol="BTCUSDT", limit=2).json()) == 2

    @pytest.mark.parametrize(
        ("query", "times"),
        [
            ({"fromId": T0 + 60_001}, [120_000, 180_000]),
            ({"startTime": T0 + 60_000, "endTime": T0 + 130_000}, [60_000, 120_000]),
            ({"startTime": T0 + 60_000, "limit": 1}, [60_000]),
            ({"endTime": T0 + 130_000, "limit": 1}, [120_000]),
        ],
    )
    def test_aggregates_by_id_and_time(self, exchange, query, times):
        exchange.clock(step_ms=200_000)

        rows = exchange.get("/fapi/v1/aggTrades", symbol="BTCUSDT", **query).json()

        assert [row["T"] - T0 for row in rows] == times
        assert set(rows[0]) == {"a", "p", "q", "nq", "f", "l", "T", "m"}

    @pytest.mark.parametrize(
        ("query", "expected"),
        [({"startTime": T0, "endTime": T0 + HOUR_MS}, -1127), ({"startTime": T0, "fromId": 5}, -1128)],
    )
    def test_aggregates_refuse_long_windows_and_mixed_questions(self, exchange, query, expected):
        assert code(exchange.get("/fapi/v1/aggTrades", symbol="BTCUSDT", **query)) == (400, expected)

    def test_history_needs_a_key_alone(self, exchange):
        exchange.clock(step_ms=200_000)
        path = f"/fapi/v1/historicalTrades?symbol=BTCUSDT&fromId={T0 + 120_000}"

        assert [row["price"] for row in exchange.keyed("GET", path).json()] == ["94", "100"]
        assert code(exchange.get(path)) == (401, -2014)


class TestFunding:
    def test_premium_index_estimates_the_next_rate(self, funded):
        row = funded.get("/fapi/v1/premiumIndex", symbol="BTCUSDT").json()

        assert (row["lastFundingRate"], row["interestRate"]) == ("0.00010000", "0.00010000")

    def test_settled_rates_are_listed_ascending_every_eight_hours(self, funded):
        rows = funded.get("/fapi/v1/fundingRate", symbol="BTCUSDT").json()

        times = [row["fundingTime"] for row in rows]
        assert times == sorted(times)
        assert all(at % (8 * HOUR_MS) == 0 and T0 < at <= T0 + 25 * HOUR_MS for at in times)
        assert {row["fundingRate"] for row in rows} == {"0.00010000"}
        assert {row["rateType"] for row in rows} == {"Regular"}
        assert len(rows) == 3

    def test_settled_rates_by_period_and_for_all_symbols(self, funded):
        every = funded.get("/fapi/v1/fundingRate").json()
        first = funded.get("/fapi/v1/fundingRate", symbol="BTCUSDT", startTime=T0, limit=1).json()
        until = funded.get("/fapi/v1/fundingRate", symbol="BTCUSDT", endTime=T0 + 12 * HOUR_MS).json()

        assert {row["symbol"] for row in every} == {"BTCUSDT", "ETHUSDT"}
        assert [row["fundingTime"] for row in first] == [every[0]["fundingTime"]]
        assert all(row["fundingTime"] <= T0 + 12 * HOUR_MS for row in until)

    def test_account_pays_what_is_listed(self, funded):
        funded.buy("10")
        funded.clock(step_ms=8 * HOUR_MS)

        income = funded.done("GET", "/fapi/v1/income", incomeType="FUNDING_FEE", startTime=T0)

        assert [(row["income"], row["asset"], row["tradeId"]) for row in income] == [("-0.1", "USDT", "")]

    def test_changed_funding_is_listed_and_used(self, funded):
        funded.control("funding", symbol="BTCUSDT", intervalHours=1, rate="-0.0025")

        (info,) = funded.get("/fapi/v1/fundingInfo").json()
        row = funded.get("/fapi/v1/premiumIndex", symbol="BTCUSDT").json()

        assert (info["symbol"], info["fundingIntervalHours"]) == ("BTCUSDT", 1)
        assert row["lastFundingRate"] == "-0.00250000"
        assert row["nextFundingTime"] == T0 + 26 * HOUR_MS

    def test_funding_endpoints_have_a_pool_of_their_own(self, funded):
        answer = funded.get("/fapi/v1/fundingRate", symbol="BTCUSDT")

        assert "x-mbx-used-weight-1m" not in answer.headers

    def test_exchange_without_funding_lists_no_rates(self, exchange):
        exchange.clock(step_ms=25 * HOUR_MS)

        assert exchange.get("/fapi/v1/fundingRate", symbol="BTCUSDT").json() == []

    def test_mark_and_index_differ_from_the_last_price_while_it_moves(self, tmp_path):
        market = ScriptedMarket({"BTCUSDT": [(0, "100", "9"), (90_000, "110", "9")]})
        with running(tmp_path, market=market, terms=Terms(mark=MarkModel.LAGGING)) as exchange:
            exchange.clock(step_ms=90_000)
            row = exchange.get("/fapi/v1/premiumIndex", symbol="BTCUSDT").json()

        assert (row["indexPrice"], row["markPrice"]) == ("102.5", "106.25")


class TestStatistics:
    def test_taker_ratio_comes_from_the_bars(self, exchange):
        exchange.clock(step_ms=3 * HOUR_MS)

        rows = exchange.get("/futures/data/takerlongshortRatio", symbol="BTCUSDT", period="1h", limit=2).json()

        assert [row["timestamp"] for row in rows] == [T0 + HOUR_MS, T0 + 2 * HOUR_MS]
        assert {row["buySellRatio"] for row in rows} == {"1"}

    @pytest.mark.parametrize(
        "name",
        ["openInterestHist", "globalLongShortAccountRatio", "topLongShortAccountRatio", "topLongShortPositionRatio"],
    )
    def test_what_was_not_recorded_is_an_empty_list(self, exchange, name):
        assert exchange.get(f"/futures/data/{name}", symbol="BTCUSDT", period="5m").json() == []
        assert code(exchange.get(f"/futures/data/{name}", symbol="BTCUSDT", period="7m")) == (400, -1130)

    def test_a_pair_that_was_never_delivered_has_no_delivery_price(self, exchange):
        assert exchange.get("/futures/data/delivery-price", pair="BTCUSDT").json() == []

    def test_basis_needs_contract_and_period(self, exchange):
        asked = {"pair": "BTCUSDT", "contractType": "PERPETUAL", "period": "5m"}

        assert exchange.get("/futures/data/basis", **asked).status_code == 200
        for name in ("contractType", "period"):
            without = {key: value for key, value in asked.items() if key != name}
            assert code(exchange.get("/futures/data/basis", **without)) == (400, -1102)

    def test_statistics_have_a_pool_of_their_own(self, exchange):
        answer = exchange.get("/futures/data/openInterestHist", symbol="BTCUSDT", period="5m")

        assert "x-mbx-used-weight-1m" not in answer.headers

    def test_open_interest_is_that_of_this_exchange(self, exchange):
        exchange.buy("3")

        assert exchange.get("/fapi/v1/openInterest", symbol="BTCUSDT").json()["openInterest"] == "3"

    def test_small_tables(self, exchange):
        schedule = exchange.get("/fapi/v1/tradingSchedule").json()
        index = exchange.get("/fapi/v1/assetIndex", symbol="BTCUSD").json()
        constituents = exchange.get("/fapi/v1/constituents", symbol="BTCUSDT").json()

        assert schedule["marketSchedules"]["EQUITY"] == {"sessions": []}
        assert (index["index"], index["bidRate"]) == ("100", "95")
        assert len(exchange.get("/fapi/v1/assetIndex").json()) == 2
        assert constituents["constituents"][0]["price"] == "100"
        assert exchange.get("/fapi/v1/indexInfo").json() == []
        assert exchange.get("/fapi/v1/symbolAdlRisk", symbol="BTCUSDT").json()["adlRisk"] == "low"
        assert exchange.get("/fapi/v1/insuranceBalance", symbol="BTCUSDT").json()["symbols"] == ["BTCUSDT"]
        assert code(exchange.get("/fapi/v1/assetIndex", symbol="XUSD")) == (400, -1121)
