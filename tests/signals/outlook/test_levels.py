from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.indicators.candles import Timeframe
from signals.outlook.levels import KeyLevel, KeyLevels, Source, exact_price, key_levels, merged, swing_points
from signals.outlook.order_book import read_book
from tests.signals.outlook.building import book, level_frame

PRICE = Decimal(100)


def level(price, source=Source.WALL, strength=2) -> KeyLevel:
    return KeyLevel(Decimal(str(price)), strength, (source,))


def found(*, hour=None, quarter=None, reading=None, price=PRICE) -> list[tuple[str, int]]:
    result = key_levels(price=price, hour=hour, quarter=quarter, book=reading)
    return [(str(known.price), known.strength) for known in result.levels]


def test_a_swing_exceeds_two_candles_on_each_side():
    highs = np.array([1, 2, 5, 2, 1, 3, 3, 1, 1, 4, 0], dtype=float)

    assert swing_points(highs, is_high=True) == [5.0]
    assert swing_points(-highs, is_high=False) == [-5.0]


def test_only_the_last_fifty_candles_swing():
    highs = np.ones(60)
    highs[[5, 40]] = 2.0

    assert swing_points(highs, is_high=True) == [2.0]
    assert swing_points(np.ones(4), is_high=True) == []


def test_sources_have_their_strength():
    hour = level_frame(Timeframe.H1, highs=[104.0], ema_21=98.0, ema_50=97.0)
    quarter = level_frame(Timeframe.M15, lows=[96.0], band_upper=102.0, band_lower=99.0)
    reading = read_book(book([("99.5", 1)], [("101", 1)]))

    assert found(hour=hour, quarter=quarter, reading=reading) == [
        ("96", 1),
        ("97", 3),
        ("98", 2),
        ("99", 1),
        ("99.5", 2),
        ("101", 2),
        ("102", 1),
        ("104", 2),
    ]


def test_levels_of_other_sources_nearby_make_one_stronger_up_to_three():
    together = [
        level("100", Source.HOUR_SWING, 2),
        level("100.2", Source.WALL, 2),
        level("100.3", Source.QUARTER_BAND, 1),
        level("99.8", Source.QUARTER_SWING, 1),
    ]

    (one,) = merged(together)

    assert (one.price, one.strength) == (Decimal(100), 3)
    assert one.sources[0] is Source.HOUR_SWING
    assert set(one.sources) == {Source.HOUR_SWING, Source.WALL, Source.QUARTER_BAND, Source.QUARTER_SWING}


def test_levels_of_the_same_source_nearby_are_no_stronger():
    (one,) = merged([level("100", Source.HOUR_SWING), level("100.1", Source.HOUR_SWING)])

    assert (one.price, one.strength, one.sources) == (Decimal(100), 2, (Source.HOUR_SWING,))


def test_the_stronger_level_gives_the_price():
    (one,) = merged([level("100", Source.QUARTER_BAND, 1), level("100.2", Source.HOUR_EMA_50, 3)])

    assert (one.price, one.strength) == (Decimal("100.2"), 3)


@pytest.mark.parametrize(("other", "count"), [("100.3", 1), ("100.31", 2)])
def test_levels_merge_within_three_tenths_of_a_percent(other, count):
    assert len(merged([level("100"), level(other, Source.HOUR_SWING)])) == count


@pytest.mark.parametrize(("price", "is_kept"), [("95", True), ("94.9", False), ("105", True), ("105.1", False)])
def test_levels_are_kept_within_five_percent_of_the_price(price, is_kept):
    reading = read_book(book([(price, 1)], []))

    assert bool(found(reading=reading)) is is_kept


def test_the_ten_strongest_are_kept_and_of_equal_ones_the_nearest():
    quarter = level_frame(Timeframe.M15, highs=[100.5 + 0.4 * place for place in range(11)])
    hour = level_frame(Timeframe.H1, lows=[96.0])

    levels = found(hour=hour, quarter=quarter)

    assert len(levels) == 10
    assert levels[0] == ("96", 2)
    assert ("104.5", 1) not in levels
    assert ("104.1", 1) not in levels


def test_support_and_resistance_are_the_nearest_on_each_side():
    levels = KeyLevels(PRICE, (level(95), level(100), level("100.5"), level(104)))

    assert (levels.support.price, levels.resistance.price) == (Decimal(100), Decimal("100.5"))
    assert KeyLevels(PRICE, ()).support is KeyLevels(PRICE, ()).resistance is None


def test_nothing_known_has_no_levels():
    assert found() == []


@pytest.mark.parametrize(
    ("value", "price"),
    [(97412.35, "97412.35"), (0.0000123, "0.0000123"), (1 / 3, "0.3333333333"), (1e11, "100000000000")],
)
def test_computed_prices_leave_as_decimals(value, price):
    assert exact_price(value) == Decimal(price)


LEVELS = st.lists(
    st.builds(
        lambda cents, source, strength: KeyLevel(Decimal(cents) / 100, strength, (source,)),
        st.integers(9500, 10500),
        st.sampled_from(list(Source)),
        st.integers(1, 3),
    ),
    max_size=25,
)


@given(levels=LEVELS, seed=st.randoms(use_true_random=False))
def test_merging_does_not_depend_on_the_order(levels, seed):
    shuffled = list(levels)
    seed.shuffle(shuffled)

    assert merged(shuffled) == merged(levels)


@given(levels=LEVELS)
def test_merged_levels_lie_apart_and_stay_within_strength_three(levels):
    kept = merged(levels)

    assert all(1 <= known.strength <= 3 for known in kept)
    for place, known in enumerate(kept):
        assert all(abs(later.price / known.price - 1) > Decimal("0.003") for later in kept[place + 1 :])
