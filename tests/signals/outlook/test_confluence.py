from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.indicators.candles import Timeframe
from signals.outlook.confluence import WEIGHTS, confluence, lean_of
from signals.outlook.regime import Regime
from tests.signals.outlook.building import BEAR, BULL, MIXED, by_timeframe, readings

UP = {**BULL, "histogram": 1.0, "rsi": 60.0, "sar": 99.0, "plus_di": 20.0, "minus_di": 10.0}
UP_CLOUD = {"conversion": 2.0, "base": 1.0, "span_a": 99.0}
DOWN = {**BEAR, "histogram": -1.0, "rsi": 40.0, "sar": 101.0, "plus_di": 10.0, "minus_di": 20.0}


@pytest.mark.parametrize(
    ("values", "lean"),
    [
        (UP | UP_CLOUD, 1.0),
        (DOWN, -1.0),
        (BULL | {"sar": 101.0}, 0.0),
        (MIXED, 0.0),
        (BULL | {"rsi": 50.0}, 0.5),
        ({}, None),
    ],
)
def test_each_reading_has_one_vote(values, lean):
    assert lean_of(readings(**values)) == lean


def test_in_a_trend_the_slow_candles_lead():
    frames = by_timeframe(readings(Timeframe.M15, **DOWN), readings(Timeframe.H4, **UP))

    assert confluence(frames, Regime.TRENDING_UP).score == pytest.approx(100 * (4 - 3) / 7, abs=0.01)
    assert confluence(frames, Regime.RANGING).score == pytest.approx(100 * (1 - 4) / 5, abs=0.01)


def test_wild_minutes_say_nothing():
    frames = by_timeframe(readings(Timeframe.M1, **UP))

    assert confluence(frames, Regime.VOLATILE) is None
    assert confluence(frames, Regime.RANGING).score == 100


def test_two_timeframes_must_lean_clearly_to_the_side_of_the_score():
    alone = by_timeframe(readings(Timeframe.H1, **UP), readings(Timeframe.M5, **MIXED))
    both = by_timeframe(readings(Timeframe.H1, **UP), readings(Timeframe.M5, **BULL), readings(Timeframe.M1, **DOWN))

    assert not confluence(alone, Regime.RANGING).is_agreed
    assert confluence(both, Regime.RANGING).agreeing == (Timeframe.M5, Timeframe.H1)
    assert confluence(both, Regime.RANGING).is_agreed


def test_coverage_tells_how_much_was_asked():
    result = confluence(by_timeframe(readings(Timeframe.M15, **UP)), Regime.RANGING)

    assert result.coverage == pytest.approx(4 / 12, abs=1e-4)
    assert set(result.leans) == {Timeframe.M15}


def test_a_tie_has_no_side():
    frames = by_timeframe(readings(Timeframe.H4, **UP), readings(Timeframe.H1, **DOWN))

    result = confluence(frames, Regime.TRENDING_UP)

    assert (result.score, result.agreeing) == (0, ())


def test_without_readings_there_is_no_agreement():
    assert confluence({}, Regime.QUIET) is None
    assert confluence(by_timeframe(readings()), Regime.QUIET) is None


def test_every_regime_weighs_every_timeframe():
    assert {regime: set(weights) for regime, weights in WEIGHTS.items()} == {key: set(Timeframe) for key in Regime}


VALUES = st.sampled_from([UP, DOWN, MIXED, BULL, BEAR, {}])


@given(values=st.lists(VALUES, min_size=6, max_size=6), regime=st.sampled_from(list(Regime)))
def test_the_score_stays_in_its_bounds(values, regime):
    frames = by_timeframe(*(readings(timeframe, **given) for timeframe, given in zip(Timeframe, values, strict=True)))

    result = confluence(frames, regime)

    assert result is None or (-100 <= result.score <= 100 and 0 < result.coverage <= 1)


@given(sides=st.lists(st.booleans(), min_size=6, max_size=6), regime=st.sampled_from(list(Regime)))
def test_a_mirrored_market_has_the_mirrored_score(sides, regime):
    frames = [readings(timeframe, **(UP if side else DOWN)) for timeframe, side in zip(Timeframe, sides, strict=True)]
    mirrored = [
        replace(readings(frame.timeframe), **(DOWN if side else UP)) for frame, side in zip(frames, sides, strict=True)
    ]

    score = confluence(by_timeframe(*frames), regime).score

    assert confluence(by_timeframe(*mirrored), regime).score == -score
