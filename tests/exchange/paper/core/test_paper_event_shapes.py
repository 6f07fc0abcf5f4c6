"""Events have the members, and the types, of captured ones of the venue."""

import pytest

from exchange.paper.core.terms import Terms
from tests.exchange.paper.scripted import HOUR_MS, T0, Desk

# Captured ORDER_TRADE_UPDATE of a liquidation, without the members that only trailing orders have.
LIQUIDATED = {
    "s": "BTCUSDT", "c": "autoclose-1234567890123456", "S": "SELL", "o": "MARKET", "f": "GTC", "q": "0.100", "p": "0",
    "ap": "50000.00", "x": "CALCULATED", "X": "FILLED", "i": 9876543210, "l": "0.100", "z": "0.100", "L": "50000.00",
    "N": "USDT", "n": "5.00000000", "T": 1759347763167, "t": 1122334455, "b": "0", "a": "0", "m": False,
    "wt": "CONTRACT_PRICE", "ot": "MARKET", "ps": "LONG", "cp": False, "pP": False, "si": 0, "ss": 0, "rp": "-100.00",
    "gtd": 0,
}  # fmt: skip
ACCOUNT = {"m": "ORDER", "B": [{"a": "USDT", "wb": "122624.1", "cw": "100.1", "bc": "50.1"}], "P": []}
POSITION = {
    "s": "BTCUSDT", "pa": "0", "ep": "0.00000", "bep": "0", "cr": "200", "up": "0", "mt": "isolated",
    "iw": "0.00000000", "ps": "BOTH",
}  # fmt: skip
TRIGGERED = {
    "caid": "O-20251211", "aid": 1000000033225453, "at": "CONDITIONAL", "o": "STOP_MARKET", "s": "DOGEUSDT",
    "S": "BUY", "ps": "BOTH", "f": "GTC", "q": "38", "X": "TRIGGERED", "ai": "88937381063", "ap": "0", "aq": "0",
    "act": "MARKET", "tp": "0.13855", "p": "0", "V": "EXPIRE_MAKER", "wt": "CONTRACT_PRICE", "pm": "NONE",
    "cp": False, "pP": False, "R": False, "tt": 1765431097019, "gtd": 0,
}  # fmt: skip
CALL = {
    "s": "ETHUSDT", "ps": "LONG", "pa": "1.327", "mt": "CROSSED", "iw": "0", "mp": "187.17127", "up": "-1.166074",
    "mm": "1.614445",
}  # fmt: skip


def assert_like(ours, captured):
    """Every captured member is there and has the captured type."""
    assert set(captured) <= set(ours)
    for name, value in captured.items():
        assert isinstance(ours[name], type(value)), name


def liquidated():
    desk = Desk([(1000, "90.55", "5"), (2000, "80", "5")], deposit="1000")
    desk.market_order("BUY", "100")
    desk.after(2000)
    return desk


def test_liquidation():
    assert_like(liquidated().events("ORDER_TRADE_UPDATE")[-1]["o"], LIQUIDATED)


def test_margin_call():
    (call,) = liquidated().events("MARGIN_CALL")

    assert {"e", "E", "cw", "p"} <= set(call)
    assert_like(call["p"][0], CALL)


@pytest.mark.parametrize("place", [0, 1, -1])
def test_account_update(place):
    told = liquidated().events("ACCOUNT_UPDATE")[place]["a"]

    assert_like(told, ACCOUNT)
    assert_like(told["B"][0], ACCOUNT["B"][0])
    for row in told["P"]:
        assert_like(row, POSITION)


def test_conditional_order():
    desk = Desk([(1000, "94", "5")])
    desk.market_order("BUY", "1")
    desk.algo()

    desk.after(1000)

    rows = {row["o"]["X"]: row["o"] for row in desk.events("ALGO_UPDATE")}
    assert_like(rows["TRIGGERED"], TRIGGERED)


def test_funding_names_its_symbol_and_other_updates_none():
    desk = Desk([], terms=Terms(has_funding=True))
    desk.market_order("BUY", "1")
    desk.after(24 * HOUR_MS - T0 % (24 * HOUR_MS))

    updates = [row["a"] for row in desk.events("ACCOUNT_UPDATE")]

    assert [row.get("S") for row in updates] == [None, None, *["BTCUSDT"] * (len(updates) - 2)]
    assert {row["m"] for row in updates[2:]} == {"FUNDING_FEE"}
