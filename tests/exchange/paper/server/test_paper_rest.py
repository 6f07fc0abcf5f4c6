"""The REST interface over real HTTP: who is let in, what is refused, and how answers look."""

import time
from urllib.parse import urlencode

import pytest

from exchange.paper.server.weights import RequestLimits
from tests.exchange.paper.scripted import HOUR_MS, KEY, T0, ScriptedMarket
from tests.exchange.paper.server.running import running

ORDER = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1", "price": "99"}


def code(answer):
    return answer.status_code, answer.json()["code"]


class TestAdmission:
    @pytest.mark.parametrize("path", ["/fapi/v1/ping", "/api/v3/ping"])
    def test_ping(self, exchange, path):
        assert exchange.get(path).json() == {}

    def test_unknown_path_is_named(self, exchange):
        answer = exchange.get("/fapi/v9/nothing")

        assert code(answer) == (404, -5000)
        assert answer.json()["msg"] == "Path /fapi/v9/nothing, Method GET is invalid"
        assert answer.headers["content-type"].startswith("application/json")

    def test_key_is_needed(self, exchange):
        assert code(exchange.http.get("/fapi/v3/account")) == (401, -2014)

    def test_unknown_key_is_refused(self, exchange):
        assert code(exchange.http.get("/fapi/v3/account", headers={"X-MBX-APIKEY": "other"})) == (401, -2015)

    def test_timestamp_is_needed(self, exchange):
        assert code(exchange.keyed("GET", "/fapi/v3/account")) == (400, -1102)

    def test_signature_is_needed(self, exchange):
        assert code(exchange.keyed("GET", f"/fapi/v3/account?timestamp={exchange.now_ms()}")) == (400, -1102)

    def test_wrong_signature_is_refused(self, exchange):
        url = f"/fapi/v3/account?timestamp={exchange.now_ms()}&signature={'0' * 64}"

        assert code(exchange.keyed("GET", url)) == (400, -1022)

    @pytest.mark.parametrize(
        ("offset_ms", "window", "admitted"),
        [
            (0, {}, True),
            (-5000, {}, True),
            (-5001, {}, False),
            (-9000, {"recvWindow": 10000}, True),
            (999, {}, True),
            (1000, {}, False),
        ],
    )
    def test_timestamp_window(self, exchange, offset_ms, window, admitted):
        answer = exchange.signed("GET", "/fapi/v3/balance", timestamp=exchange.now_ms() + offset_ms, **window)

        assert answer.status_code == 200 if admitted else code(answer) == (400, -1021)

    def test_timestamp_window_grows_with_the_speed(self, exchange):
        exchange.clock(speed=60)

        answer = exchange.signed("GET", "/fapi/v3/balance", timestamp=exchange.now_ms() - 250_000)

        assert answer.status_code == 200

    @pytest.mark.parametrize("method", ["POST", "DELETE"])
    def test_form_body_is_read_and_signed_like_a_query(self, exchange, method):
        text = urlencode(ORDER | {"newClientOrderId": "a", "origClientOrderId": "a", "timestamp": exchange.now_ms()})
        if method == "DELETE":
            exchange.done("POST", "/fapi/v1/order", **ORDER, newClientOrderId="a")
        headers = {"X-MBX-APIKEY": KEY, "Content-Type": "application/x-www-form-urlencoded"}

        answer = exchange.http.request(
            method, "/fapi/v1/order", content=f"{text}&signature={exchange.sign(text)}", headers=headers
        )

        assert (answer.status_code, answer.json()["clientOrderId"]) == (200, "a")

    def test_query_and_body_are_signed_joined_without_a_sign_between(self, exchange):
        query, body = urlencode({"symbol": "BTCUSDT"}), urlencode({"leverage": 7, "timestamp": exchange.now_ms()})
        headers = {"X-MBX-APIKEY": KEY, "Content-Type": "application/x-www-form-urlencoded"}
        signature = exchange.sign(query + body).upper()

        answer = exchange.http.post(
            f"/fapi/v1/leverage?{query}", content=f"{body}&signature={signature}", headers=headers
        )

        assert answer.json()["leverage"] == 7

    def test_signature_over_decoded_values_is_accepted(self, exchange):
        values = ORDER | {"newClientOrderId": "a:b/c", "timestamp": exchange.now_ms()}
        decoded = "&".join(f"{name}={value}" for name, value in values.items())

        url = f"/fapi/v1/order?{urlencode(values)}&signature={exchange.sign(decoded)}"

        assert exchange.http.post(url, headers={"X-MBX-APIKEY": KEY}).json()["clientOrderId"] == "a:b/c"


class TestLimits:
    def test_used_weight_is_counted_per_endpoint(self, tmp_path):
        with running(tmp_path, limits=RequestLimits(wall_ns=lambda: 0)) as exchange:
            exchange.get("/fapi/v1/ping")
            exchange.get("/fapi/v1/ticker/24hr")
            answer = exchange.get("/fapi/v1/klines", symbol="BTCUSDT", interval="1h", limit=1000)

            assert answer.headers["x-mbx-used-weight-1m"] == "46"

    def test_too_much_weight_is_429_until_the_minute_is_over(self, tmp_path):
        with running(tmp_path, limits=RequestLimits(weight_per_minute=2, wall_ns=lambda: 18 * 10**9)) as exchange:
            answers = [exchange.get("/fapi/v1/ping") for _ in range(3)]

            assert [a.status_code for a in answers] == [200, 200, 429]
            assert (answers[2].json()["code"], answers[2].headers["retry-after"]) == (-1003, "42")
            assert [a.headers["x-mbx-used-weight-1m"] for a in answers] == ["1", "2", "3"]

    def test_orders_are_counted_and_cost_no_weight(self, exchange):
        exchange.buy()

        answer = exchange.signed("POST", "/fapi/v1/order", **ORDER)

        assert answer.headers["x-mbx-order-count-1m"] == "2"

    def test_too_many_orders_in_ten_seconds(self):
        limits = RequestLimits(wall_ns=lambda: 7 * 10**9)
        for _ in range(300):
            limits.use_order("key")

        with pytest.raises(Exception, match="300 orders per 10 SECOND") as refusal:
            limits.use_order("key")
        assert refusal.value.retry_after_s == 3
        assert limits.use_order("other")["X-MBX-ORDER-COUNT-10S"] == "1"

    def test_every_answer_names_the_speed_and_zero_while_held(self, exchange):
        held = exchange.get("/fapi/v1/ping").headers["x-market-speed"]
        exchange.clock(held=False, speed=60)
        running_speed = exchange.get("/nowhere").headers["x-market-speed"]

        assert (held, running_speed) == ("0", "60")


class TestMarketData:
    def test_time_is_the_markets(self, exchange):
        assert exchange.now_ms() == T0
        exchange.clock(step_ms=1234)
        assert exchange.now_ms() == T0 + 1234

    def test_exchange_info_carries_the_server_time(self, exchange):
        info = exchange.get("/fapi/v1/exchangeInfo").json()

        assert info["serverTime"] == T0
        assert [row["symbol"] for row in info["symbols"]] == ["BTCUSDT", "ETHUSDT"]

    @pytest.mark.parametrize(
        ("query", "hours"),
        [
            ({}, [0, 1, 2, 3, 4, 5]),
            ({"limit": 2}, [4, 5]),
            ({"startTime": T0 + HOUR_MS, "limit": 2}, [1, 2]),
            ({"endTime": T0 + 3 * HOUR_MS, "limit": 2}, [2, 3]),
            ({"startTime": T0 + HOUR_MS, "endTime": T0 + 2 * HOUR_MS}, [1, 2]),
        ],
    )
    def test_klines_by_period_and_limit(self, exchange, query, hours):
        exchange.clock(step_ms=5 * HOUR_MS + 1)

        rows = exchange.get("/fapi/v1/klines", symbol="BTCUSDT", interval="1h", **query).json()

        assert [row[0] for row in rows] == [T0 + hour * HOUR_MS for hour in hours]
        assert [type(cell).__name__ for cell in rows[0]] == ["int", *["str"] * 5, "int", "str", "int", *["str"] * 3]

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ({"interval": "1h"}, -1102),
            ({"symbol": "BTCUSDT", "interval": "7h"}, -1120),
            ({"symbol": "NOPEUSDT", "interval": "1h"}, -1121),
            ({"symbol": "BTCUSDT", "interval": "1h", "limit": 1501}, -1130),
            ({"symbol": "BTCUSDT", "interval": "1h", "startTime": 5, "endTime": 4}, -1023),
        ],
    )
    def test_wrong_kline_questions(self, exchange, query, expected):
        assert code(exchange.get("/fapi/v1/klines", **query)) == (400, expected)

    def test_vanished_contract_answers_no_klines_and_no_orders(self, tmp_path):
        market = ScriptedMarket({"BTCUSDT": [(0, "100", "1")], "OLDUSDT": [(0, "1", "1")]}, vanished=["OLDUSDT"])
        with running(tmp_path, market=market) as exchange:
            klines = exchange.get("/fapi/v1/klines", symbol="OLDUSDT", interval="1h")
            order = exchange.signed("POST", "/fapi/v1/order", **(ORDER | {"symbol": "OLDUSDT"}))
            prices = exchange.get("/fapi/v2/ticker/price").json()

        assert (code(klines), code(order)) == ((400, -1122), (400, -4141))
        assert [row["symbol"] for row in prices] == ["BTCUSDT"]

    @pytest.mark.parametrize(
        "path",
        [
            "/fapi/v1/ticker/price",
            "/fapi/v2/ticker/price",
            "/fapi/v1/ticker/24hr",
            "/fapi/v1/ticker/bookTicker",
            "/fapi/v1/premiumIndex",
        ],
    )
    def test_tickers_answer_one_symbol_or_all(self, exchange, path):
        one, every = exchange.get(path, symbol="ETHUSDT").json(), exchange.get(path).json()

        assert one["symbol"] == "ETHUSDT"
        assert [row["symbol"] for row in every] == ["BTCUSDT", "ETHUSDT"]
        assert every[1] == one

    def test_ask_is_one_tick_above_the_last_price(self, exchange):
        book = exchange.get("/fapi/v1/ticker/bookTicker", symbol="BTCUSDT").json()
        depth = exchange.get("/fapi/v1/depth", symbol="BTCUSDT", limit=5).json()

        assert (book["bidPrice"], book["askPrice"]) == ("100", "100.1")
        assert [row[0] for row in depth["bids"]] == ["100", "99.9", "99.8", "99.7", "99.6"]
        assert depth["asks"][0][0] == "100.1"
        assert code(exchange.get("/fapi/v1/depth", symbol="BTCUSDT", limit=7)) == (400, -4021)

    def test_funding_is_due_at_the_next_eighth_hour(self, exchange):
        row = exchange.get("/fapi/v1/premiumIndex", symbol="BTCUSDT").json()

        assert row["nextFundingTime"] % (8 * HOUR_MS) == 0
        assert 0 < row["nextFundingTime"] - T0 <= 8 * HOUR_MS
        assert (row["markPrice"], row["indexPrice"], row["lastFundingRate"]) == ("100", "100", "0.00000000")


class TestTrading:
    def test_order_can_be_placed_read_listed_and_cancelled(self, exchange):
        placed = exchange.done("POST", "/fapi/v1/order", **ORDER, newClientOrderId="mine")
        ids = {"symbol": "BTCUSDT", "orderId": placed["orderId"]}

        assert "avgPrice" not in placed
        assert exchange.done("GET", "/fapi/v1/order", **ids)["avgPrice"] == "0"
        assert exchange.done("GET", "/fapi/v1/openOrder", **ids)["clientOrderId"] == "mine"
        assert [o["orderId"] for o in exchange.done("GET", "/fapi/v1/openOrders")] == [placed["orderId"]]
        assert (
            exchange.done("DELETE", "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="mine")["status"]
            == "CANCELED"
        )
        assert exchange.done("GET", "/fapi/v1/openOrders") == []
        assert exchange.done("GET", "/fapi/v1/allOrders", symbol="BTCUSDT")[0]["status"] == "CANCELED"
        assert code(exchange.signed("GET", "/fapi/v1/openOrder", **ids)) == (400, -2013)

    @pytest.mark.parametrize(
        ("method", "path", "values", "expected"),
        [
            ("GET", "/fapi/v1/order", {"symbol": "BTCUSDT", "orderId": 5}, -2013),
            ("GET", "/fapi/v1/order", {"symbol": "BTCUSDT"}, -1102),
            ("DELETE", "/fapi/v1/order", {"symbol": "BTCUSDT", "orderId": 5}, -2011),
            ("GET", "/fapi/v1/algoOrder", {"algoId": 5}, -2013),
            ("DELETE", "/fapi/v1/algoOrder", {"clientAlgoId": "x"}, -2011),
            ("POST", "/fapi/v1/order", ORDER | {"type": "STOP_MARKET"}, -4120),
            ("GET", "/fapi/v3/positionRisk", {"symbol": "NOPEUSDT"}, -1121),
            ("POST", "/fapi/v1/positionSide/dual", {"dualSidePosition": "false"}, -4059),
            ("POST", "/fapi/v1/marginType", {"symbol": "BTCUSDT", "marginType": "CROSSED"}, -4046),
        ],
    )
    def test_refusals_carry_the_venues_code(self, exchange, method, path, values, expected):
        assert code(exchange.signed(method, path, **values)) == (400, expected)

    def test_stop_fires_and_is_read_with_its_child(self, exchange):
        exchange.buy()
        placed = exchange.stop(clientAlgoId="sl")
        waiting = exchange.done("GET", "/fapi/v1/openAlgoOrders", symbol="BTCUSDT")
        exchange.clock(step_ms=120_000)

        fired = exchange.done("GET", "/fapi/v1/algoOrder", clientAlgoId="sl")
        child = exchange.done("GET", "/fapi/v1/order", symbol="BTCUSDT", orderId=fired["actualOrderId"])

        assert [row["algoId"] for row in waiting] == [placed["algoId"]]
        assert (fired["algoStatus"], fired["actualPrice"]) == ("FINISHED", "94")
        assert (child["clientOrderId"], child["status"], child["avgPrice"]) == ("sl", "FILLED", "94")
        assert exchange.done("GET", "/fapi/v1/openAlgoOrders") == []
        assert exchange.done("GET", "/fapi/v3/positionRisk") == []

    def test_two_cancel_alls_for_two_books(self, exchange):
        exchange.buy()
        exchange.stop()
        exchange.done("POST", "/fapi/v1/order", **ORDER)

        orders = exchange.done("DELETE", "/fapi/v1/allOpenOrders", symbol="BTCUSDT")
        algos_left = exchange.done("GET", "/fapi/v1/openAlgoOrders")
        exchange.done("DELETE", "/fapi/v1/algoOpenOrders", symbol="BTCUSDT")

        assert orders["code"] == 200
        assert len(algos_left) == 1
        assert exchange.done("GET", "/fapi/v1/allAlgoOrders", symbol="BTCUSDT")[0]["algoStatus"] == "CANCELED"

    def test_fills_and_income_agree(self, exchange):
        exchange.buy("2")
        exchange.clock(step_ms=60_000)
        sold = exchange.buy("2", side="SELL")

        trades = exchange.done("GET", "/fapi/v1/userTrades", symbol="BTCUSDT")
        income = exchange.done("GET", "/fapi/v1/income", startTime=0)
        of_order = exchange.done("GET", "/fapi/v1/userTrades", symbol="BTCUSDT", orderId=sold["orderId"])
        later = exchange.done("GET", "/fapi/v1/userTrades", symbol="BTCUSDT", fromId=trades[1]["id"])
        fees = exchange.done("GET", "/fapi/v1/income", incomeType="COMMISSION", symbol="BTCUSDT", startTime=T0 + 1)

        assert [(t["price"], t["realizedPnl"]) for t in trades] == [("100.1", "0"), ("99", "-2.2")]
        assert [row["incomeType"] for row in income] == ["TRANSFER", "COMMISSION", "REALIZED_PNL", "COMMISSION"]
        assert [row["tradeId"] for row in income[1:]] == [str(trades[i]["id"]) for i in (0, 1, 1)]
        assert of_order == later == trades[1:]
        assert [row["income"] for row in fees] == ["-0.099"]

    def test_settings_are_read_back(self, exchange):
        exchange.done("POST", "/fapi/v1/leverage", symbol="BTCUSDT", leverage=5)
        exchange.done("POST", "/fapi/v1/marginType", symbol="BTCUSDT", marginType="ISOLATED")
        exchange.done("POST", "/fapi/v1/positionSide/dual", dualSidePosition="true")

        config = exchange.done("GET", "/fapi/v1/symbolConfig", symbol="BTCUSDT")[0]

        assert (config["leverage"], config["marginType"]) == (5, "ISOLATED")
        assert exchange.done("GET", "/fapi/v1/accountConfig")["dualSidePosition"] is True
        assert exchange.done("GET", "/fapi/v1/positionSide/dual") == {"dualSidePosition": True}
        assert exchange.done("GET", "/fapi/v1/multiAssetsMargin") == {"multiAssetsMargin": False}
        assert exchange.done("GET", "/fapi/v1/leverageBracket", symbol="BTCUSDT")[0]["brackets"][0]["bracket"] == 1
        assert exchange.done("GET", "/fapi/v1/commissionRate", symbol="BTCUSDT")["takerCommissionRate"] == "0.0005"

    @pytest.mark.parametrize("version", ["v2", "v3"])
    def test_account_balance_and_position_agree(self, exchange, version):
        exchange.buy()

        account = exchange.done("GET", f"/fapi/{version}/account")
        balance = exchange.done("GET", f"/fapi/{version}/balance")[0]
        risk = exchange.done("GET", f"/fapi/{version}/positionRisk", symbol="BTCUSDT")[0]

        assert account["totalWalletBalance"] == balance["balance"] == "9999.94995"
        assert account["availableBalance"] == balance["availableBalance"]
        assert (risk["positionAmt"], risk["entryPrice"], risk["unRealizedProfit"]) == ("1", "100.1", "-0.1")


def test_what_nobody_foresaw_is_logged_and_hidden(tmp_path):
    class Broken(ScriptedMarket):
        def exchange_info(self, now_ms):
            raise RuntimeError("a secret detail")

    with running(tmp_path, market=Broken({"BTCUSDT": [(0, "1", "1")]})) as exchange:
        answer = exchange.get("/fapi/v1/exchangeInfo")

        assert code(answer) == (500, -1000)
        assert "secret" not in answer.text
        assert exchange.get("/fapi/v1/ping").status_code == 200


def test_latency_is_added_to_rest_answers_but_not_to_control(tmp_path):
    with running(tmp_path, latency_s=0.2) as exchange:
        started = time.monotonic()
        exchange.get("/fapi/v1/ping")
        after_rest = time.monotonic()
        exchange.get("/control/clock")
        after_control = time.monotonic()

    assert after_rest - started >= 0.2
    assert after_control - after_rest < 0.15
