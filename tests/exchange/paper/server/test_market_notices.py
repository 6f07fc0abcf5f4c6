"""Liquidations and changes of contracts."""

from datetime import UTC, datetime

import pytest

from exchange.paper.core.terms import Terms
from exchange.types import to_ms
from tests.exchange.paper.scripted import KEY, T0, D, ScriptedMarket
from tests.exchange.paper.server.market_ear import listening

PLAIN = Terms()
FALL = [(0, "100", "1000"), (60_000, "99", "1000"), (120_000, "60", "1000"), (180_000, "60", "5")]


def falling_market():
    return ScriptedMarket({"BTCUSDT": FALL, "ETHUSDT": [(0, "50", "1000")]})


def go_long(ear, key=KEY):
    ear.host.execute("set_leverage", key, {"symbol": "BTCUSDT", "leverage": "20"})
    order = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "100"}
    for _ in range(9):
        ear.host.execute("place_order", key, order)


@pytest.fixture
def ear(tmp_path):
    with listening(tmp_path, falling_market(), terms=PLAIN) as ear:
        yield ear


def liquidations(ear):
    return [r.payload["o"] for r in ear.host.engine.records if r.payload.get("o", {}).get("x") == "CALCULATED"]


def test_liquidation_is_told_to_the_symbol_and_to_all(ear):
    ear.follow("btcusdt@forceOrder", "!forceOrder@arr", "ethusdt@forceOrder")
    go_long(ear)

    messages = ear.after(121_000)

    order = liquidations(ear)[-1]
    assert [name for name, _ in ear.heard] == ["btcusdt@forceOrder", "!forceOrder@arr"]
    assert messages[0] == messages[1]
    row = messages[0]["o"]
    assert (row["s"], row["S"], row["o"], row["f"], row["X"]) == ("BTCUSDT", "SELL", "LIMIT", "IOC", "FILLED")
    assert (row["q"], row["ap"], row["z"], row["T"]) == (order["q"], order["ap"], order["z"], order["T"])
    assert (messages[0]["e"], messages[0]["ps"]) == ("forceOrder", "BTCUSDT")


def test_only_the_last_liquidation_within_a_second_is_told(ear):
    ear.host.open_account(api_key="k2", api_secret="s2", deposit="10000")
    ear.follow("btcusdt@forceOrder")
    go_long(ear)
    go_long(ear, "k2")

    messages = ear.after(121_000)

    orders = liquidations(ear)
    assert len(orders) >= 2
    assert [message["o"]["ap"] for message in messages] == [orders[-1]["ap"]]


def test_liquidations_before_the_subscription_are_not_told(ear):
    go_long(ear)
    ear.after(121_000)
    ear.follow("!forceOrder@arr")

    assert ear.after(5000) == []


def test_other_trades_are_no_liquidations(ear):
    ear.follow("!forceOrder@arr")
    ear.host.execute("place_order", KEY, {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "1"})

    assert ear.after(5000) == []


def test_listing_and_end_of_a_contract_are_told(tmp_path):
    listed_ms = to_ms(datetime(2024, 9, 16, 11, tzinfo=UTC))
    end_ms = to_ms(datetime(2024, 9, 28, 19, tzinfo=UTC))
    with listening(tmp_path, start_ms=listed_ms - 5000) as ear:
        ear.follow("!contractInfo")
        quiet = ear.after(3000)
        (listing,) = ear.after(3000)
        (end,) = ear.after(end_ms - listed_ms)

    assert quiet == []
    assert (listing["s"], listing["cs"], listing["ct"], listing["ot"]) == (
        "NEIROUSDT", "TRADING", "PERPETUAL", listed_ms,
    )  # fmt: skip
    assert (end["s"], end["cs"], end["dt"]) == ("NEIROUSDT", "SETTLING", end_ms)
    assert "bks" in listing
    assert "bks" not in end


class OtherBrackets(ScriptedMarket):
    """Its brackets can be replaced."""

    shares = (D("0.01"), D("0.02"))

    def brackets(self, symbol):
        (small, large), bounds = self.shares, {"bracket": 1, "notionalFloor": 0, "notionalCap": 5000, "cum": 0}
        rest = {"bracket": 2, "notionalFloor": 5000, "notionalCap": 9000, "cum": 50}
        return {
            "symbol": symbol,
            "brackets": [
                {**bounds, "initialLeverage": 75, "maintMarginRatio": float(small)},
                {**rest, "initialLeverage": 20, "maintMarginRatio": float(large)},
            ],
        }


def test_changed_brackets_are_told_with_the_leverages_they_cover(tmp_path):
    market = OtherBrackets({"BTCUSDT": FALL})
    with listening(tmp_path, market, terms=PLAIN) as ear:
        ear.follow("!contractInfo")
        market.shares = (D("0.03"), D("0.03"))

        (message,) = ear.after(1000)

    assert message["bks"] == [
        {"bs": 1, "bnf": 0, "bnc": 5000, "mmr": 0.03, "cf": 0, "mi": 21, "ma": 75},
        {"bs": 2, "bnf": 5000, "bnc": 9000, "mmr": 0.03, "cf": 50, "mi": 1, "ma": 20},
    ]
    assert (message["e"], message["s"], message["ot"]) == ("contractInfo", "BTCUSDT", T0)
