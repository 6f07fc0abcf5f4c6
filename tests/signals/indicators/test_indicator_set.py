import math
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.indicators import momentum, trend, volume
from signals.indicators.candles import Candles, Timeframe, candles
from signals.indicators.indicator_set import Cross, Extreme, IndicatorSet, Order, TrendStrength, indicator_set
from tests.signals.indicators.recorded import NAMES, recorded

SET = IndicatorSet(timeframe=Timeframe.M15, price=100.0)
IDENTITY = {"timeframe", "open_time", "candles"}


def measured(frame: IndicatorSet) -> dict[str, float]:
    values = {field.name: getattr(frame, field.name) for field in fields(frame) if field.name not in IDENTITY}
    return {name: value for name, value in values.items() if value is not None}


def flat(count: int, *, price: float = 2.5, volume: float = 0.0) -> Candles:
    """A settled contract: bars go on, nothing moves."""
    row = [price, price, price, price, volume]
    return candles(Timeframe.H1, np.arange(count, dtype=np.int64) * 3_600_000, np.array([row] * count))


@pytest.mark.parametrize("name", NAMES)
def test_a_full_window_has_every_indicator(name):
    frame = indicator_set(recorded(name, 100))

    assert len(measured(frame)) == len(fields(IndicatorSet)) - len(IDENTITY)
    assert frame.candles == 100
    assert frame.open_time == recorded(name).last_open


@pytest.mark.parametrize(("count", "is_empty"), [(0, True), (9, True), (10, False)])
def test_fewer_than_ten_candles_have_no_indicators(count, is_empty):
    frame = indicator_set(recorded(NAMES[0], count))

    assert (not measured(frame)) is is_empty


@pytest.mark.parametrize(
    ("count", "unknown"),
    [
        (14, {"rsi", "atr", "mfi", "sma_20", "macd", "adx", "volume_ratio", "ema_21", "conversion"}),
        (24, {"volume_ratio", "macd", "adx", "conversion"}),
        (25, {"macd", "adx", "conversion"}),
        (51, {"conversion", "base", "span_a", "span_b"}),
        (52, set()),
    ],
)
def test_what_needs_more_history_is_unknown_and_not_zero(count, unknown):
    known = measured(indicator_set(recorded(NAMES[0], count)))

    assert not unknown & known.keys()
    assert count < 52 or "span_b" in known


@pytest.mark.parametrize(("count", "period"), [(100, 50), (60, 48), (10, 8), (63, 50), (62, 49)])
def test_the_slow_average_shortens_with_the_history(count, period):
    seen = recorded(NAMES[0], count)

    assert indicator_set(seen).ema_50 == pytest.approx(trend.ema(seen.close, period)[-1], rel=1e-15)


@pytest.mark.parametrize("volume", [0.0, 3.0])
def test_a_market_that_stands_still_reads_neither_overbought_nor_oversold(volume):
    frame = indicator_set(flat(100, volume=volume))

    assert frame.rsi is frame.stochastic_k is frame.stochastic_d is frame.williams_r is frame.cci is frame.mfi is None
    assert frame.rsi_reads is frame.stochastic_reads is frame.percent_b is None
    assert (frame.atr, frame.adx, frame.band_width) == (0, 0, 0)
    assert frame.ema_order is Order.MIXED


def test_a_market_without_volume_has_no_volume_figures():
    frame = indicator_set(flat(100))

    assert frame.vwap is frame.volume_ratio is None
    assert frame.obv_trend == 0


def test_a_market_that_wakes_up_is_measured_from_then_on():
    seen = flat(60)
    close = seen.close.copy()
    close[40:] += np.arange(1, 21)

    rsi = momentum.rsi(close)

    assert np.isnan(rsi[:40]).all()
    assert rsi[40] == 100


@pytest.mark.parametrize(
    ("averages", "order"),
    [((3, 2, 1), Order.BULL), ((1, 2, 3), Order.BEAR), ((2, 3, 1), Order.MIXED), ((2, 2, 1), Order.MIXED)],
)
def test_the_order_of_the_averages(averages, order):
    fast, middle, slow = averages

    assert replace(SET, ema_7=fast, ema_21=middle, ema_50=slow).ema_order is order
    assert replace(SET, ema_7=fast, ema_21=middle).ema_order is None


@pytest.mark.parametrize(
    ("before", "now", "cross"),
    [
        (-0.1, 0.0, Cross.GOLDEN),
        (-0.1, 0.2, Cross.GOLDEN),
        (0.0, 0.2, Cross.NONE),
        (0.1, 0.0, Cross.DEATH),
        (0.1, -0.2, Cross.DEATH),
        (-0.2, -0.1, Cross.NONE),
        (None, 0.1, None),
    ],
)
def test_a_cross_is_made_by_the_last_candle(before, now, cross):
    assert replace(SET, histogram_before=before, histogram=now).macd_cross is cross


@pytest.mark.parametrize(
    ("rsi", "reads"),
    [(70.1, Extreme.OVERBOUGHT), (70, Extreme.NEUTRAL), (30, Extreme.NEUTRAL), (29.9, Extreme.OVERSOLD), (None, None)],
)
def test_rsi_at_its_borders(rsi, reads):
    assert replace(SET, rsi=rsi).rsi_reads is reads


@pytest.mark.parametrize(
    ("k", "d", "reads"),
    [
        (81, 80.5, Extreme.OVERBOUGHT),
        (81, 80, Extreme.BULLISH),
        (19, 19.9, Extreme.OVERSOLD),
        (20, 19, Extreme.BULLISH),
        (50, 50, Extreme.BEARISH),
        (None, 50, None),
    ],
)
def test_stochastic_needs_both_lines_for_an_extreme(k, d, reads):
    assert replace(SET, stochastic_k=k, stochastic_d=d).stochastic_reads is reads


@pytest.mark.parametrize(
    ("adx", "reads"),
    [(40.1, TrendStrength.STRONG), (40, TrendStrength.WEAK), (20, TrendStrength.NONE), (None, None)],
)
def test_strength_of_a_trend(adx, reads):
    assert replace(SET, adx=adx).trend_strength() is reads


def test_strength_of_a_trend_by_another_setting():
    assert replace(SET, adx=26).trend_strength(strong=25) is TrendStrength.STRONG


@pytest.mark.parametrize(
    ("conversion", "base", "span", "reads"),
    [
        (3, 2, 99, Extreme.BULLISH),
        (2, 3, 101, Extreme.BEARISH),
        (3, 2, 101, Extreme.NEUTRAL),
        (3, 2, 100, Extreme.NEUTRAL),
        (3, 2, None, None),
    ],
)
def test_ichimoku_needs_lines_and_price_to_agree(conversion, base, span, reads):
    assert replace(SET, conversion=conversion, base=base, span_a=span).ichimoku_reads is reads


def test_place_between_the_bands_and_range_of_a_candle():
    frame = replace(SET, band_upper=104.0, band_middle=100.0, band_lower=96.0, atr=2.1, sar=99.0)

    assert (frame.percent_b, frame.band_width, frame.atr_pct) == (0.5, 0.08, pytest.approx(2.1))
    assert frame.is_above_sar is True


def test_volume_ratio_of_the_last_five_over_the_twenty_before():
    traded = np.array([1.0] * 20 + [3.0] * 5)

    assert volume.volume_ratio(traded)[-1] == 3
    assert np.isnan(volume.volume_ratio(traded[1:])).all()


def test_obv_trend_is_that_of_the_last_five_values():
    seen = recorded(NAMES[0], 100)
    obv = volume.obv(seen.close, seen.volume)

    assert indicator_set(seen).obv_change == obv[-1] - obv[-5]


@given(factor=st.sampled_from([1e-7, 1e-3, 1.0, 1e4]), name=st.sampled_from(NAMES))
def test_readings_without_a_unit_do_not_depend_on_the_price_level(factor, name):
    seen = recorded(name, 100)
    table = np.column_stack([seen.open, seen.high, seen.low, seen.close]) * factor
    scaled = indicator_set(candles(seen.timeframe, seen.open_ms, np.column_stack([table, seen.volume])))
    frame = indicator_set(seen)

    for value in ("rsi", "stochastic_k", "stochastic_d", "williams_r", "cci", "adx", "plus_di", "mfi", "atr_pct"):
        assert getattr(scaled, value) == pytest.approx(getattr(frame, value), rel=1e-6, abs=1e-6), value


@given(name=st.sampled_from(NAMES), count=st.integers(10, 100))
def test_bounded_readings_stay_in_their_bounds(name, count):
    frame = indicator_set(recorded(name, count))

    for value in (frame.rsi, frame.stochastic_k, frame.stochastic_d, frame.mfi, frame.adx, frame.plus_di):
        assert value is None or -1e-9 <= value <= 100 + 1e-9
    assert frame.williams_r is None or -100 <= frame.williams_r <= 0
    assert all(math.isfinite(value) for value in measured(frame).values())
