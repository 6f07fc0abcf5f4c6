"""Which bars count as the last hours, and growth from hour to hour."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from risk.filters.hourly import growth, last_hours
from tests.risk.filters.bars import HOUR, RUNNING, hour, hours_of


def test_the_newest_bars_are_taken_oldest_first() -> None:
    hours = hours_of(closes=[1, 2, 3, 4])

    assert [bar.close for bar in last_hours(hours, 3)] == [2, 3, 4]
    assert last_hours(hours, 9) == hours
    assert last_hours([], 3) == []


@given(st.sets(st.integers(min_value=0, max_value=24), min_size=1))
def test_the_hours_taken_are_all_those_up_to_the_last_gap(ago: set[int]) -> None:
    hours = [hour(RUNNING - back * HOUR) for back in sorted(ago, reverse=True)]
    newest = min(ago)
    unbroken = next(count for count in range(1, 26) if newest + count not in ago)

    taken = last_hours(hours, 25)

    assert taken == hours[-unbroken:]


def test_growth_is_the_multiple_of_the_hour_before_and_nothing_grows_from_zero() -> None:
    volumes = [Decimal(text) for text in ("2", "5", "0", "7", "7")]

    assert growth(volumes) == [Decimal("2.5"), 0, 0, 1]
    assert growth(volumes[:1]) == []
