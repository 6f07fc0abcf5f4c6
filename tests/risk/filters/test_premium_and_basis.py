"""The contract against its index: the mark price's premium, a fraction, and the last price's basis, in percent."""

from decimal import Decimal

import pytest

from risk.filters.basis import basis
from risk.filters.premium_realtime import premium_realtime
from risk.verdict import Outcome
from tests.risk.filters.bars import context

PREMIUM, BASIS = Decimal("-0.003"), Decimal("-1.0")


@pytest.mark.parametrize(
    ("mark_price", "outcome"),
    [("997", Outcome.PASS), ("996.99", Outcome.REJECT), ("997.01", Outcome.PASS), ("1100", Outcome.PASS)],
)
def test_a_premium_at_the_bound_passes_and_one_below_is_rejected(mark_price: str, outcome: Outcome) -> None:
    seen = context(mark_price=mark_price, index_price="1000")

    assert premium_realtime(seen, min_premium_ratio=PREMIUM).outcome is outcome


@pytest.mark.parametrize(
    ("last_price", "outcome"),
    [("990", Outcome.PASS), ("989.99", Outcome.REJECT), ("990.01", Outcome.PASS), ("1100", Outcome.PASS)],
)
def test_a_basis_at_the_bound_passes_and_one_below_is_rejected(last_price: str, outcome: Outcome) -> None:
    seen = context(entry_price=last_price, index_price="1000")

    assert basis(seen, min_basis_pct=BASIS).outcome is outcome


def test_the_numbers_are_kept_on_acceptance_too() -> None:
    seen = context(entry_price="1005", mark_price="1001", index_price="1000")

    assert premium_realtime(seen, min_premium_ratio=PREMIUM).metrics == {
        "premium_ratio": "0.001000",
        "min_premium_ratio": "-0.003",
        "mark_price": "1001",
        "index_price": "1000",
    }
    assert basis(seen, min_basis_pct=BASIS).metrics == {
        "basis_pct": "0.5000",
        "min_basis_pct": "-1.0",
        "last_price": "1005",
        "index_price": "1000",
    }


def test_the_reasons_name_value_and_bound() -> None:
    seen = context(entry_price="980", mark_price="990", index_price="1000")

    assert premium_realtime(seen, min_premium_ratio=PREMIUM).reason == "premium -0.010000 of the index, under -0.003"
    assert basis(seen, min_basis_pct=BASIS).reason == "basis -2.0000 %, under -1.0 %"


@pytest.mark.parametrize(("mark_price", "index_price"), [(None, "1000"), ("1000", None), ("1000", "0"), (None, None)])
def test_without_mark_or_index_the_premium_is_unavailable(mark_price: str | None, index_price: str | None) -> None:
    seen = context(mark_price=mark_price, index_price=index_price)

    assert premium_realtime(seen, min_premium_ratio=PREMIUM).outcome is Outcome.UNAVAILABLE


@pytest.mark.parametrize(("last_price", "index_price"), [(None, "1000"), ("1000", None), ("1000", "0")])
def test_without_last_or_index_price_the_basis_is_unavailable(last_price: str | None, index_price: str | None) -> None:
    seen = context(entry_price=last_price, index_price=index_price)

    assert basis(seen, min_basis_pct=BASIS).outcome is Outcome.UNAVAILABLE
