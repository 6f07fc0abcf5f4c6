"""The prices an entry can pay: nothing fills worse than its bound, nothing costs more than its highest price."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.types import PositionSide, Side
from tests.rules_of_symbols import symbol_rules
from trading.core.entry_prices import distance_pct, is_past, prices_at_once, prices_in_steps, venue_bound

LONG, SHORT = PositionSide.LONG, PositionSide.SHORT
prices = st.decimals(min_value="0.5", max_value="5000", places=3)
slippages = st.decimals(min_value="0.01", max_value="10", places=2)


@pytest.mark.parametrize(
    ("side", "limit", "worst", "highest"),
    [
        (SHORT, "95", "95", "100"),  # sold at the market, at the limit at the worst
        (SHORT, "105", "105", "105"),
        (SHORT, None, "100", "100"),
        (LONG, "95", "95", "95"),
        (LONG, "105", "105", "105"),
        (LONG, None, "100", "100"),
    ],
)
def test_one_order(side: PositionSide, limit: str | None, worst: str, highest: str) -> None:
    found = prices_at_once(
        limit=None if limit is None else Decimal(limit), last_price=Decimal(100), position_side=side
    )  # fmt: skip

    assert (found.worst, found.highest, found.bound) == (Decimal(worst), Decimal(highest), Decimal(worst))
    assert found.distance(Decimal("0.18")) == Decimal("0.18")


@pytest.mark.parametrize(
    ("side", "limit", "worst", "highest", "bound"),
    [
        (SHORT, "105", "100", "105", "99"),
        (SHORT, "98", "98", "100", "98"),
        (LONG, "95", "100", "101", "101"),
        (LONG, "102", "102", "102", "102"),
    ],
)
def test_in_steps_the_market_counts_beside_the_limit(
    side: PositionSide, limit: str, worst: str, highest: str, bound: str
) -> None:
    found = prices_in_steps(
        limit=Decimal(limit),
        last_price=Decimal(100),
        middle=Decimal(100),
        position_side=side,
        max_slippage_pct=Decimal(1),
    )

    assert (found.worst, found.highest, found.bound) == (Decimal(worst), Decimal(highest), Decimal(bound))


@given(limit=prices, last=prices, side=st.sampled_from([LONG, SHORT]), slippage=slippages)
def test_a_stop_is_never_farther_than_reckoned_from_any_fill_within_the_bound(
    limit: Decimal, last: Decimal, side: PositionSide, slippage: Decimal
) -> None:
    found = prices_in_steps(
        limit=limit, last_price=last, middle=None, position_side=side, max_slippage_pct=slippage
    )  # fmt: skip

    sign = 1 if side is SHORT else -1
    assert max(found.worst, found.bound) <= found.highest or side is SHORT
    assert sign * (found.worst - found.bound) >= 0
    assert found.distance(Decimal("0.1")) >= Decimal("0.0999999")


def test_without_the_middle_the_bound_starts_from_the_limit() -> None:
    found = prices_in_steps(
        limit=Decimal(100), last_price=Decimal(100), middle=None, position_side=LONG, max_slippage_pct=Decimal(2)
    )

    assert found.bound == Decimal(102)


def test_distances_are_told_in_percent_of_the_last_price() -> None:
    assert distance_pct(Decimal(95), Decimal(100)) == distance_pct(Decimal(105), Decimal(100)) == 5


def test_the_venue_bounds_buys_above_and_sells_below() -> None:
    rules = replace(symbol_rules(), price_up_ratio=Decimal("1.05"), price_down_ratio=Decimal("0.95"))

    assert venue_bound(last_price=Decimal(100), side=Side.BUY, rules=rules) == 105
    assert venue_bound(last_price=Decimal(100), side=Side.SELL, rules=rules) == 95
    unbounded = replace(rules, price_up_ratio=Decimal(0))
    assert venue_bound(last_price=Decimal(100), side=Side.BUY, rules=unbounded) is None


@pytest.mark.parametrize(
    ("side", "last", "expected"),
    [(SHORT, "118", True), (SHORT, "117", False), (LONG, "82", True), (LONG, "83", False)],
)
def test_a_price_at_the_stop_has_passed_it(side: PositionSide, last: str, expected: bool) -> None:
    stop = Decimal(118) if side is SHORT else Decimal(82)

    assert is_past(stop, last_price=Decimal(last), position_side=side) is expected
