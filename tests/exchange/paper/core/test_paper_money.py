"""Money in several assets: transfers, fees in BNB, isolated margin by hand, multi-assets mode, starting anew."""

import pytest

from exchange.paper.core.balances import balances
from exchange.paper.core.fees import BURN_SHARE
from exchange.paper.core.margin_moves import margin_change_row
from tests.exchange.paper.scripted import D, Desk


def test_withdrawal_takes_what_is_free_and_no_more():
    desk = Desk([], deposit="1000")
    desk.market_order("BUY", "100")
    free = balances(desk.engine.state, desk.account).withdrawable

    assert desk.refusal("withdraw", amount=f"{free + D('0.01'):f}") == -2018

    desk.do("withdraw", amount=f"{free:f}")
    assert desk.income("TRANSFER") == [D(1000), -free]
    assert desk.events("ACCOUNT_UPDATE")[-1]["a"]["m"] == "WITHDRAW"


def test_unrealised_profit_cannot_leave():
    desk = Desk([(1000, "150", "5")], deposit="1000")
    desk.market_order("BUY", "100")
    desk.after(1000)

    found = balances(desk.engine.state, desk.account)

    assert found.available > found.withdrawable


def test_other_assets_are_kept_apart():
    desk = Desk([])

    desk.do("deposit", amount="2", asset="BNB")

    assert (desk.wallet, desk.account.ledger.balance("BNB")) == (D(10_000), D(2))
    assert desk.events("ACCOUNT_UPDATE")[-1]["a"]["B"] == [{"a": "BNB", "wb": "2", "cw": "2", "bc": "2"}]
    assert desk.refusal("withdraw", amount="3", asset="BNB") == -2018


def burning_desk(*, amount="1", bnb="600"):
    desk = Desk([], bnb=bnb)
    desk.do("deposit", amount=amount, asset="BNB")
    desk.do("set_fee_burn", feeBurn="true")
    return desk


def test_burned_fee_is_a_tenth_cheaper_and_paid_in_bnb():
    desk = burning_desk()

    desk.market_order("BUY", "10")

    fee = D("1001") * D("0.0005") * BURN_SHARE / 600
    fill = desk.account.fills[-1]
    assert (fill.commission_asset, fill.commission) == ("BNB", fee.quantize(D("1e-8")))
    assert desk.wallet == D(10_000)
    assert desk.account.ledger.balance("BNB") == 1 - fill.commission
    assert [row.asset for row in desk.account.ledger.rows if row.income_type == "COMMISSION"] == ["BNB"]


def test_events_name_the_fee_asset_and_both_balances():
    desk = burning_desk()

    desk.market_order("BUY", "10")

    assert desk.events("ORDER_TRADE_UPDATE")[-1]["o"]["N"] == "BNB"
    assert [row["a"] for row in desk.events("ACCOUNT_UPDATE")[-1]["a"]["B"]] == ["USDT", "BNB"]


@pytest.mark.parametrize(("amount", "bnb"), [("0.0000001", "600"), ("1", None)])
def test_fee_falls_back_to_usdt_without_enough_bnb_or_its_price(amount, bnb):
    desk = burning_desk(amount=amount, bnb=bnb)

    desk.market_order("BUY", "10")

    assert desk.account.fills[-1].commission_asset == "USDT"


def test_break_even_counts_a_burned_fee_at_its_worth():
    desk = burning_desk()

    desk.market_order("BUY", "10")

    assert desk.position().break_even_price == D("100.1") * (1 + D("0.0005") * BURN_SHARE)


def isolated_desk():
    desk = Desk([(1000, "90", "5")])
    desk.do("set_margin_type", symbol="BTCUSDT", marginType="ISOLATED")
    desk.market_order("BUY", "10")
    return desk


def test_added_margin_moves_the_liquidation_away_and_leaves_the_wallet():
    desk = isolated_desk()
    wallet = desk.wallet

    answer = desk.do("move_margin", symbol="BTCUSDT", amount="100.5", type="1")
    desk.after(1000)

    assert answer == {"amount": 100.5, "code": 200, "msg": "Successfully modify position margin.", "type": 1}
    assert (desk.position().isolated_wallet, desk.wallet, desk.position().quantity) == (D("150.55"), wallet, D(10))
    assert desk.events("ACCOUNT_UPDATE")[-1]["a"]["m"] == "MARGIN_TRANSFER"
    assert margin_change_row(desk.account.margin_changes[-1])["amount"] == "100.5"


def test_only_margin_above_the_initial_one_comes_out():
    desk = isolated_desk()
    desk.do("move_margin", symbol="BTCUSDT", amount="100", type="1")

    assert desk.refusal("move_margin", symbol="BTCUSDT", amount="101", type="2") == -4051
    desk.do("move_margin", symbol="BTCUSDT", amount="99", type="2")
    assert desk.position().isolated_wallet == D("51.05")


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"amount": "0"}, -4055),
        ({"type": "3"}, -1130),
        ({"amount": "20000"}, -4050),
        ({"symbol": "ETHUSDT"}, -4049),
        ({"positionSide": "LONG"}, -4061),
    ],
)
def test_refusals_of_margin_moves(values, code):
    desk = isolated_desk()

    assert desk.refusal("move_margin", **({"symbol": "BTCUSDT", "amount": "1", "type": "1"} | values)) == code


def test_margin_needs_a_position():
    desk = Desk([])
    desk.do("set_margin_type", symbol="BTCUSDT", marginType="ISOLATED")

    assert desk.refusal("move_margin", symbol="BTCUSDT", amount="1", type="1") == -4054


def test_multi_assets_mode_counts_other_assets_less_a_haircut():
    desk = Desk([], deposit="100", bnb="600")
    desk.do("deposit", amount="2", asset="BNB")
    before = balances(desk.engine.state, desk.account).available

    desk.do("set_multi_assets", multiAssetsMargin="true")

    assert balances(desk.engine.state, desk.account).available - before == D("1140")
    assert desk.events("ACCOUNT_CONFIG_UPDATE")[-1]["ai"] == {"j": True}
    assert desk.refusal("set_multi_assets", multiAssetsMargin="true") == -4171


def test_multi_assets_and_isolated_margin_exclude_each_other():
    isolated, multi = Desk([]), Desk([])
    isolated.do("set_margin_type", symbol="BTCUSDT", marginType="ISOLATED")
    multi.do("set_multi_assets", multiAssetsMargin="true")

    assert isolated.refusal("set_multi_assets", multiAssetsMargin="true") == -4168
    assert multi.refusal("set_margin_type", symbol="BTCUSDT", marginType="ISOLATED") == -4168


def test_multi_assets_mode_cannot_change_with_open_orders():
    desk = Desk([])
    desk.order()

    assert desk.refusal("set_multi_assets", multiAssetsMargin="true") == -4170


def test_liquidated_multi_assets_account_pays_with_its_other_assets_first():
    desk = Desk([(1000, "50", "5")], deposit="1000", bnb="600")
    desk.do("deposit", amount="1", asset="BNB")
    desk.do("set_multi_assets", multiAssetsMargin="true")
    desk.market_order("BUY", "100")

    desk.after(1000)

    assert "AUTO_EXCHANGE" in {row.income_type for row in desk.account.ledger.rows}
    assert desk.wallet >= 0
    assert desk.account.ledger.balance("BNB") >= 0


def test_reset_account_is_as_new_and_says_so():
    desk = Desk([])
    desk.market_order("BUY", "1")
    desk.order()
    desk.algo()

    desk.do("reset_account", deposit="500")

    account = desk.account
    assert (account.ledger.wallet_balance, list(account.held()), account.fills) == (D(500), [], [])
    assert not account.open_orders and not account.open_algos
    told = [row["a"] for row in desk.events("ACCOUNT_UPDATE")][-2:]
    assert [(row["m"], [leg["pa"] for leg in row["P"]]) for row in told] == [("ADJUSTMENT", ["0"]), ("DEPOSIT", [])]
