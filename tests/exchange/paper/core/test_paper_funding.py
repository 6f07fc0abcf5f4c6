"""Funding: when it is paid, by whom, how much, and what the account is told."""

import pytest

from exchange.paper.core.funding_rates import FundingTerms, funding_rate, rate_of
from exchange.paper.core.terms import Terms
from tests.exchange.paper.scripted import HOUR_MS, T0, D, Desk, ScriptedMarket

REAL = Terms(has_funding=True)
TO_MIDNIGHT_MS = 24 * HOUR_MS - T0 % (24 * HOUR_MS)


def paying_desk(**more):
    desk = Desk([], terms=REAL, **more)
    desk.do("set_funding", symbol="BTCUSDT", rate="0.001", intervalHours="8")
    return desk


@pytest.mark.parametrize(
    ("premium", "rate"),
    [
        ("0", "0.0001"),
        ("0.0005", "0.0001"),
        ("-0.0003", "0.0001"),
        ("0.001", "0.0005"),
        ("-0.001", "-0.0005"),
        ("0.0006", "0.0001"),
    ],
)
def test_rate_is_the_premium_drawn_toward_the_interest_by_at_most_five_basis_points(premium, rate):
    assert rate_of(D(premium)) == D(rate)


@pytest.mark.parametrize(
    ("closes", "hours", "rate"),
    [
        (["100"] * 24, 8, "0.0001"),
        (["100"] * 24, 4, "0.00005"),
        (["100"] * 23 + ["110"], 8, "0.00427178"),
        (["100"] * 23 + ["90"], 8, "-0.00431172"),
        (["100"] * 23 + ["300"], 8, "0.02"),
        ([], 8, "0.0001"),
    ],
)
def test_rate_follows_the_hours_that_have_closed_and_keeps_its_caps(closes, hours, rate):
    market = ScriptedMarket({"BTCUSDT": [(0, "100", "1")]}, closes=closes)

    assert funding_rate(market, "BTCUSDT", FundingTerms(interval_hours=hours), at_ms=T0) == D(rate)


def test_settlements_lie_on_multiples_of_the_interval_from_midnight():
    eight, one = FundingTerms(), FundingTerms(interval_hours=1)

    assert eight.next_ms(T0) == T0 - T0 % (8 * HOUR_MS) + 8 * HOUR_MS
    assert one.next_ms(T0 + 1) == T0 + HOUR_MS
    assert one.next_ms(one.next_ms(T0)) == T0 + 2 * HOUR_MS


@pytest.mark.parametrize(("side", "sign"), [("BUY", -1), ("SELL", 1)])
def test_longs_pay_shorts_at_a_positive_rate(side, sign):
    desk = paying_desk()
    desk.market_order(side, "10")
    before = desk.wallet

    desk.after(TO_MIDNIGHT_MS)

    assert desk.income("FUNDING_FEE") == [sign * D(1)]
    assert desk.wallet - before == sign * D(1)


def test_nothing_is_due_a_millisecond_before_the_settlement():
    desk = paying_desk()
    desk.market_order("BUY", "10")

    desk.after(TO_MIDNIGHT_MS - 1)
    before = desk.income("FUNDING_FEE")
    desk.after(TO_MIDNIGHT_MS)

    assert (before, len(desk.income("FUNDING_FEE"))) == ([], 1)


def test_each_settlement_is_paid_once_however_time_passes():
    desk = paying_desk()
    desk.market_order("BUY", "10")

    for hour in range(1, 60):
        desk.after(hour * HOUR_MS)

    days_ms = 59 * HOUR_MS
    assert len(desk.income("FUNDING_FEE")) == (T0 + days_ms) // (8 * HOUR_MS) - T0 // (8 * HOUR_MS)


def test_every_symbol_and_leg_is_settled_at_its_time_whatever_else_is_due_then():
    desk = Desk([], terms=REAL)
    desk.do("set_position_mode", dualSidePosition="true")
    for symbol, side in (("BTCUSDT", "LONG"), ("BTCUSDT", "SHORT"), ("ETHUSDT", "LONG")):
        desk.do("set_funding", symbol=symbol, rate="0.001", intervalHours="8")
        way = "BUY" if side == "LONG" else "SELL"
        values = {"symbol": symbol, "side": way, "positionSide": side, "type": "MARKET", "quantity": "10"}
        desk.do("place_order", **values)
    desk.order(positionSide="LONG", timeInForce="GTD", goodTillDate=str(T0 + TO_MIDNIGHT_MS))

    desk.after(TO_MIDNIGHT_MS)

    assert desk.income("FUNDING_FEE") == [D(-1), D(1), D("-0.5")]


def test_symbols_keep_intervals_of_their_own():
    desk = Desk([], terms=REAL)
    for symbol, hours in (("BTCUSDT", "1"), ("ETHUSDT", "4")):
        desk.do("set_funding", symbol=symbol, rate="0.001", intervalHours=hours)
        desk.do("place_order", symbol=symbol, side="BUY", type="MARKET", quantity="10")

    desk.after(24 * HOUR_MS)

    paid = [row.symbol for row in desk.account.ledger.rows if row.income_type == "FUNDING_FEE"]
    assert (paid.count("BTCUSDT"), paid.count("ETHUSDT")) == (24, 6)


def test_position_opened_at_the_settlement_pays_only_the_next_one():
    desk = paying_desk()
    desk.after(TO_MIDNIGHT_MS)

    desk.market_order("BUY", "10")
    desk.after(TO_MIDNIGHT_MS + 8 * HOUR_MS)

    assert len(desk.income("FUNDING_FEE")) == 1


def test_a_flat_account_pays_nothing():
    desk = paying_desk()
    desk.market_order("BUY", "10")
    desk.market_order("SELL", "10")

    desk.after(TO_MIDNIGHT_MS)

    assert not desk.income("FUNDING_FEE")


def test_cross_event_names_symbol_and_balance_but_no_position():
    desk = paying_desk()
    desk.market_order("BUY", "10")

    desk.after(TO_MIDNIGHT_MS)

    told = desk.events("ACCOUNT_UPDATE")[-1]["a"]
    assert (told["m"], told["S"], told["P"]) == ("FUNDING_FEE", "BTCUSDT", [])
    assert told["B"][0]["bc"] == "-1"


def test_isolated_position_pays_from_its_own_wallet():
    desk = paying_desk()
    desk.do("set_margin_type", symbol="BTCUSDT", marginType="ISOLATED")
    desk.market_order("BUY", "10")

    desk.after(TO_MIDNIGHT_MS)

    told = desk.events("ACCOUNT_UPDATE")[-1]["a"]
    assert desk.position().isolated_wallet == D("50.05") - 1
    assert [(row["s"], row["iw"]) for row in told["P"]] == [("BTCUSDT", "49.05")]


def test_income_row_of_funding_has_no_trade():
    desk = paying_desk()
    desk.market_order("BUY", "10")
    desk.after(TO_MIDNIGHT_MS)

    row = desk.account.ledger.rows[-1]

    assert (row.income_type, row.trade_id, row.symbol, row.at_ms) == (
        "FUNDING_FEE", "", "BTCUSDT", T0 + TO_MIDNIGHT_MS,
    )  # fmt: skip


def test_an_exchange_without_funding_pays_none():
    desk = Desk([])
    desk.market_order("BUY", "10")

    desk.after(100 * HOUR_MS)

    assert not desk.income("FUNDING_FEE")
    assert desk.engine.state.funding_rate("BTCUSDT") == 0


@pytest.mark.parametrize("values", [{"intervalHours": "3"}, {"symbol": "NOPEUSDT"}, {"rate": "much"}])
def test_nonsense_funding_is_refused(values):
    desk = Desk([], terms=REAL)

    assert desk.refusal("set_funding", **({"symbol": "BTCUSDT"} | values)) in (-1130, -1121, -1100)
