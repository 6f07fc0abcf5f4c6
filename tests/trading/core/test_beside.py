"""Trades of others beside ours: what they opened is closed first, whatever is left may have been ours."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from trading.core.beside import ForeignTrade, most_of_ours


def trades(*quantities: int) -> list[ForeignTrade]:
    """Negative quantities close."""
    return [
        ForeignTrade(trade_id=number, closes=quantity < 0, quantity=Decimal(abs(quantity)))
        for number, quantity in enumerate(quantities)
    ]


def test_what_others_opened_and_closed_took_nothing_of_ours() -> None:
    assert most_of_ours(trades(5, -5, 3, -2)) == {1: 0, 3: 0}


def test_a_close_beyond_what_others_had_may_have_taken_the_rest_of_ours() -> None:
    assert most_of_ours(trades(5, -3, -6)) == {1: 0, 2: 4}


def test_what_others_open_later_excuses_no_earlier_close() -> None:
    assert most_of_ours(trades(-4, 4, -4)) == {0: 4, 2: 0}


def test_what_is_booked_as_closed_of_ours_leaves_theirs_standing() -> None:
    opened, closed = trades(5, -4)
    booked = ForeignTrade(trade_id=1, closes=True, quantity=closed.quantity, booked=Decimal(4))
    later = ForeignTrade(trade_id=2, closes=True, quantity=Decimal(5))

    assert most_of_ours([opened, booked, later]) == {2: 0}


@given(st.lists(st.integers(min_value=-9, max_value=9).filter(bool), max_size=12))
def test_no_close_takes_more_than_it_is_and_all_opened_is_used_up_first(quantities: list[int]) -> None:
    found = most_of_ours(trades(*quantities))

    assert all(0 <= most <= -quantities[number] for number, most in found.items())
    assert sum(found.values()) >= -sum(quantities)
