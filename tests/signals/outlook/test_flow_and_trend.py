import pytest

from signals.indicators.candles import Timeframe
from signals.outlook.big_trend import BigTrend, Trend, big_trend, trend_of
from signals.outlook.flow import PricePosition, VolumeMomentum, price_position, volume_momentum
from tests.signals.outlook.building import BEAR, BULL, MIXED, by_timeframe, readings


@pytest.mark.parametrize(
    ("ratio", "change", "reads"),
    [
        (1.6, 2.0, VolumeMomentum.RISING_HIGH),
        (1.5, 2.0, VolumeMomentum.RISING_LOW),
        (1.6, -2.0, VolumeMomentum.FALLING_HIGH),
        (1.0, 0.0, VolumeMomentum.FALLING_LOW),
        (None, 2.0, None),
        (1.6, None, None),
    ],
)
def test_volume_with_the_days_direction(ratio, change, reads):
    assert volume_momentum(readings(volume_ratio=ratio), change_24h_pct=change) is reads


@pytest.mark.parametrize(
    ("price", "reads"),
    [
        (111.0, PricePosition.ABOVE_UPPER),
        (110.0, PricePosition.NEAR_UPPER),
        (106.1, PricePosition.NEAR_UPPER),
        (106.0, PricePosition.MIDDLE),
        (94.0, PricePosition.MIDDLE),
        (93.9, PricePosition.NEAR_LOWER),
        (90.0, PricePosition.NEAR_LOWER),
        (89.0, PricePosition.BELOW_LOWER),
    ],
)
def test_place_between_the_bands(price, reads):
    assert price_position(readings(price=price, band_upper=110.0, band_lower=90.0)) is reads


def test_without_5m_candles_nothing_is_said():
    assert volume_momentum(None, change_24h_pct=1.0) is None
    assert price_position(None) is None
    assert price_position(readings(band_upper=100.0, band_lower=100.0)) is None


@pytest.mark.parametrize(
    ("values", "trend"),
    [
        (BULL, Trend.UP),
        (BULL | {"price": 0.9}, Trend.SIDEWAYS),
        (BEAR | {"price": 2.0}, Trend.DOWN),
        (BEAR, Trend.SIDEWAYS),
        (MIXED, Trend.SIDEWAYS),
        ({}, Trend.UNKNOWN),
        (BULL | {"price": None}, Trend.UNKNOWN),
    ],
)
def test_trend_of_one_timeframe(values, trend):
    assert trend_of(readings(**values)) is trend


@pytest.mark.parametrize(
    ("four_hours", "day", "overall"),
    [
        (Trend.UP, Trend.UP, Trend.UP),
        (Trend.UP, Trend.DOWN, Trend.SIDEWAYS),
        (Trend.UP, Trend.SIDEWAYS, Trend.UP),
        (Trend.UNKNOWN, Trend.DOWN, Trend.DOWN),
        (Trend.UNKNOWN, Trend.SIDEWAYS, Trend.SIDEWAYS),
        (Trend.UNKNOWN, Trend.UNKNOWN, Trend.UNKNOWN),
    ],
)
def test_the_big_trend_of_both(four_hours, day, overall):
    trend = BigTrend(four_hours, day)

    assert trend.overall is overall
    assert trend.is_whole is (Trend.UNKNOWN not in (four_hours, day))


def test_the_big_trend_looks_at_4h_and_1d_only():
    up, down = readings(Timeframe.H4, **BULL), readings(Timeframe.H1, **BEAR)

    assert big_trend(by_timeframe(up, down)) == BigTrend(Trend.UP, Trend.UNKNOWN)
