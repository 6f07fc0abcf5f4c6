"""Arithmetic of positions, margin and balances against the reference's worked examples."""

from decimal import Decimal

import pytest

from exchange.paper.core.account_answers import account_v3, position_risk_v2, position_risk_v3
from exchange.paper.core.balances import balances
from exchange.paper.core.margin import Bracket, Leg, bracket_at, liquidation_price, maintenance_margin, maximum_notional
from exchange.paper.core.positions import Position, apply_fill
from exchange.types import PositionSide, Side
from tests.exchange.paper.scripted import D, Desk

FLAT_BRACKET = [Bracket(125, D(0), D(10_000_000), D("0.004"), D(0))]


def trade(position, side, quantity, price, fee="0", leverage=None):
    return apply_fill(position, side=side, quantity=D(quantity), price=D(price), fee=D(fee), isolated_leverage=leverage)


def new_position():
    return Position(symbol="BTCUSDT", position_side=PositionSide.BOTH)


@pytest.mark.parametrize(
    ("fills", "quantity", "entry", "realized"),
    [
        ([("BUY", "1", "100")], "1", "100", "0"),
        ([("BUY", "1", "100"), ("BUY", "3", "104")], "4", "103", "0"),
        ([("BUY", "2", "100"), ("SELL", "1", "110")], "1", "100", "10"),
        ([("BUY", "2", "100"), ("SELL", "2", "95")], "0", "0", "-10"),
        ([("SELL", "2", "100"), ("BUY", "1", "90")], "-1", "100", "10"),
        ([("SELL", "1", "100"), ("BUY", "0.3", "104")], "-0.7", "100", "-1.2"),
        ([("BUY", "1", "100"), ("BUY", "0.5", "110")], "1.5", "103.333333333333", "0"),
        ([("BUY", "1", "100"), ("SELL", "3", "110")], "-2", "110", "10"),
        ([("SELL", "1", "100"), ("BUY", "3", "110")], "2", "110", "-10"),
    ],
)
def test_fills_move_quantity_entry_and_realised_pnl(fills, quantity, entry, realized):
    position = new_position()

    total = sum(trade(position, Side(side), amount, price) for side, amount, price in fills)

    assert (position.quantity, position.entry_price, total) == (D(quantity), D(entry), D(realized))
    assert position.realized_total == total


def test_break_even_includes_the_fees():
    position = new_position()

    trade(position, Side.BUY, "100", "0.385", fee="0.0077")

    assert position.break_even_price == D("0.385077")


def test_break_even_starts_anew_when_the_position_flips():
    position = new_position()
    trade(position, Side.BUY, "1", "100", fee="0.05")

    trade(position, Side.SELL, "2", "110", fee="0.11")

    assert position.break_even_price == D("109.945")


def test_isolated_margin_moves_in_at_the_fill_price_and_out_in_proportion():
    position = new_position()

    trade(position, Side.BUY, "2", "100", leverage=10)
    after_entry = position.isolated_wallet
    trade(position, Side.SELL, "1", "120", leverage=10)
    after_half = position.isolated_wallet
    trade(position, Side.SELL, "1", "120", leverage=10)

    assert (after_entry, after_half, position.isolated_wallet) == (D(20), D(10), D(0))


@pytest.mark.parametrize(
    ("wallet", "quantity", "expected"),
    [("1000", "0.1", "50200.80"), ("1000", "-0.1", "69721.12"), ("300", "0.1", "57228.92"), ("6000", "0.1", "0")],
)
def test_liquidation_price_examples(wallet, quantity, expected):
    price = liquidation_price(
        wallet=D(wallet),
        other_maintenance=D(0),
        other_unrealized=D(0),
        legs=[Leg(PositionSide.BOTH, D(quantity), D(60000))],
        brackets=FLAT_BRACKET,
    )

    assert price.quantize(D("0.01")) == D(expected)


def test_liquidation_price_is_where_the_margin_is_used_up_also_beyond_the_first_bracket():
    brackets = [Bracket(75, D(0), D(50_000), D("0.004"), D(0)), Bracket(20, D(50_000), D(10**7), D("0.01"), D(300))]
    leg = Leg(PositionSide.BOTH, D(-1), D(60000))

    price = liquidation_price(
        wallet=D(5000), other_maintenance=D(0), other_unrealized=D(0), legs=[leg], brackets=brackets
    )

    left = D(5000) + leg.quantity * (price - leg.entry_price) - maintenance_margin(brackets, price)
    assert abs(left) < D("0.001")


@pytest.mark.parametrize(("notional", "leverage"), [("0", 75), ("50000", 75), ("50000.01", 20), ("9e9", 20)])
def test_bracket_of_a_notional(notional, leverage):
    brackets = [Bracket(75, D(0), D(50_000), D("0.004"), D(0)), Bracket(20, D(50_000), D(10**6), D("0.01"), D(300))]

    assert bracket_at(brackets, Decimal(notional)).initial_leverage == leverage


def test_maintenance_margin_has_no_jump_between_brackets():
    brackets = [Bracket(75, D(0), D(50_000), D("0.004"), D(0)), Bracket(20, D(50_000), D(10**6), D("0.01"), D(300))]

    assert maintenance_margin(brackets, D(50_000)) == D(200)
    assert maintenance_margin(brackets, D("50000.01")) == D("200.0001")
    assert [maximum_notional(brackets, leverage) for leverage in (20, 21, 76)] == [D(10**6), D(50_000), D(0)]


def test_balances_of_a_crossed_position_with_an_open_order():
    desk = Desk([(1000, "110", "5")])
    desk.market_order("BUY", "10")
    desk.order(quantity="2", price="90")
    desk.after(1000)

    found = balances(desk.engine.state, desk.account)

    fee = D("1001") * D("0.0005")
    assert found.wallet == D(10_000) - fee
    assert found.unrealized == D("99")
    assert found.position_margin == D("55")
    assert found.order_margin == D("9")
    assert found.available == found.wallet + 99 - 55 - 9
    assert found.maintenance == D("4.4")


def test_isolated_position_is_paid_from_its_own_wallet():
    desk = Desk([(1000, "96", "5")])
    desk.do("set_margin_type", symbol="BTCUSDT", marginType="ISOLATED")
    desk.market_order("BUY", "10")
    desk.after(1000)

    found = balances(desk.engine.state, desk.account)
    row = position_risk_v3(desk.engine.state, desk.account, None)[0]

    assert found.cross_wallet == found.wallet - D("50.05")
    assert found.available == found.cross_wallet
    assert (row["isolatedWallet"], row["isolatedMargin"]) == ("50.05", "9.05")
    assert D(row["liquidationPrice"]).quantize(D("0.01")) == D("95.48")


def test_account_lists_only_what_is_in_use_and_v2_everything():
    desk = Desk([])
    desk.market_order("SELL", "1")

    account = account_v3(desk.engine.state, desk.account)
    risks = position_risk_v2(desk.engine.state, desk.account, None)

    assert [(row["symbol"], row["positionAmt"]) for row in account["positions"]] == [("BTCUSDT", "-1")]
    assert [(row["symbol"], row["leverage"]) for row in risks] == [("BTCUSDT", "20"), ("ETHUSDT", "20")]


def test_every_balance_change_has_its_row():
    desk = Desk([(1000, "110", "5")])
    desk.market_order("BUY", "1")
    desk.after(1000)
    desk.market_order("SELL", "1")
    desk.do("deposit", amount="5.5")

    rows = desk.account.ledger.rows

    assert [row.income_type for row in rows] == ["TRANSFER", "COMMISSION", "REALIZED_PNL", "COMMISSION", "TRANSFER"]
    assert sum(row.amount for row in rows) == desk.account.ledger.wallet_balance
    assert len({row.transaction_id for row in rows}) == len(rows)
