"""The change of the basis within 24 hours, in percentage points of the index."""

from dataclasses import replace
from decimal import Decimal

import pytest

from exchange.types import Kline
from risk.filters import FILTERS, needs_hours, needs_premiums
from risk.filters.basis_change_24h import basis_change_24h
from risk.filters.context import FilterContext
from risk.verdict import Outcome
from signals.strategies.filter_settings import FilterSettings
from tests.risk.filters.bars import context, hours_of

BOUND = Decimal("-1.0")


def premiums(*closes: str) -> FilterContext:
    return replace(context(), premiums=hours_of(closes=closes))


@pytest.mark.parametrize(
    ("first", "last", "outcome"),
    [
        ("0.005", "-0.005", Outcome.PASS),
        ("0.005", "-0.0051", Outcome.REJECT),
        ("0.005", "-0.0049", Outcome.PASS),
        ("-0.03", "-0.02", Outcome.PASS),
        ("-0.02", "-0.02", Outcome.PASS),
    ],
)
def test_a_fall_at_the_bound_passes_and_a_deeper_one_is_rejected(first: str, last: str, outcome: Outcome) -> None:
    seen = premiums(first, *["0.9"] * 23, last)

    assert basis_change_24h(seen, min_change_pct=BOUND).outcome is outcome


def test_the_numbers_are_kept_in_percent_and_points() -> None:
    verdict = basis_change_24h(premiums("0.01", "-0.02"), min_change_pct=BOUND)

    assert verdict.reason == "basis changed -3.0000 points in 1 h, under -1.0"
    assert verdict.metrics == {
        "basis_change_pct": "-3.0000",
        "min_basis_change_pct": "-1.0",
        "first_basis_pct": "1.0000",
        "last_basis_pct": "-2.0000",
        "hours": "2",
    }


def test_a_price_that_fell_with_its_index_is_no_change_of_the_basis() -> None:
    """What sets it apart from the price change of the same time."""
    fallen: list[Kline] = hours_of(closes=["100", "50"])
    seen = replace(premiums("0.001", "0.001"), hours=fallen)

    assert basis_change_24h(seen, min_change_pct=BOUND).outcome is Outcome.PASS


@pytest.mark.parametrize("closes", [(), ("0.01",)])
def test_without_two_hours_of_the_premium_it_is_unavailable(closes: tuple[str, ...]) -> None:
    assert basis_change_24h(premiums(*closes), min_change_pct=BOUND).outcome is Outcome.UNAVAILABLE


def test_it_is_off_by_default_and_asks_for_premiums_alone() -> None:
    assert "basis_change_24h" not in FilterSettings().filters()
    chosen = FilterSettings(basis_change_24h_enabled=True, entry_gain_enabled=False).filters()
    assert chosen == {"basis_change_24h": {"min_change_pct": Decimal("-1.0")}}
    assert (needs_premiums(chosen), needs_hours(chosen)) == (True, False)
    assert needs_premiums(set(FILTERS) - {"basis_change_24h"}) is False
