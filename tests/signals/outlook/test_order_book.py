from decimal import Decimal

import pytest

from signals.outlook.order_book import Pressure, read_book
from tests.signals.outlook.building import book


def test_totals_are_quantities_and_not_values():
    reading = read_book(book([(100, 2), (99, 1)], [(101, 1), (102, "0.5")]))

    assert (reading.bid_total, reading.ask_total, reading.ratio) == (Decimal(3), Decimal("1.5"), 2.0)
    assert reading.pressure is Pressure.BUYERS


@pytest.mark.parametrize(
    ("bids", "pressure"),
    [("1.5", Pressure.BALANCED), ("1.51", Pressure.BUYERS), ("0.67", Pressure.BALANCED), ("0.66", Pressure.SELLERS)],
)
def test_pressure_at_its_borders(bids, pressure):
    assert read_book(book([(100, bids)], [(101, 1)])).pressure is pressure


def test_micro_pressure_is_of_the_first_three_levels():
    reading = read_book(book([(100, 2), (99, 2), (98, 2), (97, 90)], [(101, 1), (102, 1), (103, 1), (104, 90)]))

    assert reading.micro_pressure == 2.0
    assert reading.ratio == pytest.approx(96 / 93)


def test_walls_are_the_largest_levels_and_of_equal_ones_the_nearest():
    reading = read_book(book([(100, 1), (99, 5), (98, 5)], [(101, 9), (102, 3)]))

    assert (reading.bid_wall.price, reading.ask_wall.price) == (Decimal(99), Decimal(101))


def test_only_twenty_levels_are_looked_at():
    deep = [(100 - place, 1) for place in range(20)] + [(50, 1000)]

    assert read_book(book(deep, [(101, 1)])).bid_total == 20


def test_spread_is_in_percent_of_the_best_bid():
    assert read_book(book([(200, 1)], [(201, 1)])).spread_pct == 0.5


def test_without_asks_the_ratios_are_one_and_there_is_no_spread():
    reading = read_book(book([(100, 5)], []))

    assert (reading.ratio, reading.micro_pressure, reading.ask_wall, reading.spread_pct) == (1.0, 1.0, None, None)


def test_an_empty_book_says_nothing():
    assert read_book(book([], [])) is None
