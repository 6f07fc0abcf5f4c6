"""How far back lists and single orders reach."""

import pytest

from tests.exchange.paper.scripted import HOUR_MS, T0

DAY_MS = 24 * HOUR_MS
ORDER = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1", "price": "60"}


@pytest.fixture
def aged(exchange):
    """Fills on days 0, 5 and 10, and now is day 10."""
    for _ in range(2):
        exchange.buy()
        exchange.clock(step_ms=5 * DAY_MS)
    exchange.buy()
    return exchange


def days(rows):
    return [(row["time"] - T0) // DAY_MS for row in rows]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [5, 10]),
        ({"startTime": T0}, [0, 5]),
        ({"startTime": T0 + 4 * DAY_MS}, [5, 10]),
        ({"endTime": T0 + 6 * DAY_MS}, [0, 5]),
        ({"startTime": T0 + 4 * DAY_MS, "endTime": T0 + 6 * DAY_MS}, [5]),
    ],
)
@pytest.mark.parametrize("path", ["/fapi/v1/userTrades", "/fapi/v1/allOrders"])
def test_lists_show_a_week_at_a_time(aged, path, query, expected):
    assert days(aged.done("GET", path, symbol="BTCUSDT", **query)) == expected


@pytest.mark.parametrize("path", ["/fapi/v1/userTrades", "/fapi/v1/allOrders", "/fapi/v1/allAlgoOrders"])
def test_longer_windows_are_refused(exchange, path):
    answer = exchange.signed("GET", path, symbol="BTCUSDT", startTime=T0, endTime=T0 + 8 * DAY_MS)

    assert answer.json()["code"] == -4165


def test_ids_reach_back_as_far_as_the_account(aged):
    first = aged.done("GET", "/fapi/v1/userTrades", symbol="BTCUSDT", startTime=T0)[0]

    by_id = aged.done("GET", "/fapi/v1/userTrades", symbol="BTCUSDT", fromId=first["id"])
    by_order = aged.done("GET", "/fapi/v1/userTrades", symbol="BTCUSDT", orderId=first["orderId"])

    assert (days(by_id), days(by_order)) == ([0, 5, 10], [0])
    mixed = aged.signed("GET", "/fapi/v1/userTrades", symbol="BTCUSDT", fromId=1, startTime=T0)
    assert mixed.json()["code"] == -1128


def test_income_reaches_back_a_week_by_default_and_further_when_asked(aged):
    default = aged.done("GET", "/fapi/v1/income", incomeType="COMMISSION")
    asked = aged.done("GET", "/fapi/v1/income", incomeType="COMMISSION", startTime=T0)

    assert (days(default), days(asked)) == ([5, 10], [0, 5, 10])


def test_cancelled_orders_without_fills_are_forgotten_after_three_days(exchange):
    order_id = exchange.done("POST", "/fapi/v1/order", **ORDER)["orderId"]
    ids = {"symbol": "BTCUSDT", "orderId": order_id}
    exchange.done("DELETE", "/fapi/v1/order", **ids)

    exchange.clock(step_ms=3 * DAY_MS)
    known = exchange.done("GET", "/fapi/v1/order", **ids)["status"]
    exchange.clock(step_ms=1)

    assert known == "CANCELED"
    assert exchange.signed("GET", "/fapi/v1/order", **ids).json()["code"] == -2013
    assert exchange.done("GET", "/fapi/v1/allOrders", symbol="BTCUSDT") == []


def test_filled_and_open_orders_are_remembered(exchange):
    filled = exchange.buy()["orderId"]
    resting = exchange.done("POST", "/fapi/v1/order", **ORDER)["orderId"]
    exchange.clock(step_ms=30 * DAY_MS)

    states = [
        exchange.done("GET", "/fapi/v1/order", symbol="BTCUSDT", orderId=order_id)["status"]
        for order_id in (filled, resting)
    ]

    assert states == ["FILLED", "NEW"]
