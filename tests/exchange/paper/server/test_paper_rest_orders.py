"""Orders over HTTP beyond placing and cancelling one: batches, changes, trials, countdowns, forced closes."""

import json
from urllib.parse import quote

import pytest

from tests.exchange.paper.scripted import KEY, T0, ScriptedMarket
from tests.exchange.paper.server.running import running

ORDER = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1", "price": "99"}


def code(answer):
    return answer.status_code, answer.json()["code"]


def batch(*orders):
    return json.dumps([ORDER | order for order in orders])


class TestBatches:
    def test_orders_and_refusals_stand_side_by_side(self, exchange):
        answers = exchange.done(
            "POST",
            "/fapi/v1/batchOrders",
            batchOrders=batch({"newClientOrderId": "a"}, {"price": "0"}, {"type": "STOP"}, {"quantity": 2}),
        )

        assert [row.get("code") for row in answers] == [None, -4013, -4120, None]
        assert (answers[0]["clientOrderId"], answers[3]["origQty"]) == ("a", "2")
        assert len(exchange.done("GET", "/fapi/v1/openOrders")) == 2

    def test_raw_json_in_a_form_body_is_read(self, exchange):
        text = f"batchOrders={batch({})}&timestamp={exchange.now_ms()}"
        headers = {"X-MBX-APIKEY": KEY, "Content-Type": "application/x-www-form-urlencoded"}

        answer = exchange.http.post(
            "/fapi/v1/batchOrders", content=f"{text}&signature={exchange.sign(text)}", headers=headers
        )

        assert [row["status"] for row in answer.json()] == ["NEW"]

    def test_batch_counts_five_and_one_and_weighs_five(self, exchange):
        before = int(exchange.get("/fapi/v1/ping").headers["x-mbx-used-weight-1m"])
        text = f"batchOrders={quote(batch({}))}&timestamp={T0}"

        answer = exchange.http.post(
            f"/fapi/v1/batchOrders?{text}&signature={exchange.sign(text)}", headers={"X-MBX-APIKEY": KEY}
        )

        assert (answer.headers["x-mbx-order-count-10s"], answer.headers["x-mbx-order-count-1m"]) == ("5", "1")
        assert int(answer.headers["x-mbx-used-weight-1m"]) == before + 5

    def test_changes_in_a_batch(self, exchange):
        ids = [exchange.done("POST", "/fapi/v1/order", **ORDER)["orderId"] for _ in range(2)]

        answers = exchange.done(
            "PUT", "/fapi/v1/batchOrders", batchOrders=batch({"orderId": ids[0], "price": 98}, {"orderId": 5})
        )

        assert answers[0]["price"] == "98"
        assert answers[1]["code"] == -2013

    @pytest.mark.parametrize("name", ["orderIdList", "orderidlist"])
    def test_orders_are_cancelled_by_id_in_either_spelling(self, exchange, name):
        ids = [exchange.done("POST", "/fapi/v1/order", **ORDER)["orderId"] for _ in range(2)]

        answers = exchange.done("DELETE", "/fapi/v1/batchOrders", symbol="BTCUSDT", **{name: json.dumps([*ids, 7])})

        assert [row.get("status") for row in answers] == ["CANCELED", "CANCELED", None]
        assert answers[2]["code"] == -2011

    def test_orders_are_cancelled_by_client_id(self, exchange):
        exchange.done("POST", "/fapi/v1/order", **ORDER, newClientOrderId="a")

        answers = exchange.done("DELETE", "/fapi/v1/batchOrders", symbol="BTCUSDT", origClientOrderIdList='["a"]')

        assert [row["status"] for row in answers] == ["CANCELED"]

    @pytest.mark.parametrize(
        ("method", "values", "expected"),
        [
            ("POST", {"batchOrders": batch(*[{}] * 6)}, -4082),
            ("POST", {"batchOrders": "[]"}, -4082),
            ("POST", {"batchOrders": "[1]"}, -1130),
            ("POST", {"batchOrders": "{"}, -1130),
            ("POST", {}, -1102),
            ("DELETE", {"symbol": "BTCUSDT", "orderIdList": json.dumps(list(range(11)))}, -4032),
            ("DELETE", {"symbol": "BTCUSDT"}, -1102),
        ],
    )
    def test_batches_that_are_none(self, exchange, method, values, expected):
        assert code(exchange.signed(method, "/fapi/v1/batchOrders", **values)) == (400, expected)


class TestOneOrder:
    def test_change_and_its_history(self, exchange):
        order_id = exchange.done("POST", "/fapi/v1/order", **ORDER)["orderId"]
        change = {"symbol": "BTCUSDT", "side": "BUY", "orderId": order_id, "quantity": "2", "price": "98"}

        changed = exchange.done("PUT", "/fapi/v1/order", **change)
        history = exchange.done("GET", "/fapi/v1/orderAmendment", symbol="BTCUSDT", orderId=order_id)

        assert (changed["price"], changed["origQty"], changed["pair"]) == ("98", "2", "BTCUSDT")
        assert [row["amendment"]["origQty"] for row in history] == [{"before": "1", "after": "2"}]
        assert code(exchange.signed("PUT", "/fapi/v1/order", **change)) == (400, -5027)

    def test_trial_order_leaves_no_trace(self, exchange):
        before = exchange.state()

        answer = exchange.done("POST", "/fapi/v1/order/test", **ORDER)

        assert answer["price"] == "99"
        assert exchange.state() == before
        assert code(exchange.signed("POST", "/fapi/v1/order/test", **(ORDER | {"quantity": "0"}))) == (400, -4003)

    def test_countdown_cancels(self, exchange):
        exchange.done("POST", "/fapi/v1/order", **ORDER)

        exchange.done("POST", "/fapi/v1/countdownCancelAll", symbol="BTCUSDT", countdownTime=1000)
        exchange.clock(step_ms=1000)

        assert exchange.done("GET", "/fapi/v1/openOrders") == []

    def test_forced_closes_are_listed_by_kind(self, exchange):
        exchange.buy("2")
        exchange.control("deleverage", account=KEY, symbol="BTCUSDT", quantity="1")

        every = exchange.done("GET", "/fapi/v1/forceOrders")
        liquidations = exchange.done("GET", "/fapi/v1/forceOrders", symbol="BTCUSDT", autoCloseType="LIQUIDATION")

        assert [row["clientOrderId"] for row in every] == ["adl_autoclose"]
        assert liquidations == []
        assert code(exchange.signed("GET", "/fapi/v1/forceOrders", autoCloseType="X")) == (400, -1130)

    def test_liquidation_is_listed(self, tmp_path):
        market = ScriptedMarket({"BTCUSDT": [(0, "100", "9"), (1000, "20", "9")], "ETHUSDT": [(0, "50", "9")]})
        with running(tmp_path, market=market) as exchange:
            for _ in range(10):
                exchange.buy("120")
            exchange.clock(step_ms=1000)

            (row,) = exchange.done("GET", "/fapi/v1/forceOrders", autoCloseType="LIQUIDATION")
            balance = exchange.done("GET", "/fapi/v3/balance")[0]["balance"]

        assert row["clientOrderId"].startswith("autoclose-")
        assert (row["status"], balance) == ("FILLED", "0")

    def test_matched_price_and_prevention_mode_are_read_back(self, exchange):
        values = ORDER | {"priceMatch": "QUEUE_5", "selfTradePreventionMode": "EXPIRE_BOTH"}
        del values["price"]

        placed = exchange.done("POST", "/fapi/v1/order", **values)

        assert (placed["price"], placed["priceMatch"]) == ("99.6", "QUEUE_5")
        assert placed["selfTradePreventionMode"] == "EXPIRE_BOTH"

    def test_trailing_stop_over_the_wire(self, exchange):
        exchange.buy()

        placed = exchange.stop(
            type="TRAILING_STOP_MARKET", closePosition="false", triggerPrice="", quantity="1", callbackRate="1.5"
        )

        assert (placed["orderType"], placed["callbackRate"]) == ("TRAILING_STOP_MARKET", "1.5")
