"""Slippage is positive when it cost us, on both sides."""

from decimal import Decimal

import pytest

from exchange.types import Side
from trading.core.slippage import bounded_price, slippage_bps


@pytest.mark.parametrize(
    ("price", "reference", "side", "bps"),
    [
        ("100.5", "100", Side.BUY, "50.00"),
        ("100.5", "100", Side.SELL, "-50.00"),
        ("99.5", "100", Side.SELL, "50.00"),
        ("100", "100", Side.BUY, "0.00"),
        ("8.5001", "8.5", Side.BUY, "0.12"),
    ],
)
def test_basis_points_against_the_decision(price: str, reference: str, side: Side, bps: str) -> None:
    assert slippage_bps(price=Decimal(price), reference=Decimal(reference), side=side) == Decimal(bps)


def test_without_a_reference_nothing_is_said() -> None:
    assert slippage_bps(price=Decimal(1), reference=None, side=Side.BUY) is None


def test_the_bound_lies_on_the_worse_side() -> None:
    assert bounded_price(reference=Decimal(100), side=Side.BUY, max_slippage_pct=Decimal("0.5")) == Decimal("100.5")
    assert bounded_price(reference=Decimal(100), side=Side.SELL, max_slippage_pct=Decimal("0.5")) == Decimal("99.5")
