"""Faults of requests over the WebSocket API."""

import time

import pytest
from websockets.exceptions import ConnectionClosed

from tests.exchange.paper.faults.faulty import market_buy, order_ids, set_fault, struck
from tests.exchange.paper.scripted import KEY, T0
from tests.exchange.paper.server.running import wait_for
from tests.exchange.paper.server.ws_client import api


@pytest.mark.parametrize(("word", "expected"), [("request_lost", []), ("answer_lost", ["mine"])])
def test_connection_breaks_before_or_after_the_order_was_placed(exchange, word, expected):
    set_fault(exchange, word, request="order.place", count=1)

    with api(exchange) as client:
        client.send("order.place", **client.sealed(**market_buy(newClientOrderId="mine")))
        with pytest.raises(ConnectionClosed):
            client.receive()

    assert order_ids(exchange) == expected
    with api(exchange) as again:
        assert again.done("order.place", **market_buy())["symbol"] == "BTCUSDT"


@pytest.mark.parametrize("executed", [False, True])
def test_server_error_carries_the_id_and_the_venue_s_code(exchange, executed):
    set_fault(exchange, "server_error", kind="timeout", request="order.place", executed=executed)

    with api(exchange) as client:
        answer = client.signed("order.place", "id-7", **market_buy(newClientOrderId="maybe"))

    assert (answer["id"], answer["status"], answer["error"]["code"]) == ("id-7", 408, -1007)
    assert order_ids(exchange) == (["maybe"] if executed else [])


def test_late_answer_does_not_hold_up_others(exchange):
    set_fault(exchange, "late_answer", request="order.place", ms=300)

    with api(exchange) as client:
        client.send("order.place", 1, **client.sealed(**market_buy()))
        started = time.monotonic()
        first, second = client.ask("ping", 2), client.receive()

    assert (first["id"], second["id"]) == (2, 1)
    assert time.monotonic() - started >= 0.25


def test_stop_is_refused_after_an_entry(exchange):
    exchange.buy()
    set_fault(exchange, "stop_refused")
    stop = {"algoType": "CONDITIONAL", "symbol": "BTCUSDT", "side": "SELL", "type": "STOP_MARKET"}

    with api(exchange) as client:
        answer = client.signed("algoOrder.place", **stop, triggerPrice="95", closePosition="true")

    assert answer["error"]["code"] == -4045
    assert struck(exchange) == [1]


def test_revoked_key_is_refused(exchange):
    set_fault(exchange, "key_revoked", account=KEY)

    with api(exchange) as client:
        assert client.signed("account.balance")["error"]["code"] == -2015
        assert client.ask("time")["status"] == 200


def test_drifting_clock_counts_here_too(exchange):
    set_fault(exchange, "clock_drift", offset_ms=-120_000)

    with api(exchange) as client:
        shown = client.ask("time")["result"]["serverTime"]
        by_its_clock = client.signed("account.balance", timestamp=shown)
        by_market_time = client.signed("account.balance", timestamp=T0)

    assert shown == T0 - 120_000
    assert by_its_clock["status"] == 200
    assert by_market_time["error"]["code"] == -1021


def test_rest_is_spared_by_faults_of_a_method(exchange):
    set_fault(exchange, "error_code", code=-1, request="order.place")

    exchange.buy(newClientOrderId="rest")

    wait_for(lambda: order_ids(exchange) == ["rest"])


@pytest.mark.parametrize("frame", ["{nonsense", "[]", '"text"', '{"id":1,"method":5,"params":[]}'])
def test_frames_that_make_no_sense_are_answered_as_ever(exchange, frame):
    set_fault(exchange, "late_answer", ms=1)

    with api(exchange) as client:
        assert client.say(frame)["status"] == 400
