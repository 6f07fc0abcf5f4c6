"""Limits of a position that grows, and which of the settings about changes raise risk."""

from decimal import Decimal

import pytest

from risk.change_direction import raising
from risk.limit_settings import RiskSettings
from risk.limits import LimitCode
from risk.limits_changes import grown_share_refusal


@pytest.mark.parametrize(
    ("margin", "equity", "pct", "is_refused"),
    [("499", "1000", "50", False), ("501", "1000", "50", True), ("900", "1000", "0", False), ("1", "0", "50", True)],
)
def test_the_whole_position_counts_against_its_share(margin: str, equity: str, pct: str, is_refused: bool) -> None:
    settings = RiskSettings(max_position_pct=Decimal(pct))

    found = grown_share_refusal(margin=Decimal(margin), equity=Decimal(equity), settings=settings)

    assert (found is not None and found.code is LimitCode.POSITION_SHARE) is is_refused


def test_without_a_known_equity_another_limit_speaks() -> None:
    assert grown_share_refusal(margin=Decimal(1), equity=None, settings=RiskSettings()) is None


def test_letting_stops_be_loosened_raises_risk_and_forbidding_it_does_not() -> None:
    assert raising({"adjust_may_loosen": False}, {"adjust_may_loosen": True}) == ("adjust_may_loosen",)
    assert raising({"adjust_may_loosen": True}, {"adjust_may_loosen": False}) == ()


def test_a_wider_bound_of_the_price_raises_risk() -> None:
    assert raising({"max_slippage_pct": Decimal("0.5")}, {"max_slippage_pct": Decimal(1)}) == ("max_slippage_pct",)
    assert raising({"max_slippage_pct": Decimal(1)}, {"max_slippage_pct": Decimal("0.5")}) == ()
