"""Our indicators against the npm package technicalindicators 3.1.0, on recorded candles.

The values are in reference/*.json, made by reference/extract.py and reference/reference.mjs: the last 40 of 220
candles.
Tolerances are relative. 1e-11: the same formula, other order of sums. Where it is wider the reason stands beside it.
"""

import numpy as np
import pytest
import talib

from signals.indicators import momentum, trend, volatility, volume
from tests.signals.indicators.recorded import NAMES, extract, recorded

EXACT = 1e-11


@pytest.fixture(params=NAMES)
def case(request):
    return recorded(request.param), extract(request.param)["technicalindicators"]


def agree(ours, theirs, *, tolerance=EXACT, absolute=0.0):
    theirs = np.array(theirs, dtype=float)
    assert len(theirs) == 40
    np.testing.assert_allclose(ours[-len(theirs) :], theirs, rtol=tolerance, atol=absolute)


def test_averages(case):
    candles, theirs = case

    agree(trend.sma(candles.close, 20), theirs["sma_20"])
    for period in (7, 21, 50):
        agree(trend.ema(candles.close, period), theirs[f"ema_{period}"])


def test_macd_after_its_start_is_forgotten(case):
    candles, theirs = case
    ours = trend.macd(candles.close)
    price = candles.close[-1]

    # The fast average starts elsewhere; what is left of that after 180 candles is far below a price's last digit.
    agree(ours.line, theirs["macd"]["MACD"], absolute=price * 1e-10)
    agree(ours.signal, theirs["macd"]["signal"], absolute=price * 1e-10)
    agree(ours.histogram, theirs["macd"]["histogram"], absolute=price * 1e-10)


def test_parabolic_sar(case):
    candles, theirs = case

    agree(trend.parabolic_sar(candles.high, candles.low), theirs["psar"])


def test_directional_movement_after_its_start_is_forgotten(case):
    candles, theirs = case
    ours = trend.directional(candles.high, candles.low, candles.close)

    # Wilder's smoothing forgets (13/14)^180 = 2e-6 of the other starting sum.
    agree(ours.adx, theirs["adx"]["adx"], tolerance=1e-4)
    agree(ours.plus_di, theirs["adx"]["pdi"], tolerance=1e-5)
    agree(ours.minus_di, theirs["adx"]["mdi"], tolerance=1e-5)


def test_ichimoku_lines_are_not_displaced(case):
    candles, theirs = case
    ours = trend.ichimoku(candles.high, candles.low)

    agree(ours.conversion, theirs["ichimoku"]["conversion"])
    agree(ours.base, theirs["ichimoku"]["base"])
    agree(ours.span_a, theirs["ichimoku"]["spanA"])
    agree(ours.span_b, theirs["ichimoku"]["spanB"])


def test_rsi_to_the_two_decimals_that_the_package_keeps(case):
    candles, theirs = case

    agree(momentum.rsi(candles.close), theirs["rsi"], tolerance=0, absolute=0.0051)


def test_oscillators(case):
    candles, theirs = case
    ranges = (candles.high, candles.low, candles.close)
    stochastic = momentum.stochastic(*ranges)

    # 1e-9 of their scale of 100: values near 0 are differences of prices.
    agree(stochastic.k, theirs["stochastic"]["k"], absolute=1e-9)
    agree(stochastic.d, theirs["stochastic"]["d"], absolute=1e-9)
    agree(momentum.williams_r(*ranges), theirs["williams_r"], absolute=1e-9)
    agree(momentum.cci(*ranges), theirs["cci"], absolute=1e-7)


def test_bands_and_range(case):
    candles, theirs = case
    bands = volatility.bollinger(candles.close)

    # TA-Lib takes the deviation from sums of squares, which costs digits: 1e-7 of a band's distance at worst.
    agree(bands.upper, theirs["bands"]["upper"], tolerance=1e-8)
    agree(bands.middle, theirs["bands"]["middle"])
    agree(bands.lower, theirs["bands"]["lower"], tolerance=1e-8)
    agree(volatility.atr(candles.high, candles.low, candles.close), theirs["atr"])


def test_obv_but_for_its_first_volume(case):
    candles, theirs = case

    agree(volume.obv(candles.close, candles.volume) - candles.volume[0], theirs["obv"])


def test_mfi_to_two_decimals_where_every_typical_price_moved(case):
    candles, theirs = case
    typical = (candles.high + candles.low + candles.close) / 3
    stood = np.concatenate(([False], np.diff(typical) == 0))
    comparable = np.array([not stood[place - 13 : place + 1].any() for place in range(len(candles) - 40, len(candles))])
    ours = volume.mfi(candles.high, candles.low, candles.close, candles.volume)[-40:]

    assert comparable.any()
    np.testing.assert_allclose(ours[comparable], np.array(theirs["mfi"])[comparable], rtol=0, atol=0.0051)


def test_vwap_over_the_window(case):
    candles, theirs = case

    agree(volume.vwap(candles.high, candles.low, candles.close, candles.volume), theirs["vwap"])


def test_what_we_compute_ourselves_agrees_with_talib(case):
    candles, _ = case
    high, low, close = candles.high, candles.low, candles.close
    k, d = talib.STOCHF(high, low, close, fastk_period=14, fastd_period=3)

    np.testing.assert_allclose(
        volume.mfi(high, low, close, candles.volume)[14:],
        talib.MFI(high, low, close, candles.volume, timeperiod=14)[14:],
        rtol=1e-9,
    )
    np.testing.assert_allclose(momentum.stochastic(high, low, close).d[15:], d[15:], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(momentum.stochastic(high, low, close).k[15:], k[15:], rtol=1e-12)
