"""Correlation of returns and the clusters it makes."""

from decimal import Decimal
from math import sin

import pytest

from risk.correlation import cluster_of, correlation, returns

HOURS = range(40)
WAVE = [Decimal(f"{100 + 5 * sin(hour):.6f}") for hour in HOURS]
SAME = [price * 3 for price in WAVE]
OTHER = [Decimal(f"{100 + 5 * sin(hour * 2.7 + 1):.6f}") for hour in HOURS]
AGAINST = [10000 / price for price in WAVE]
LIMIT = Decimal("0.8")


def test_returns_are_relative() -> None:
    assert returns([Decimal(100), Decimal(110), Decimal(99)]) == [0.1, -0.1]


@pytest.mark.parametrize(("prices", "expected"), [(SAME, 1.0), (AGAINST, -1.0)])
def test_what_moves_alike_or_against(prices: list[Decimal], expected: float) -> None:
    assert correlation(returns(WAVE), returns(prices)) == pytest.approx(expected, abs=0.01)


def test_too_few_returns_and_a_price_that_stands_still_say_nothing() -> None:
    assert correlation(returns(WAVE[:10]), returns(SAME[:10])) is None
    assert correlation(returns(WAVE), [0.0] * 39) is None


def test_a_cluster_holds_what_is_tied_and_nothing_else() -> None:
    closes = {"AUSDT": WAVE, "BUSDT": SAME, "CUSDT": OTHER, "DUSDT": AGAINST}

    assert cluster_of("AUSDT", closes, threshold=LIMIT) == {"AUSDT", "BUSDT"}


def test_what_cannot_be_measured_is_tied() -> None:
    assert cluster_of("AUSDT", {"AUSDT": WAVE, "NEWUSDT": []}, threshold=LIMIT) == {"AUSDT", "NEWUSDT"}


def test_a_tie_reaches_over_others() -> None:
    mixed = [(one + other) / 2 for one, other in zip(WAVE, OTHER, strict=True)]
    closes = {"AUSDT": WAVE, "MUSDT": mixed, "CUSDT": OTHER}

    assert cluster_of("AUSDT", closes, threshold=Decimal("0.25")) == {"AUSDT", "MUSDT", "CUSDT"}
