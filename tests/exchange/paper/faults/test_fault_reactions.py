"""What the desk's own client makes of each fault of a request: one error class, one reaction."""

import time
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from exchange.binance.client import BinanceClient
from exchange.binance.trading import BinanceTrading
from exchange.errors import (
    BadCredentials,
    ExchangeUnavailable,
    OrderRefused,
    OutcomeUnknown,
    RateLimited,
)
from exchange.rate_budget import LocalBudget
from exchange.types import OrderRequest, OrderType, PositionSide, Side
from tests.exchange.paper.faults.faulty import order_ids, set_fault
from tests.exchange.paper.scripted import KEY, SECRET

ORDER = "POST /fapi/v1/order"


@pytest.fixture
def client(exchange):
    url = str(exchange.http.base_url)
    found = BinanceClient(url, api_key=KEY, api_secret=SECRET, budget=LocalBudget())
    yield found
    found.close()


@pytest.fixture
def desk(client):
    return BinanceTrading(client)


def place(desk, client_order_id="entry"):
    return desk.place_order(
        OrderRequest(
            symbol="BTCUSDT",
            side=Side.BUY,
            position_side=PositionSide.BOTH,
            order_type=OrderType.MARKET,
            quantity=Decimal(1),
            client_order_id=client_order_id,
        )
    )


@pytest.mark.parametrize(
    ("word", "fields", "is_placed"),
    [
        ("request_lost", {}, False),
        ("answer_lost", {}, True),
        ("server_error", {"kind": "unknown", "executed": True}, True),
        ("server_error", {"kind": "unknown"}, False),
        ("server_error", {"kind": "timeout", "executed": True}, True),
        ("server_error", {"kind": "internal", "executed": True}, True),
        ("server_error", {"kind": "throttled", "executed": True}, True),
        ("server_error", {"kind": "bad_gateway"}, False),
        ("error_code", {"code": -1006}, False),
    ],
)
def test_outcome_is_unknown_and_the_id_tells(exchange, desk, word, fields, is_placed):
    set_fault(exchange, word, request=ORDER, count=1, **fields)

    with pytest.raises(OutcomeUnknown):
        place(desk)

    assert (desk.order("BTCUSDT", "entry") is not None) == is_placed
    assert order_ids(exchange) == ["entry"] * is_placed


@pytest.mark.parametrize(
    ("word", "fields", "code"),
    [
        ("insufficient_margin", {}, -2019),
        ("error_code", {"code": -2027}, -2027),
        ("error_code", {"code": -4140}, -4140),
    ],
)
def test_refusal_says_that_nothing_was_done(exchange, desk, word, fields, code):
    set_fault(exchange, word, request=ORDER, **fields)

    with pytest.raises(OrderRefused) as refused:
        place(desk)

    assert refused.value.code == code


@pytest.mark.parametrize(("word", "seconds"), [("rate_limited", 7), ("banned", 150)])
def test_limits_name_the_time_until_which_everybody_waits(exchange, desk, word, seconds):
    set_fault(exchange, word, retry_after_s=seconds, request="GET /fapi/v1/openOrders")

    with pytest.raises(RateLimited) as limited:
        desk.open_orders()

    assert abs((limited.value.until - datetime.fromtimestamp(time.time(), UTC)).total_seconds() - seconds) < 3


def test_revoked_key_stops_the_desk(exchange, desk):
    set_fault(exchange, "key_revoked")

    with pytest.raises(BadCredentials):
        desk.positions()


def test_lost_question_may_be_asked_again(exchange, desk):
    set_fault(exchange, "request_lost", request="GET /fapi/v3/positionRisk")

    with pytest.raises(ExchangeUnavailable):
        desk.positions()


def test_clock_that_drifts_is_followed(exchange, desk):
    desk.positions()
    set_fault(exchange, "clock_drift", offset_ms=-30_000)

    assert list(desk.positions()) == []
