"""How hard price is going: RSI, stochastic, Williams %R, CCI.

Where price has not moved at all TA-Lib answers 0, which reads as oversold; here that is NaN, nothing measured.
"""

from typing import NamedTuple

import numpy as np
import talib
from numpy.typing import NDArray

from signals.indicators.candles import Floats


class Stochastic(NamedTuple):
    """Both 0..100."""

    k: Floats
    d: Floats


def rsi(close: Floats, *, period: int = 14) -> Floats:
    """Wilder's, 0..100. technicalindicators rounds it to 2 decimals and answers 100 where nothing moved."""
    has_moved = np.concatenate(([False], np.logical_or.accumulate(np.diff(close) != 0)))
    return np.where(has_moved, talib.RSI(close, timeperiod=period), np.nan)


def stochastic(high: Floats, low: Floats, close: Floats, *, period: int = 14, signal: int = 3) -> Stochastic:
    """Fast %K and its simple mean; technicalindicators answers 0 where nothing moved."""
    k, _ = talib.STOCHF(high, low, close, fastk_period=period, fastd_period=1)
    k = np.where(_has_range(high, low, period), k, np.nan)
    return Stochastic(k, _mean(k, signal))


def williams_r(high: Floats, low: Floats, close: Floats, *, period: int = 14) -> Floats:
    """-100..0."""
    return np.where(_has_range(high, low, period), talib.WILLR(high, low, close, timeperiod=period), np.nan)


def cci(high: Floats, low: Floats, close: Floats, *, period: int = 20) -> Floats:
    return np.where(_has_range(high, low, period), talib.CCI(high, low, close, timeperiod=period), np.nan)


def _has_range(high: Floats, low: Floats, period: int) -> NDArray[np.bool_]:
    """Whether the highest high and the lowest low of the last ``period`` candles differ."""
    return talib.MAX(high, timeperiod=period) > talib.MIN(low, timeperiod=period)


def _mean(values: Floats, period: int) -> Floats:
    """Simple moving mean that is NaN where any of its values is, and only there."""
    mean = np.full(len(values), np.nan)
    if len(values) >= period:
        mean[period - 1 :] = np.convolve(values, np.ones(period), mode="valid") / period
    return mean
