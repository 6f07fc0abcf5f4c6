"""Runs of hours in which buying multiplied."""

from decimal import Decimal
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.filters.consecutive_buy_ratio import consecutive_buy_ratio
from risk.verdict import Outcome, Verdict
from tests.risk.filters.bars import Number, context, hours_of

THRESHOLD = Decimal("2.5")


def judged(buys: list[Number], *, run_hours: int = 3, min_growth: Decimal = THRESHOLD) -> Verdict:
    return consecutive_buy_ratio(context(hours_of(buys=buys)), run_hours=run_hours, min_growth=min_growth)


@pytest.mark.parametrize(
    ("buys", "longest", "outcome"),
    [
        (["1", "2.6", "6.8", "17.7"], "3", Outcome.REJECT),
        (["1", "2.5", "6.25", "15.625"], "0", Outcome.PASS),  # exactly 2.5 times does not count
        (["1", "2.51", "6.31", "15.8"], "3", Outcome.REJECT),
        (["1", "3", "9", "9"], "2", Outcome.PASS),
        (["1", "3", "9", "9", "27", "81"], "2", Outcome.PASS),  # two runs of two
        (["1", "3", "9", "27", "1", "1"], "3", Outcome.REJECT),  # the run need not be the last
        (["1", "3", "9", "27", "81"], "4", Outcome.REJECT),
        (["0", "3", "9", "27"], "2", Outcome.PASS),  # nothing multiplies from 0
        (["1", "3", "0", "3", "9"], "1", Outcome.PASS),
    ],
)
def test_three_hours_in_a_row_above_the_threshold_are_rejected(buys: list[str], longest: str, outcome: Outcome) -> None:
    verdict = judged(buys)

    assert (verdict.outcome, verdict.metrics["longest_run"]) == (outcome, longest)


@pytest.mark.parametrize(("bars", "outcome"), [(0, Outcome.UNAVAILABLE), (3, Outcome.UNAVAILABLE), (4, Outcome.PASS)])
def test_it_needs_four_hours(bars: int, outcome: Outcome) -> None:
    assert judged(["1"] * bars).outcome is outcome


def test_a_longer_run_needs_one_hour_more_than_its_length() -> None:
    assert judged(["1"] * 6, run_hours=6).outcome is Outcome.UNAVAILABLE
    assert judged(["1"] * 7, run_hours=6).outcome is Outcome.PASS


def test_only_the_last_twelve_hours_count() -> None:
    inside = ["1", "3", "9", "27", *["1"] * 8]

    assert judged(inside).outcome is Outcome.REJECT
    assert judged([*inside, "1"]).outcome is Outcome.PASS


def test_the_numbers_are_kept_on_acceptance_too() -> None:
    accepted, rejected = judged(["1"] * 5), judged(["1", "3", "9", "27"])

    assert accepted.metrics == {"longest_run": "0", "run_hours": "3", "min_growth": "2.5", "hours": "5"}
    assert rejected.reason == "buys grew more than 2.5 times in each of 3 hours, limit 3"


@given(st.lists(st.booleans(), min_size=3, max_size=11))
def test_the_longest_run_is_that_of_the_hours_that_multiplied(multiplied: list[bool]) -> None:
    buys = [Decimal(1)]
    for is_high in multiplied:
        buys.append(buys[-1] * (3 if is_high else 1))

    longest = max((len(list(run)) for is_high, run in groupby(multiplied) if is_high), default=0)

    assert judged(buys).metrics["longest_run"] == str(longest)
