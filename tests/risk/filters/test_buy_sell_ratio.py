"""The largest growth of buys against that of sells, and of buys alone."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.filters.buy_sell_ratio import buy_sell_ratio
from risk.filters.intraday_buy_ratio import intraday_buy_ratio
from risk.verdict import Outcome, Verdict
from signals.strategies.filter_settings import FilterSettings
from tests.risk.filters.bars import Number, context, hours_of

RATIO_RANGES = FilterSettings().buy_sell_ratio_danger_ranges
BUY_RANGES = FilterSettings().intraday_buy_ratio_danger_ranges


def ratio_of(*, buys: list[Number], sells: list[Number]) -> Verdict:
    return buy_sell_ratio(context(hours_of(buys=buys, sells=sells)), danger_ranges=RATIO_RANGES)


def burst_of(buys: list[Number]) -> Verdict:
    return intraday_buy_ratio(context(hours_of(buys=buys)), danger_ranges=BUY_RANGES)


@pytest.mark.parametrize(
    ("burst", "outcome"),
    [
        ("93", Outcome.PASS),
        ("93.99", Outcome.PASS),
        ("94", Outcome.REJECT),
        ("100", Outcome.REJECT),
        ("112", Outcome.REJECT),
        ("112.01", Outcome.PASS),
    ],
)
def test_a_ratio_in_its_danger_range_is_rejected_bounds_included(burst: str, outcome: Outcome) -> None:
    verdict = ratio_of(buys=["10", burst], sells=["10", "100"])

    assert verdict.outcome is outcome


@pytest.mark.parametrize(
    ("burst", "outcome"),
    [
        ("2.77", Outcome.PASS),
        ("2.78", Outcome.REJECT),
        ("3.71", Outcome.REJECT),
        ("3.72", Outcome.PASS),
        ("24.99", Outcome.PASS),
        ("25", Outcome.REJECT),
        ("29", Outcome.REJECT),
        ("29.01", Outcome.PASS),
    ],
)
def test_a_burst_in_one_of_its_danger_ranges_is_rejected_bounds_included(burst: str, outcome: Outcome) -> None:
    assert burst_of(["1", burst, "1"]).outcome is outcome


def test_the_largest_growths_need_not_be_of_the_same_hour() -> None:
    verdict = ratio_of(buys=["1", "8", "4", "4"], sells=["1", "1", "1", "2"])

    assert verdict.metrics == {
        "buy_sell_ratio": "4.000000",
        "max_buy_growth": "8.000000",
        "max_sell_growth": "2.000000",
        "hours": "4",
        "danger_ranges": "0.94 to 1.12",
    }


def test_without_any_growth_of_sells_the_ratio_is_zero() -> None:
    verdict = ratio_of(buys=["1", "5"], sells=["0", "7"])

    assert (verdict.outcome, verdict.metrics["buy_sell_ratio"]) == (Outcome.PASS, "0.000000")


def test_an_hour_after_one_without_buys_has_no_growth() -> None:
    assert burst_of(["0", "28", "28"]).metrics["max_buy_growth"] == "1.000000"


@pytest.mark.parametrize("bars", [0, 1])
def test_both_need_two_hours(bars: int) -> None:
    verdicts = [ratio_of(buys=["1"] * bars, sells=["1"] * bars), burst_of(["1"] * bars)]

    assert [verdict.outcome for verdict in verdicts] == [Outcome.UNAVAILABLE] * 2
    assert ratio_of(buys=["1", "1"], sells=["1", "1"]).outcome is Outcome.REJECT
    assert burst_of(["1", "3"]).outcome is Outcome.REJECT


def test_only_the_last_twelve_hours_count() -> None:
    burst = ["1", "3", *["3"] * 10]

    assert burst_of(burst).outcome is Outcome.REJECT
    assert burst_of([*burst, "3"]).outcome is Outcome.PASS


def test_the_reasons_name_value_and_range() -> None:
    assert ratio_of(buys=["1", "2"], sells=["1", "2"]).reason == "1.000000 is in the danger range 0.94 to 1.12"
    assert burst_of(["1", "26"]).reason == "26.000000 is in the danger range 25 to 29"


volumes = st.lists(st.integers(min_value=1, max_value=10**6), min_size=2, max_size=12)


@given(buys=volumes, scale=st.sampled_from([Decimal("0.001"), Decimal(8), Decimal(1000)]))
def test_the_unit_of_volume_does_not_matter(buys: list[int], scale: Decimal) -> None:
    scaled = [buy * scale for buy in buys]

    assert ratio_of(buys=scaled, sells=buys).metrics["buy_sell_ratio"] == "1.000000"
    assert burst_of(scaled).metrics == burst_of([*buys]).metrics
