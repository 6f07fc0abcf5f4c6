import pytest

from signals.indicators.candles import Timeframe
from signals.outlook.regime import Regime, RegimeRule, regime_of
from tests.signals.outlook.building import BEAR, BULL, DEATH, GOLDEN, MIXED, by_timeframe, readings


def judged(**values):
    """Regime of 15 m readings at a price of 100, where the ATR is its own percentage."""
    return regime_of(by_timeframe(readings(**values))).regime


@pytest.mark.parametrize(
    ("values", "regime"),
    [
        ({"atr": 2.1, "adx": 40.0, **BULL}, Regime.VOLATILE),
        ({"atr": 1.0, "adx": 26.0, **BULL}, Regime.TRENDING_UP),
        ({"atr": 0.4, "adx": 19.0}, Regime.QUIET),
        ({"atr": 0.4, "adx": 22.0, "rsi": 50.0}, Regime.RANGING),
    ],
)
def test_the_worked_examples(values, regime):
    assert judged(**values) is regime


@pytest.mark.parametrize(
    ("values", "regime"),
    [
        ({"atr": 2.0, "adx": 26.0, **BEAR}, Regime.TRENDING_DOWN),
        ({"atr": 1.0, "adx": 25.0, **BULL}, Regime.RANGING),
        ({"atr": 1.0, "adx": 26.0, **MIXED}, Regime.RANGING),
        ({"atr": 0.5, "adx": 19.9}, Regime.RANGING),
        ({"atr": 0.4, "adx": 20.0}, Regime.RANGING),
        ({"atr": 1.0, "adx": 22.0, "rsi": 56.0, **GOLDEN}, Regime.TRENDING_UP),
        ({"atr": 1.0, "adx": 22.0, "rsi": 55.0, **GOLDEN}, Regime.RANGING),
        ({"atr": 1.0, "adx": 22.0, "rsi": 44.0, **DEATH}, Regime.TRENDING_DOWN),
        ({"atr": 1.0, "adx": 22.0, "rsi": 44.0, **GOLDEN}, Regime.RANGING),
        ({"atr": 1.0, "adx": 19.0, "rsi": 56.0, **GOLDEN}, Regime.RANGING),
    ],
)
def test_the_first_match_wins(values, regime):
    assert judged(**values) is regime


def test_the_15m_candles_come_before_the_1h_candles():
    quarter = readings(atr=2.5)
    hour = readings(Timeframe.H1, atr=1.0, adx=30.0, **BEAR)

    assert regime_of(by_timeframe(quarter, hour)).regime is Regime.VOLATILE
    assert regime_of(by_timeframe(hour)).regime is Regime.TRENDING_DOWN
    assert regime_of(by_timeframe(hour)).timeframe is Timeframe.H1


def test_no_data_is_quiet_and_says_so():
    reading = regime_of(by_timeframe(readings(Timeframe.M1, atr=9.0)))

    assert (reading.regime, reading.rule, reading.timeframe) == (Regime.QUIET, RegimeRule.NO_DATA, None)


def test_a_frame_without_enough_candles_is_no_data():
    assert regime_of(by_timeframe(readings(price=None))).rule is RegimeRule.NO_DATA


def test_what_is_unknown_matches_nothing():
    assert regime_of(by_timeframe(readings(**BULL))).rule is RegimeRule.OTHERWISE
    assert judged(adx=10.0) is Regime.RANGING


def test_the_trend_threshold_is_a_setting():
    frames = by_timeframe(readings(atr=1.0, adx=30.0, **BULL))

    assert regime_of(frames, trend_adx=40.0).regime is Regime.RANGING
