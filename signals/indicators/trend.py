"""Where price is going: averages, MACD, parabolic SAR, directional movement, Ichimoku lines."""

from typing import NamedTuple

import numpy as np
import talib

from signals.indicators.candles import Floats


class Macd(NamedTuple):
    """``line`` is fast EMA less slow EMA, ``histogram`` line less signal; USDT."""

    line: Floats
    signal: Floats
    histogram: Floats


class Directional(NamedTuple):
    """All 0..100."""

    adx: Floats
    plus_di: Floats
    minus_di: Floats


class Ichimoku(NamedTuple):
    """Midpoints of ranges in USDT, not moved along the time axis."""

    conversion: Floats
    base: Floats
    span_a: Floats
    span_b: Floats


def sma(close: Floats, period: int) -> Floats:
    return talib.SMA(close, timeperiod=period)


def ema(close: Floats, period: int) -> Floats:
    """Starts from the mean of the first ``period`` values, as technicalindicators does."""
    return talib.EMA(close, timeperiod=period)


def macd(close: Floats, *, fast: int = 12, slow: int = 26, signal: int = 9) -> Macd:
    """TA-Lib starts the fast EMA with the slow one, technicalindicators at once: they agree after about 100 candles."""
    return Macd(*talib.MACD(close, fastperiod=fast, slowperiod=slow, signalperiod=signal))


def parabolic_sar(high: Floats, low: Floats, *, step: float = 0.02, most: float = 0.2) -> Floats:
    """TA-Lib takes the first direction from the first two candles' movement, technicalindicators assumes up.

    They agree from the first common reversal on.
    """
    return talib.SAR(high, low, acceleration=step, maximum=most)


def directional(high: Floats, low: Floats, close: Floats, *, period: int = 14) -> Directional:
    """Wilder's smoothing; TA-Lib's starting sum leaves out a candle that technicalindicators counts.

    A market without any movement has 0, which is what it moves.
    """
    return Directional(
        talib.ADX(high, low, close, timeperiod=period),
        talib.PLUS_DI(high, low, close, timeperiod=period),
        talib.MINUS_DI(high, low, close, timeperiod=period),
    )


def ichimoku(high: Floats, low: Floats, *, conversion: int = 9, base: int = 26, span: int = 52) -> Ichimoku:
    """The spans are those that the candle itself makes, as in technicalindicators, which ignores its displacement.

    A chart draws them 26 candles later. Below ``span`` candles there is no answer at all.
    """
    fast, slow, long = (talib.MIDPRICE(high, low, timeperiod=period) for period in (conversion, base, span))
    known = np.where(np.isnan(long), np.nan, 1.0)
    return Ichimoku(fast * known, slow * known, (fast + slow) / 2 * known, long)
