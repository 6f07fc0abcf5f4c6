"""Sums over fills."""

from dataclasses import dataclass
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from exchange.types import Side
from trading.core.tally import tally


@dataclass
class Trade:
    side: str
    price: Decimal
    quantity: Decimal
    realized_pnl: Decimal = Decimal(0)
    commission: Decimal = Decimal("0.01")
    commission_asset: str = "USDT"
    commission_usdt: Decimal | None = None


numbers = st.decimals(min_value="0.001", max_value="1000", places=3)
trades = st.lists(st.builds(Trade, side=st.sampled_from(["BUY", "SELL"]), price=numbers, quantity=numbers))


def test_no_fills_are_nothing() -> None:
    sums = tally([], entry_side=Side.SELL)

    assert (sums.open_quantity, sums.entry_price, sums.exit_price, sums.result) == (0, None, None, 0)


def test_a_short_in_two_fills_closed_in_one() -> None:
    fills = [
        Trade("SELL", Decimal(100), Decimal(1)),
        Trade("SELL", Decimal(106), Decimal(2)),
        Trade("BUY", Decimal(98), Decimal(3), realized_pnl=Decimal(18)),
    ]

    sums = tally(fills, entry_side=Side.SELL)

    assert (sums.entered, sums.exited, sums.open_quantity) == (3, 3, 0)
    assert (sums.entry_price, sums.exit_price) == (104, 98)
    assert (sums.realized_pnl, sums.commission, sums.result) == (18, Decimal("0.03"), Decimal("17.97"))


def test_the_entry_of_a_position_that_was_added_to_is_the_mean_weighted_by_quantity() -> None:
    fills = [Trade("BUY", Decimal(100), Decimal(1)), Trade("BUY", Decimal(110), Decimal("0.5"))]

    price = tally(fills, entry_side=Side.BUY).entry_price

    assert price is not None
    assert price.quantize(Decimal("0.01")) == Decimal("103.33")


@given(trades)
def test_open_is_entered_less_exited_in_any_order_of_fills(fills: list[Trade]) -> None:
    forwards, backwards = tally(fills, entry_side=Side.BUY), tally(fills[::-1], entry_side=Side.BUY)

    assert forwards.open_quantity == backwards.open_quantity == forwards.entered - forwards.exited
    assert forwards.entered + forwards.exited == sum((fill.quantity for fill in fills), Decimal(0))


@given(trades)
def test_an_average_price_lies_between_the_prices_of_its_fills(fills: list[Trade]) -> None:
    price = tally(fills, entry_side=Side.BUY).entry_price
    entries = [fill.price for fill in fills if fill.side == "BUY"]

    assert (price is None) == (not entries)
    if price is not None:
        assert min(entries) - Decimal("1e-20") <= price <= max(entries) + Decimal("1e-20")


def test_commission_in_another_asset_counts_once_its_value_is_known() -> None:
    fills = [
        Trade("SELL", Decimal(100), Decimal(1), Decimal(0), Decimal("0.0001"), "BNB", Decimal("0.06")),
        Trade("BUY", Decimal(90), Decimal(1), Decimal(10), Decimal("0.0002"), "BNB"),
    ]

    sums = tally(fills, entry_side=Side.SELL)

    assert (sums.commission, sums.result) == (Decimal("0.06"), Decimal("9.94"))
    assert sums.other_commissions == {"BNB": Decimal("0.0002")}


def test_commission_in_another_asset_is_kept_apart() -> None:
    fills = [
        Trade("SELL", Decimal(100), Decimal(1), commission=Decimal("0.05")),
        Trade("BUY", Decimal(90), Decimal(1), Decimal(10), Decimal("0.0001"), "BNB"),
        Trade("BUY", Decimal(90), Decimal(1), Decimal(10), Decimal("0.0002"), "BNB"),
    ]

    sums = tally(fills, entry_side=Side.SELL)

    assert sums.commission == Decimal("0.05")
    assert sums.other_commissions == {"BNB": Decimal("0.0003")}
    assert sums.result == Decimal("19.95")
