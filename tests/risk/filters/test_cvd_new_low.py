"""The cumulative volume delta against its own past."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.filters.cvd_new_low import cvd_new_low
from risk.verdict import Outcome
from tests.risk.filters.bars import context, hours_of


def judged(deltas: list[int], *, lookback_hours: int = 24) -> Outcome:
    """Hours in which takers bought 1000 + delta and sold 1000."""
    seen = context(hours_of(buys=[1000 + delta for delta in deltas], sells=[1000] * len(deltas)))
    return cvd_new_low(seen, lookback_hours=lookback_hours).outcome


@pytest.mark.parametrize(
    ("deltas", "outcome"),
    [
        ([5, -3, -1], Outcome.REJECT),  # sums 5, 2, 1
        ([5, -3, 0], Outcome.REJECT),  # 5, 2, 2: as low as the lowest
        ([5, -3, 1], Outcome.PASS),  # 5, 2, 3
        ([-5, 3, -2], Outcome.PASS),  # -5, -2, -4
        ([-5, 3, -3], Outcome.REJECT),  # -5, -2, -5
        ([1, 1, 1], Outcome.PASS),
        ([0, 0], Outcome.REJECT),  # nothing moved: still the lowest
        ([0, 1], Outcome.PASS),
    ],
)
def test_a_last_sum_that_none_is_below_is_rejected(deltas: list[int], outcome: Outcome) -> None:
    assert judged(deltas) is outcome


def test_only_the_hours_of_the_lookback_count() -> None:
    deltas = [-100, 1, 50, -3, 1]

    assert judged(deltas, lookback_hours=3) is Outcome.PASS
    assert judged(deltas, lookback_hours=2) is Outcome.PASS
    assert judged([*deltas, -10], lookback_hours=3) is Outcome.REJECT
    assert judged([*deltas, -10], lookback_hours=24) is Outcome.PASS


def test_the_25th_hour_back_is_outside_a_lookback_of_24() -> None:
    deltas = [0, 50, *[-1] * 23]

    assert judged(deltas, lookback_hours=25) is Outcome.PASS
    assert judged(deltas, lookback_hours=24) is Outcome.REJECT


@pytest.mark.parametrize(("bars", "outcome"), [(0, Outcome.UNAVAILABLE), (1, Outcome.UNAVAILABLE), (2, Outcome.REJECT)])
def test_it_needs_two_hours(bars: int, outcome: Outcome) -> None:
    assert judged([0] * bars) is outcome


def test_the_numbers_are_kept() -> None:
    seen = context(hours_of(buys=["2.5", "1"], sells=["1", "2"]))

    rejected = cvd_new_low(seen, lookback_hours=24)

    assert rejected.metrics == {"cvd": "0.5", "lowest_cvd": "0.5", "hours": "2"}
    assert rejected.reason == "volume delta 0.5 is the lowest of 2 h"


@given(st.lists(st.integers(min_value=-1000, max_value=1000), min_size=2, max_size=24))
def test_it_rejects_just_when_no_stretch_up_to_now_has_net_buying(deltas: list[int]) -> None:
    has_net_buying = any(sum(deltas[start:]) > 0 for start in range(1, len(deltas)))

    assert judged(deltas) is (Outcome.PASS if has_net_buying else Outcome.REJECT)


def test_volumes_of_many_digits_are_summed_exactly() -> None:
    tiny = Decimal("0.00000001")
    seen = context(hours_of(buys=["123456789012", tiny, 0], sells=[0, 0, tiny]))

    assert cvd_new_low(seen, lookback_hours=24).outcome is Outcome.REJECT
    assert cvd_new_low(context([*seen.hours[:-1]]), lookback_hours=24).outcome is Outcome.PASS
