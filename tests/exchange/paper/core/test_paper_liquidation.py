"""Margin calls, liquidation, auto-deleveraging and what the insurance fund does."""

import pytest

from exchange.paper.core.balances import position_liquidation_price
from exchange.paper.core.liquidation import pools
from exchange.types import VenueStatus
from tests.exchange.paper.scripted import D, Desk


def leveraged(points, *, deposit="1000", side="BUY", quantity="100", isolated=False):
    """100 BTC at about 100 USDT, which need 500 USDT of margin at 20 times."""
    desk = Desk(points, deposit=deposit)
    if isolated:
        desk.do("set_margin_type", symbol="BTCUSDT", marginType="ISOLATED")
    desk.market_order(side, quantity)
    return desk


def test_cross_position_is_closed_when_the_mark_reaches_the_liquidation_price():
    desk = leveraged([(1000, "90.8", "5"), (2000, "90.3", "5"), (3000, "80", "5")])
    price = position_liquidation_price(desk.engine.state, desk.account, desk.position())

    desk.after(1000)
    held = desk.position().quantity
    desk.after(2000)

    assert D("90.3") < price < D("90.8")
    assert (held, desk.position().quantity) == (D(100), D(0))


def test_short_is_liquidated_by_a_rise():
    desk = leveraged([(1000, "109.3", "5"), (2000, "109.7", "5")], side="SELL")

    desk.after(1000)
    held = desk.position().quantity
    desk.after(2000)

    assert (held, desk.position().quantity) == (D(-100), D(0))


def test_events_and_order_are_the_liquidation_engines():
    desk = leveraged([(1000, "90.3", "5")])

    desk.after(1000)

    orders = [row["o"] for row in desk.events("ORDER_TRADE_UPDATE")]
    assert orders[-1]["c"].startswith("autoclose-")
    assert (orders[-1]["x"], orders[-1]["X"], orders[-1]["S"]) == ("CALCULATED", "FILLED", "SELL")
    assert [row["a"]["m"] for row in desk.events("ACCOUNT_UPDATE")][-2:] == ["ORDER", "INSURANCE_CLEAR"]


def test_clearance_fee_is_taken_from_what_is_left_at_most():
    desk = leveraged([(1000, "90.3", "5")])

    desk.after(1000)

    assert desk.wallet == 0
    assert sum(desk.income("INSURANCE_CLEAR")) < 0


def test_gap_through_bankruptcy_leaves_an_empty_wallet_and_no_debt():
    desk = leveraged([(1000, "50", "5")])

    desk.after(1000)

    assert (desk.wallet, desk.position().quantity) == (D(0), D(0))
    assert sum(row.amount for row in desk.account.ledger.rows) == 0


def test_isolated_loss_ends_at_its_wallet():
    desk = leveraged([(1000, "50", "5")], isolated=True)
    cross_before = desk.wallet - desk.position().isolated_wallet

    desk.after(1000)

    assert desk.position().quantity == 0
    assert desk.wallet == cross_before


def test_open_orders_are_taken_off_first():
    desk = leveraged([(1000, "90.3", "5")])
    desk.order(symbol="ETHUSDT", price="40")
    desk.algo(triggerPrice="89")

    desk.after(1000)

    assert [o.status for o in desk.account.orders.values() if o.symbol == "ETHUSDT"] == [VenueStatus.EXPIRED]
    assert not desk.account.open_algos
    assert "5" in [row["o"]["er"] for row in desk.events("ORDER_TRADE_UPDATE")]


def test_stop_at_the_same_price_goes_before_the_liquidation():
    desk = leveraged([(1000, "90.3", "5")])
    desk.algo(triggerPrice="91")

    desk.after(1000)

    assert not any(o.client_order_id.startswith("autoclose-") for o in desk.account.orders.values())
    assert desk.position().quantity == 0


def test_margin_call_comes_once_before_and_again_after_recovery():
    path = [(1000, "90.55", "5"), (2000, "90.54", "5"), (3000, "100", "5"), (4000, "90.55", "5")]
    desk = leveraged(path)

    desk.after(2000)
    first = len(desk.events("MARGIN_CALL"))
    desk.after(4000)

    assert (first, len(desk.events("MARGIN_CALL"))) == (1, 2)
    row = desk.events("MARGIN_CALL")[0]
    assert row["p"][0]["mt"] == "CROSSED"
    assert D(row["cw"]) == desk.wallet


def test_isolated_pools_are_apart():
    desk = leveraged([(1000, "96", "5")], isolated=True)
    desk.do("place_order", symbol="ETHUSDT", side="BUY", type="MARKET", quantity="1")
    desk.after(1000)

    keys = [pool.key for pool in pools(desk.engine.state, desk.account)]

    assert keys == ["", "BTCUSDT BOTH"]


def test_price_of_the_notional_at_the_liquidation_price_decides_the_bracket():
    """A short grows into the next bracket: 495 BTC are worth 49,500 now and more than 50,000 when liquidated."""
    desk = Desk([], deposit="4000")
    desk.market_order("SELL", "100")
    for _ in range(4):
        desk.market_order("SELL", "98.75")

    price = position_liquidation_price(desk.engine.state, desk.account, desk.position())

    quantity = -desk.position().quantity
    loss = quantity * (price - desk.position().entry_price)
    assert quantity * price > 50_000
    assert abs(desk.wallet - loss - (quantity * price * D("0.01") - 300)) < D("0.001")


def test_deleveraging_closes_at_the_mark_with_its_own_client_id():
    desk = leveraged([])

    answer = desk.do("deleverage", symbol="BTCUSDT", quantity="40")

    last = desk.events("ORDER_TRADE_UPDATE")[-1]["o"]
    assert (answer["quantity"], desk.position().quantity) == ("40", D(60))
    assert (last["c"], last["x"], last["L"]) == ("adl_autoclose", "CALCULATED", "100")


def test_deleveraging_needs_a_position():
    assert Desk([]).refusal("deleverage", symbol="BTCUSDT") == -4054


@pytest.mark.parametrize("step_ms", [130, 999, 20_000])
def test_liquidation_does_not_depend_on_the_steps(step_ms):
    path = [(i * 700, str(D(100) - D(i) / 5), "0.4") for i in range(1, 80)]
    whole, stepped = leveraged(path), leveraged(path)

    whole.after(60_000)
    for ms in range(0, 60_001, step_ms):
        stepped.after(ms)
    stepped.after(60_000)

    assert whole.position().quantity == 0
    assert whole.engine.records == stepped.engine.records
