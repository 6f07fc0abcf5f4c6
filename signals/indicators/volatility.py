"""How far price swings: Bollinger bands and average true range."""

from typing import NamedTuple

import talib

from signals.indicators.candles import Floats


class Bands(NamedTuple):
    """USDT."""

    upper: Floats
    middle: Floats
    lower: Floats


def bollinger(close: Floats, *, period: int = 20, deviations: float = 2.0) -> Bands:
    """Simple mean and population standard deviation, as in technicalindicators."""
    return Bands(*talib.BBANDS(close, timeperiod=period, nbdevup=deviations, nbdevdn=deviations))


def atr(high: Floats, low: Floats, close: Floats, *, period: int = 14) -> Floats:
    """Wilder's, USDT; starts from the mean of the first ``period`` true ranges, as in technicalindicators."""
    return talib.ATR(high, low, close, timeperiod=period)
