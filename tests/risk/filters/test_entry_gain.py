"""Entry gain in its two parts; numbers from the behaviour reference, section 22."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.filters.entry_gain import entry_gain, entry_gain_min
from risk.verdict import Outcome
from tests.risk.filters.bars import context

MAX, MIN = Decimal("9.04"), Decimal("-3.0")


@pytest.mark.parametrize(
    ("entry_price", "upper", "lower"),
    [
        ("1.0904", Outcome.PASS, Outcome.PASS),
        ("1.0905", Outcome.REJECT, Outcome.PASS),
        ("0.97", Outcome.PASS, Outcome.PASS),
        ("0.9699", Outcome.PASS, Outcome.REJECT),
        ("1", Outcome.PASS, Outcome.PASS),
    ],
)
def test_the_bounds_pass_and_what_lies_beyond_is_rejected(entry_price: str, upper: Outcome, lower: Outcome) -> None:
    seen = context(entry_price=entry_price)

    assert entry_gain(seen, max_gain_pct=MAX).outcome is upper
    assert entry_gain_min(seen, min_gain_pct=MIN).outcome is lower


def test_both_parts_keep_their_numbers_on_acceptance_too() -> None:
    seen = context(entry_price="1.0500")

    assert entry_gain(seen, max_gain_pct=MAX).metrics == {"gain_pct": "5.0000", "max_gain_pct": "9.04"}
    assert entry_gain_min(seen, min_gain_pct=MIN).metrics == {"gain_pct": "5.0000", "min_gain_pct": "-3.0"}


def test_the_reason_of_a_rejection_names_value_and_bound() -> None:
    above = entry_gain(context(entry_price="1.2"), max_gain_pct=MAX)
    below = entry_gain_min(context(entry_price="0.9"), min_gain_pct=MIN)

    assert above.reason == "price rose 20.0000 %, over 9.04 %"
    assert below.reason == "price moved -10.0000 %, under -3.0 %"


@pytest.mark.parametrize(
    ("signal_price", "entry_price", "reason"),
    [("1", None, "no price at entry"), ("0", "1", "no price at the signal")],
)
def test_a_missing_price_makes_both_parts_unavailable(signal_price: str, entry_price: str | None, reason: str) -> None:
    seen = context(signal_price=signal_price, entry_price=entry_price)

    verdicts = entry_gain(seen, max_gain_pct=MAX), entry_gain_min(seen, min_gain_pct=MIN)

    assert [(verdict.outcome, verdict.reason) for verdict in verdicts] == [(Outcome.UNAVAILABLE, reason)] * 2


prices = st.decimals(min_value="0.0001", max_value="100000", places=4)


@given(signal_price=prices, entry_price=prices)
def test_no_price_is_above_the_upper_and_below_the_lower_bound(signal_price: Decimal, entry_price: Decimal) -> None:
    seen = context(signal_price=str(signal_price), entry_price=str(entry_price))

    outcomes = [entry_gain(seen, max_gain_pct=MAX).outcome, entry_gain_min(seen, min_gain_pct=MIN).outcome]

    assert outcomes.count(Outcome.REJECT) <= 1
    assert Outcome.UNAVAILABLE not in outcomes
