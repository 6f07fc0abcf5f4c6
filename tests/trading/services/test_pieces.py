"""Cutting a close into market orders that the venue takes."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tests.rules_of_symbols import symbol_rules
from trading.services.outside import pieces

STEP = Decimal("0.1")


@given(
    st.integers(0, 100_000).map(lambda steps: steps * STEP), st.integers(1, 5000).map(lambda steps: f"{steps * STEP}")
)
def test_the_pieces_sum_to_the_whole_and_none_is_too_large(quantity: Decimal, market_max: str) -> None:
    rules = symbol_rules(market_max=market_max)
    cut = list(pieces(min(quantity, 200 * Decimal(market_max)), rules))

    assert sum(cut, Decimal(0)) == min(quantity, 200 * Decimal(market_max))
    assert all(0 < piece <= Decimal(market_max) and piece % STEP == 0 for piece in cut)


def test_what_is_below_a_step_cannot_be_sold() -> None:
    assert list(pieces(Decimal("0.35"), symbol_rules())) == [Decimal("0.3")]


def test_a_venue_without_a_bound_takes_all_at_once() -> None:
    assert list(pieces(Decimal(5000), symbol_rules(market_max="0"))) == [Decimal(5000)]
