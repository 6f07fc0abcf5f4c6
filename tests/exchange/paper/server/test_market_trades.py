"""Trade streams: the trades of REST's lists, each once, in order."""

from itertools import pairwise

import pytest

from exchange.paper.server.routes_book import aggregated_trades, trades
from tests.exchange.paper.scripted import D
from tests.exchange.paper.server.market_ear import listening

MINUTE_MS = 60_000
MEMBERS = ("a", "p", "q", "nq", "f", "l", "T", "m")


@pytest.fixture
def ear(tmp_path):
    with listening(tmp_path) as ear:
        yield ear


def test_aggregates_are_those_of_rest(ear):
    since_ms = ear.rest(aggregated_trades, symbol="BTCUSDT", limit=1)[0]["T"]
    ear.follow("btcusdt@aggTrade")

    told = ear.after(10 * MINUTE_MS)

    rows = ear.rest(aggregated_trades, symbol="BTCUSDT", fromId=since_ms)[1:]
    assert len(rows) >= 40
    assert [{name: message[name] for name in MEMBERS} for message in told] == rows
    assert {(m["e"], m["E"], m["s"], m["st"]) for m in told} == {("aggTrade", ear.host.engine.now_ms, "BTCUSDT", 1)}


def test_single_trades_are_those_of_rest(ear):
    ear.follow("btcusdt@trade")

    told = ear.after(3 * MINUTE_MS)

    rows = ear.rest(trades, symbol="BTCUSDT", limit=len(told) + 1)[1:]
    assert [(m["t"], m["p"], m["q"], m["T"], m["m"]) for m in told] == [
        (row["id"], row["price"], row["qty"], row["time"], row["isBuyerMaker"]) for row in rows
    ]


def test_each_trade_is_told_once(ear):
    ear.follow("btcusdt@aggTrade")

    told = [message["a"] for _ in range(40) for message in ear.after(3000)]

    rows = ear.rest(aggregated_trades, symbol="BTCUSDT", limit=len(told))
    assert told == [row["a"] for row in rows]
    assert len(set(told)) == len(told) >= 7


def test_none_is_lost_in_a_leap(ear):
    ear.follow("btcusdt@aggTrade")

    told = ear.after(3 * 60 * MINUTE_MS, rounds=10)

    rows = ear.rest(aggregated_trades, symbol="BTCUSDT", limit=1000)[-len(told) :]
    assert len(told) >= 700
    assert [message["a"] for message in told] == [row["a"] for row in rows]


def test_trades_before_the_subscription_are_not_told(ear):
    ear.follow("btcusdt@aggTrade")

    assert ear.after(150) == []


def test_maker_shows_in_the_direction_of_the_price(ear):
    ear.follow("btcusdt@aggTrade")
    before = ear.rest(aggregated_trades, symbol="BTCUSDT", limit=1)[0]

    told = ear.after(2 * MINUTE_MS)

    prices = [D(before["p"]), *(D(message["p"]) for message in told)]
    assert [m["m"] for m in told] == [later < earlier for earlier, later in pairwise(prices)]
