"""Ticker and price streams: REST's rows under the stream's letters."""

import pytest

from exchange.paper.server.market_streams.tickers import DAY, MINI
from exchange.paper.server.routes_funding import premium_index
from exchange.paper.server.routes_market import ticker_day
from exchange.paper.server.routes_statistics import asset_index
from tests.exchange.paper.scripted import ScriptedMarket, symbol_row
from tests.exchange.paper.server.market_ear import listening


@pytest.fixture
def ear(tmp_path):
    with listening(tmp_path) as ear:
        yield ear


@pytest.mark.parametrize(
    ("name", "event", "members"), [("ticker", "24hrTicker", DAY), ("miniTicker", "24hrMiniTicker", MINI)]
)
def test_ticker_is_that_of_rest(ear, name, event, members):
    ear.follow(f"btcusdt@{name}")

    (message,) = ear.after(2000)

    row = ear.rest(ticker_day, symbol="BTCUSDT")
    assert {letter: message[letter] for letter in members} == {letter: row[key] for letter, key in members.items()}
    assert (message["e"], message["s"], message["ps"], message["st"]) == (event, "BTCUSDT", "BTCUSDT", 1)
    assert message["E"] == ear.host.engine.now_ms


@pytest.mark.parametrize("name", ["!ticker@arr", "!miniTicker@arr"])
def test_tickers_of_the_market_hold_those_that_changed(ear, name):
    ear.follow(name)

    (everything,) = ear.after(1000)
    ear.after(1000)
    (later,) = ear.after(20_000)

    listed = list(ear.host.venue.listed(ear.host.engine.now_ms))
    assert [row["s"] for row in everything] == listed
    assert {row["s"] for row in later} <= set(listed)
    assert all(row["E"] == ear.host.engine.now_ms for row in later)


def test_market_where_nothing_traded_says_nothing(tmp_path):
    with listening(tmp_path, ScriptedMarket({"BTCUSDT": [(0, "100", "1")]})) as ear:
        ear.follow("!miniTicker@arr")
        first = ear.after(1000)

        assert len(first) == 1
        assert ear.after(1000) == []


@pytest.mark.parametrize(("name", "period_ms"), [("btcusdt@markPrice", 3000), ("btcusdt@markPrice@1s", 1000)])
def test_mark_price_is_that_of_rest_in_its_rhythm(ear, name, period_ms):
    ear.follow(name)
    early = ear.after(period_ms - 1)

    (message,) = ear.after(20_001)

    row = ear.rest(premium_index, symbol="BTCUSDT")
    assert early == []
    assert message == {
        "e": "markPriceUpdate", "E": row["time"], "s": "BTCUSDT", "p": row["markPrice"], "ap": row["markPrice"],
        "i": row["indexPrice"], "P": row["estimatedSettlePrice"], "r": row["lastFundingRate"],
        "T": row["nextFundingTime"], "st": 1,
    }  # fmt: skip


def test_mark_prices_of_all_are_one_message(ear):
    ear.follow("!markPrice@arr@1s")

    (rows,) = ear.after(1000)

    assert {row["s"]: row["p"] for row in rows} == {row["symbol"]: row["markPrice"] for row in ear.rest(premium_index)}


class MetalMarket(ScriptedMarket):
    def symbol_info(self, symbol, now_ms):
        row = super().symbol_info(symbol, now_ms)
        return {**row, "contractType": "TRADIFI_PERPETUAL"} if symbol == "XAUUSDT" else row


def test_contracts_on_metals_come_in_a_message_of_their_own(tmp_path):
    market = MetalMarket({"BTCUSDT": [(0, "100", "1")], "XAUUSDT": [(0, "2700", "1")]})
    with listening(tmp_path, market) as ear:
        ear.follow("!markPrice@arr@1s")

        messages = ear.after(1000)

    assert symbol_row("XAUUSDT")["contractType"] == "PERPETUAL"
    assert [[row["s"] for row in rows] for rows in messages] == [["BTCUSDT"], ["XAUUSDT"]]


def test_asset_indexes_are_those_of_rest(ear):
    ear.follow("!assetIndex@arr", "btcusd@assetIndex")

    rows, single = ear.after(1000)

    answer = ear.rest(asset_index)
    assert [(row["s"], row["i"], row["B"], row["G"]) for row in rows] == [
        (row["symbol"], row["index"], row["bidRate"], row["autoExchangeAskRate"]) for row in answer
    ]
    assert single == rows[0]
