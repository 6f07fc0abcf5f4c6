"""The buy/sell ratio of the last six hours against that of the earlier ones."""

from decimal import Decimal

import pytest

from risk.filters.buy_acceleration import buy_acceleration
from risk.verdict import Outcome, Verdict
from signals.strategies.filter_settings import FilterSettings
from tests.risk.filters.bars import Number, context, hours_of

RANGES = FilterSettings().buy_accel_danger_ranges
MUCH = 10**9  # sold each hour: what keeps the divisor from 0 is lost in the rounding of a metric
NUDGE = Decimal("0.000001")


def judged(acceleration: Number, *, earlier: int = 18) -> Verdict:
    """Earlier hours with as many buys as sells, and six with a ratio that is larger by ``acceleration``.

    The tiny addend to each hour's sells is taken from them here, so that ratios and bounds meet exactly.
    """
    addend = Decimal("1e-10")
    buys = [Decimal(MUCH)] * earlier + [MUCH * (1 + Decimal(acceleration))] * 6
    return buy_acceleration(context(hours_of(buys=buys, sells=[MUCH - addend] * (earlier + 6))), danger_ranges=RANGES)


@pytest.mark.parametrize(("low", "high"), RANGES)
def test_both_bounds_of_a_danger_range_are_rejected_and_what_lies_beside_passes(low: Decimal, high: Decimal) -> None:
    inside = low, (low + high) / 2, high
    beside = low - NUDGE, high + NUDGE

    assert [judged(value).outcome for value in inside] == [Outcome.REJECT] * 3
    assert [judged(value).outcome for value in beside] == [Outcome.PASS] * 2


@pytest.mark.parametrize("acceleration", ["0", "-0.06", "0.01", "0.05", "0.119999999", "0.15", "1", "5"])
def test_the_reference_points_outside_and_inside(acceleration: str) -> None:
    expected = Outcome.REJECT if acceleration == "0.119999999" else Outcome.PASS

    assert judged(acceleration).outcome is expected


@pytest.mark.parametrize(("earlier", "outcome"), [(5, Outcome.UNAVAILABLE), (6, Outcome.REJECT), (18, Outcome.REJECT)])
def test_it_needs_twelve_hours(earlier: int, outcome: Outcome) -> None:
    assert judged("0.5", earlier=earlier).outcome is outcome


def test_the_25th_bar_is_not_among_the_earlier_ones() -> None:
    seen = context(hours_of(buys=["1000", *["1"] * 18, *["1.5"] * 6], sells=["1"] * 25))

    verdict = buy_acceleration(seen, danger_ranges=RANGES)

    assert verdict.outcome is Outcome.REJECT
    assert verdict.metrics["earlier_ratio"] == "1.000000"
    assert verdict.metrics["recent_ratio"] == "1.500000"
    assert verdict.metrics["hours"] == "24"


def test_an_hour_without_sells_has_a_very_large_ratio() -> None:
    seen = context(hours_of(buys=["1"] * 12, sells=["1"] * 11 + ["0"]))

    verdict = buy_acceleration(seen, danger_ranges=RANGES)

    assert verdict.outcome is Outcome.PASS
    assert Decimal(verdict.metrics["recent_ratio"]) > 10**9


def test_the_reason_names_value_and_range() -> None:
    verdict = judged("0.5")

    assert verdict.reason == "0.500000 is in the danger range 0.2 to 0.99"
    assert verdict.metrics["danger_ranges"] == "-0.05 to -0.042, 0.118 to 0.12, 0.0117 to 0.03, 0.2 to 0.99"
