"""Faults of requests, as a client of the REST interface sees them, and what the exchange did meanwhile."""

import time

import httpx2
import pytest

from exchange.paper.core.refusals import TEXTS
from tests.exchange.paper.faults.faulty import (
    closing_stop,
    faults,
    market_buy,
    order_ids,
    set_fault,
    struck,
)
from tests.exchange.paper.scripted import KEY, T0
from tests.exchange.paper.server.running import wait_for

ORDER = "POST /fapi/v1/order"


def place(exchange, **changes):
    return exchange.signed("POST", "/fapi/v1/order", **market_buy(**changes))


def test_request_lost_breaks_the_connection_and_places_nothing(exchange):
    set_fault(exchange, "request_lost", request=ORDER, count=1)

    with pytest.raises(httpx2.TransportError):
        place(exchange, newClientOrderId="lost")

    assert order_ids(exchange) == []
    assert place(exchange, newClientOrderId="next").status_code == 200
    assert order_ids(exchange) == ["next"]


def test_answer_lost_breaks_the_connection_after_the_order_was_placed(exchange):
    set_fault(exchange, "answer_lost", request=ORDER, count=1)

    with pytest.raises(httpx2.TransportError):
        place(exchange, newClientOrderId="kept")

    assert order_ids(exchange) == ["kept"]
    asked = exchange.done("GET", "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="kept")
    assert asked["status"] == "FILLED"


@pytest.mark.parametrize("before", [False, True])
def test_late_answer_takes_its_time(exchange, before):
    set_fault(exchange, "late_answer", request=ORDER, ms=150, before=before)

    started = time.monotonic()
    answer = place(exchange)

    assert answer.status_code == 200
    assert time.monotonic() - started >= 0.15


@pytest.mark.parametrize(("before", "expected"), [(False, ["late"]), (True, [])])
def test_client_that_gives_up_on_a_late_answer_may_have_an_order(exchange, before, expected):
    set_fault(exchange, "late_answer", request=ORDER, ms=1500, before=before)
    query = {"timestamp": exchange.now_ms()} | market_buy(newClientOrderId="late")
    text = "&".join(f"{name}={value}" for name, value in query.items())

    with pytest.raises(httpx2.TimeoutException):
        exchange.http.post(
            f"/fapi/v1/order?{text}&signature={exchange.sign(text)}", headers={"X-MBX-APIKEY": KEY}, timeout=0.3
        )

    assert order_ids(exchange) == expected


@pytest.mark.parametrize(("word", "status"), [("rate_limited", 429), ("banned", 418)])
def test_limits_answer_with_retry_after(exchange, word, status):
    set_fault(exchange, word, retry_after_s=7, count=2)

    answers = [exchange.http.get("/fapi/v1/time") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [status, status, 200]
    assert answers[0].headers["Retry-After"] == "7"
    assert answers[0].json()["code"] == -1003


@pytest.mark.parametrize(
    ("kind", "status", "code", "text"),
    [
        ("unknown", 503, 0, "Unknown error, please check your request or try again later."),
        ("timeout", 408, -1007, "Timeout waiting for response from backend server. Send status unknown"),
        ("not_executed", 503, 0, "Service Unavailable."),
        ("internal", 503, -1001, "Internal error; unable to process your request. Please try again."),
        ("throttled", 503, -1008, "Request throttled by system-level protection."),
    ],
)
@pytest.mark.parametrize("executed", [False, True])
def test_server_errors_come_with_and_without_execution(exchange, kind, status, code, text, executed):
    set_fault(exchange, "server_error", request=ORDER, kind=kind, executed=executed, count=1)

    answer = place(exchange, newClientOrderId="maybe")

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["msg"].startswith(text)
    assert order_ids(exchange) == (["maybe"] if executed else [])


def test_bad_gateway_is_no_json(exchange):
    set_fault(exchange, "server_error", kind="bad_gateway")

    answer = exchange.http.get("/fapi/v1/time")

    assert answer.status_code == 502
    assert answer.text.startswith("<html>")


@pytest.mark.parametrize(
    ("fields", "status", "body"),
    [
        ({"code": -1006}, 400, {"code": -1006}),
        ({"code": -2010, "message": "No."}, 400, {"code": -2010, "msg": "No."}),
        ({"code": -2027}, 400, {"code": -2027, "msg": TEXTS[-2027]}),
        ({"code": -1000, "status": 504}, 504, {"code": -1000, "msg": TEXTS[-1000]}),
    ],
)
def test_any_code_can_be_answered(exchange, fields, status, body):
    set_fault(exchange, "error_code", request=ORDER, **fields)

    answer = place(exchange)

    assert answer.status_code == status
    assert body.items() <= answer.json().items()
    assert order_ids(exchange) == []


class TestStopRefused:
    def test_stop_of_an_open_position_is_refused_and_other_orders_are_not(self, exchange):
        set_fault(exchange, "stop_refused", count=1)
        before = exchange.signed("POST", "/fapi/v1/algoOrder", **closing_stop()).json()["code"]
        exchange.buy()

        refused = exchange.signed("POST", "/fapi/v1/algoOrder", **closing_stop())
        target = exchange.stop(type="TAKE_PROFIT_MARKET", triggerPrice="110")

        assert before == -4509
        assert refused.json() == {"code": -4045, "msg": TEXTS[-4045]}
        assert target["algoStatus"] == "NEW"
        assert struck(exchange) == [1]
        assert exchange.stop()["algoStatus"] == "NEW"

    def test_code_is_chosen(self, exchange):
        set_fault(exchange, "stop_refused", code=-2021)
        exchange.buy()

        assert exchange.signed("POST", "/fapi/v1/algoOrder", **closing_stop()).json()["code"] == -2021


def test_insufficient_margin_refuses_what_opens_and_lets_close(exchange):
    exchange.buy()
    set_fault(exchange, "insufficient_margin")

    refused = place(exchange, quantity="0.1").json()

    assert refused["code"] == -2019
    assert place(exchange, side="SELL", reduceOnly="true").status_code == 200
    assert struck(exchange) == [1]


def test_revoked_key_is_refused_from_then_on_and_the_public_is_not(exchange):
    exchange.buy()
    set_fault(exchange, "key_revoked", account=KEY)

    answers = [exchange.signed("GET", "/fapi/v3/account"), exchange.keyed("POST", "/fapi/v1/listenKey")]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(401, -2015)] * 2
    assert exchange.http.get("/fapi/v1/time", headers={"X-MBX-APIKEY": KEY}).status_code == 200
    assert struck(exchange) == [2]


def test_drifting_clock_shows_its_own_time_and_judges_timestamps_by_it(exchange):
    set_fault(exchange, "clock_drift", offset_ms=60_000)

    shown = exchange.now_ms()
    by_its_clock = exchange.signed("GET", "/fapi/v3/account", timestamp=shown)
    by_market_time = exchange.signed("GET", "/fapi/v3/account", timestamp=T0)

    assert shown == T0 + 60_000
    assert by_its_clock.status_code == 200
    assert by_market_time.json()["code"] == -1021
    assert exchange.state()["market_ms"] == T0


class TestWhichRequests:
    def test_paths_and_methods(self, exchange):
        set_fault(exchange, "error_code", code=-1, request=["GET /fapi/v1/ping", "DELETE /fapi/v1/order"])

        assert exchange.http.get("/fapi/v1/ping").status_code == 400
        assert exchange.http.get("/fapi/v1/time").status_code == 200

    @pytest.mark.parametrize(
        ("wanted", "spared"),
        [
            ({"symbol": "ETHUSDT"}, {"symbol": "BTCUSDT"}),
            ({"side": "SELL"}, {"side": "BUY"}),
            ({"client_id": "dl*-e?"}, {"newClientOrderId": "dl1-s1"}),
            ({"account": "other"}, {}),
            ({"order_type": "LIMIT"}, {"type": "MARKET"}),
        ],
    )
    def test_orders_that_are_not_meant_are_spared(self, exchange, wanted, spared):
        set_fault(exchange, "error_code", code=-1, **wanted)

        assert place(exchange, **spared).status_code == 200
        assert [row["met"] for row in faults(exchange)] == [0]

    def test_orders_that_are_meant_are_struck(self, exchange):
        fields = {"symbol": "BTCUSDT", "side": "BUY", "client_id": "dl*-e?", "account": KEY, "order_type": "MARKET"}
        set_fault(exchange, "error_code", code=-1, **fields)

        assert place(exchange, newClientOrderId="dl77-e1").status_code == 400

    def test_one_order_of_a_batch_is_enough(self, exchange):
        set_fault(exchange, "error_code", code=-1, symbol="ETHUSDT")
        batch = '[{"symbol":"BTCUSDT","side":"BUY"},{"symbol":"ETHUSDT","side":"BUY"}]'

        assert exchange.signed("POST", "/fapi/v1/batchOrders", batchOrders=batch).json()["code"] == -1

    def test_control_is_never_disturbed(self, exchange):
        set_fault(exchange, "request_lost")

        assert exchange.get("/control/clock").status_code == 200


class TestWhen:
    def test_from_a_market_instant_for_a_while(self, exchange):
        set_fault(exchange, "error_code", code=-1, request="GET /fapi/v1/ping", at=T0 + 1000, for_market_s=1)

        seen = []
        for _ in range(4):
            seen.append(exchange.http.get("/fapi/v1/ping").status_code)
            exchange.clock(step_ms=600)

        assert seen == [200, 200, 400, 400]
        assert exchange.http.get("/fapi/v1/ping").status_code == 200

    def test_for_a_while_of_wall_time_though_the_clock_is_held(self, exchange):
        set_fault(exchange, "error_code", code=-1, request="GET /fapi/v1/ping", for_s=0.3)

        assert exchange.http.get("/fapi/v1/ping").status_code == 400
        wait_for(lambda: exchange.http.get("/fapi/v1/ping").status_code == 200)

    def test_after_a_while_of_wall_time(self, exchange):
        set_fault(exchange, "error_code", code=-1, request="GET /fapi/v1/ping", in_s=0.3)

        assert exchange.http.get("/fapi/v1/ping").status_code == 200
        wait_for(lambda: exchange.http.get("/fapi/v1/ping").status_code == 400)

    def test_after_some_matches_every_second_twice(self, exchange):
        set_fault(exchange, "error_code", code=-1, request="GET /fapi/v1/ping", after=2, every=2, count=2)

        seen = [exchange.http.get("/fapi/v1/ping").status_code for _ in range(8)]

        assert seen == [200, 200, 200, 400, 200, 400, 200, 200]
        assert [(row["met"], row["struck"], row["active"]) for row in faults(exchange)] == [(8, 2, False)]

    def test_first_fault_decides_and_the_others_count(self, exchange):
        set_fault(exchange, "error_code", code=-1, request="GET /fapi/v1/ping")
        set_fault(exchange, "error_code", code=-2, request="GET /fapi/v1/ping")

        assert exchange.http.get("/fapi/v1/ping").json()["code"] == -1
        assert struck(exchange) == [1, 1]
