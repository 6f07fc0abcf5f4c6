"""The price change of the last 24 hours against its bound."""

from decimal import Decimal

import pytest

from risk.filters.price_change_24h import price_change_24h
from risk.verdict import Outcome
from tests.risk.filters.bars import HOUR, RUNNING, context, hour, hours_of

BOUND = Decimal("-40.0")


@pytest.mark.parametrize(
    ("last_close", "outcome"),
    [("60", Outcome.PASS), ("59.999", Outcome.REJECT), ("60.001", Outcome.PASS), ("250", Outcome.PASS)],
)
def test_a_fall_to_the_bound_passes_and_one_beyond_is_rejected(last_close: str, outcome: Outcome) -> None:
    seen = context(hours_of(closes=["100"] * 24 + [last_close]))

    assert price_change_24h(seen, min_change_pct=BOUND).outcome is outcome


def test_the_first_of_25_bars_and_the_running_hour_are_compared() -> None:
    seen = context(hours_of(closes=["1000", "100", *["1"] * 23, "50"]))

    verdict = price_change_24h(seen, min_change_pct=BOUND)

    assert verdict.outcome is Outcome.REJECT
    assert verdict.reason == "price changed -50.0000 % in 24 h, under -40.0 %"
    assert verdict.metrics == {
        "change_pct": "-50.0000",
        "min_change_pct": "-40.0",
        "first_close": "100",
        "last_close": "50",
        "hours": "25",
    }


def test_two_bars_are_enough_and_one_is_not() -> None:
    two, one = context(hours_of(closes=["100", "59"])), context(hours_of(closes=["100"]))

    assert price_change_24h(two, min_change_pct=BOUND).outcome is Outcome.REJECT
    assert price_change_24h(one, min_change_pct=BOUND).outcome is Outcome.UNAVAILABLE
    assert price_change_24h(one, min_change_pct=BOUND).reason == "1 hourly bars, 2 are needed"


def test_without_bars_it_says_so() -> None:
    verdict = price_change_24h(context(), min_change_pct=BOUND)

    assert (verdict.outcome, verdict.reason) == (Outcome.UNAVAILABLE, "no hourly bars")


def test_a_first_close_of_zero_is_no_price() -> None:
    seen = context(hours_of(closes=["0", "1", "1"]))

    assert price_change_24h(seen, min_change_pct=BOUND).outcome is Outcome.UNAVAILABLE


def test_what_lies_before_a_gap_is_not_compared() -> None:
    before = hour(RUNNING - 4 * HOUR, close="1000")

    verdict = price_change_24h(context([before, *hours_of(closes=["100", "99"])]), min_change_pct=BOUND)

    assert verdict.outcome is Outcome.PASS
    assert verdict.metrics["change_pct"] == "-1.0000"
