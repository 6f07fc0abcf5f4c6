from decimal import Decimal

import pytest

from signals.indicators.candles import Timeframe
from signals.outlook.levels import KeyLevel, KeyLevels, Source
from signals.outlook.price_action import PriceAction, price_action
from tests.signals.outlook.building import BEAR, BULL, MIXED, by_timeframe, readings

PRICE = Decimal(100)


def levels(*prices) -> KeyLevels:
    return KeyLevels(PRICE, tuple(KeyLevel(Decimal(str(price)), 2, (Source.WALL,)) for price in prices))


def action(*, hour=None, quarter=None, around=None) -> PriceAction:
    frames = [readings(Timeframe.H1, **hour)] if hour is not None else []
    frames += [readings(Timeframe.M15, **quarter)] if quarter is not None else []
    return price_action(by_timeframe(*frames), around)


def test_a_strong_trend_comes_before_a_level():
    assert action(hour={"adx": 31.0, **BULL}, around=levels("99.9")) is PriceAction.STRONG_UP
    assert action(hour={"adx": 31.0, **BEAR}, around=levels("99.9")) is PriceAction.STRONG_DOWN


@pytest.mark.parametrize("hour", [{"adx": 30.0, **BULL}, {"adx": 31.0, **MIXED}, {**BULL}])
def test_no_strong_trend_without_order_and_strength(hour):
    assert action(hour=hour) is PriceAction.NEUTRAL


@pytest.mark.parametrize(
    ("around", "expected"),
    [
        (levels("99.5"), PriceAction.TESTING_SUPPORT),
        (levels("99.4"), PriceAction.NEUTRAL),
        (levels("100.5"), PriceAction.TESTING_RESISTANCE),
        (levels("99.6", "100.3"), PriceAction.TESTING_RESISTANCE),
        (levels("99.7", "100.3"), PriceAction.TESTING_SUPPORT),
        (levels(), PriceAction.NEUTRAL),
        (None, PriceAction.NEUTRAL),
    ],
)
def test_the_nearer_level_within_half_a_percent_is_tested(around, expected):
    assert action(around=around) is expected


def test_a_level_comes_before_consolidation():
    calm = {"adx": 19.0, "atr": 0.7}

    assert action(quarter=calm, around=levels("99.9")) is PriceAction.TESTING_SUPPORT
    assert action(quarter=calm) is PriceAction.CONSOLIDATING


@pytest.mark.parametrize("quarter", [{"adx": 20.0, "atr": 0.7}, {"adx": 19.0, "atr": 0.8}, {"adx": 19.0}])
def test_consolidation_needs_both(quarter):
    assert action(quarter=quarter) is PriceAction.NEUTRAL


@pytest.mark.parametrize(
    ("hour", "rsi", "expected"),
    [
        (BULL, 44.9, PriceAction.PULLBACK),
        (BULL, 45.0, PriceAction.NEUTRAL),
        (BULL, 70.0, PriceAction.NEUTRAL),
        (BEAR, 55.1, PriceAction.BOUNCE),
        (BEAR, 55.0, PriceAction.NEUTRAL),
        (MIXED, 20.0, PriceAction.NEUTRAL),
    ],
)
def test_pullback_and_bounce_are_against_the_hours(hour, rsi, expected):
    assert action(hour=hour, quarter={"rsi": rsi}) is expected


def test_nothing_known_is_neutral():
    assert action() is PriceAction.NEUTRAL
