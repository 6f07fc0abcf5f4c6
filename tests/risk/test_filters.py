"""The entry-gain filter and the order in which filters run; numbers from the behaviour reference, section 22."""

from decimal import Decimal

import pytest

from risk.filters import run_filters
from risk.filters.context import FilterContext
from risk.filters.entry_gain import entry_gain
from risk.verdict import Outcome

BOUNDS = {"max_gain_pct": Decimal("9.04"), "min_gain_pct": Decimal("-3.0")}


def context(entry_price: str | None) -> FilterContext:
    price = None if entry_price is None else Decimal(entry_price)
    return FilterContext(symbol="DOTUSDT", signal_price=Decimal("1.00"), entry_price=price)


@pytest.mark.parametrize(
    ("entry_price", "outcome"),
    [
        ("1.0904", Outcome.PASS),
        ("1.0905", Outcome.REJECT),
        ("0.97", Outcome.PASS),
        ("0.9699", Outcome.REJECT),
        ("1", Outcome.PASS),
    ],
)
def test_entry_gain_passes_its_bounds_and_rejects_beyond(entry_price: str, outcome: Outcome) -> None:
    assert entry_gain(context(entry_price), **BOUNDS).outcome is outcome


def test_entry_gain_keeps_its_numbers_on_acceptance_too() -> None:
    verdict = entry_gain(context("1.0500"), **BOUNDS)

    assert verdict.metrics == {"gain_pct": "5.0000", "max_gain_pct": "9.04", "min_gain_pct": "-3.0"}


def test_a_missing_price_is_unavailable_and_passes_visibly() -> None:
    verdicts = run_filters({"entry_gain": BOUNDS}, context(None))

    assert [verdict.outcome for verdict in verdicts] == [Outcome.UNAVAILABLE]
    assert verdicts[0].reason == "no price at entry"


def test_the_reason_of_a_rejection_names_value_and_bound() -> None:
    verdict = entry_gain(context("1.2"), **BOUNDS)

    assert verdict.reason == "price rose 20.0000 %, over 9.04 %"


def test_no_filter_chosen_gives_no_verdict() -> None:
    assert run_filters({}, context("1")) == []
