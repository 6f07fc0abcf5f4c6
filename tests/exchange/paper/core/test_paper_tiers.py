"""Liquidation bracket by bracket, as REALISTIC terms have it."""

import pytest

from exchange.paper.core.terms import Terms
from tests.exchange.paper.scripted import D, Desk

BY_TIER = Terms(liquidates_by_tier=True)
STEEP = [
    {"initialLeverage": 75, "notionalFloor": 0, "notionalCap": 50000, "maintMarginRatio": 0.004, "cum": 0},
    {"initialLeverage": 20, "notionalFloor": 50000, "notionalCap": 1000000, "maintMarginRatio": 0.025, "cum": 1050},
]


def large(points, *, isolated=False, deposit="5000", terms=BY_TIER):
    """600 BTC, 60,000 USDT: the second bracket, whose floor is 50,000."""
    desk = Desk(points, deposit=deposit, terms=terms, turnover="150000000000")
    desk.market.brackets = lambda symbol: {"symbol": symbol, "brackets": STEEP}
    if isolated:
        desk.do("set_margin_type", symbol="BTCUSDT", marginType="ISOLATED")
    for _ in range(6):
        desk.market_order("BUY", "100")
    return desk


def autocloses(desk):
    return [o for o in desk.account.orders.values() if o.client_order_id.startswith("autoclose-")]


def test_the_part_above_the_brackets_floor_goes_first_and_the_rest_stays_when_that_suffices():
    desk = large([(1000, "92.4", "5")], deposit="4950")

    desk.after(1000)

    assert len(autocloses(desk)) == 1
    assert 0 < desk.position().quantity * D("92.4") <= 50_000
    assert desk.position().quantity + D("0.001") > 50_000 / D("92.4")


def test_a_smaller_fall_than_the_whole_pool_would_survive_costs_less():
    parted, whole = (large([(1000, "92.4", "5")], deposit="4950", terms=terms) for terms in (BY_TIER, Terms()))

    parted.after(1000)
    whole.after(1000)

    assert whole.position().quantity == 0
    assert sum(parted.income("INSURANCE_CLEAR")) > sum(whole.income("INSURANCE_CLEAR"))
    assert parted.wallet > whole.wallet


@pytest.mark.parametrize("isolated", [False, True])
def test_a_deep_fall_takes_tier_after_tier_in_the_same_moment(isolated):
    desk = large([(1000, "70", "5")], isolated=isolated, deposit="5000")
    aside = desk.wallet - desk.position().isolated_wallet

    desk.after(1000)

    assert desk.position().quantity == 0
    assert desk.wallet == (aside if isolated else 0)


def test_clearance_fee_of_a_part_is_of_that_part():
    desk = large([(1000, "92.4", "5")], deposit="4950")

    desk.after(1000)

    (order,) = autocloses(desk)
    fee = D("0.0125") * order.executed * order.average_price
    assert desk.income("INSURANCE_CLEAR") == [-fee.quantize(D("0.00000001"))]


def test_isolated_part_leaves_the_cross_wallet_no_worse():
    desk = large([(1000, "95.7", "5")], isolated=True, deposit="20000")
    aside = desk.wallet - desk.position().isolated_wallet

    desk.after(1000)

    assert len(autocloses(desk)) >= 1
    assert desk.wallet - desk.position().isolated_wallet >= aside


def test_the_position_that_lost_most_goes_first():
    desk = large([(1000, "92.2", "5")], deposit="5070")
    desk.do("place_order", symbol="ETHUSDT", side="SELL", type="MARKET", quantity="20")

    desk.after(1000)

    assert {order.symbol for order in autocloses(desk)} == {"BTCUSDT"}
    assert desk.account.position("ETHUSDT", "BOTH").quantity == -20


def test_every_step_is_told():
    desk = large([(1000, "70", "5")])

    desk.after(1000)

    calculated = [row["o"] for row in desk.events("ORDER_TRADE_UPDATE") if row["o"]["x"] == "CALCULATED"]
    assert len(calculated) == len(autocloses(desk)) == 1 + (D(50_000) / 70 < 600)
    assert desk.events("ACCOUNT_UPDATE")[-1]["a"]["m"] == "INSURANCE_CLEAR"
