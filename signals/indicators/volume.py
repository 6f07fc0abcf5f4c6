"""What is traded: OBV, MFI, VWAP and how lively the last candles were. Volumes in base asset."""

import numpy as np
import talib

from signals.indicators.candles import Floats


def obv(close: Floats, volume: Floats) -> Floats:
    """Begins with the first volume; technicalindicators begins with 0 at the second candle. Differences agree."""
    return talib.OBV(close, volume)


def mfi(high: Floats, low: Floats, close: Floats, volume: Floats, *, period: int = 14) -> Floats:
    """0..100; NaN where no money flowed.

    technicalindicators rounds to 2 decimals and counts an unchanged typical price as outflow; here, as in TA-Lib, it
    is neither. TA-Lib itself answers 0 where less than 1 USDT flowed.
    """
    flow = (high + low + close) / 3 * volume
    change = np.sign(np.diff((high + low + close) / 3))
    answer = np.full(len(close), np.nan)
    if len(close) <= period:
        return answer
    inflow = _sums(np.where(change > 0, flow[1:], 0.0), period)
    outflow = _sums(np.where(change < 0, flow[1:], 0.0), period)
    total = inflow + outflow
    answer[period:] = np.divide(100 * inflow, total, out=np.full(len(total), np.nan), where=total > 0)
    return answer


def vwap(high: Floats, low: Floats, close: Floats, volume: Floats) -> Floats:
    """Mean typical price from the first candle on, by volume; NaN before the first trade."""
    traded = np.cumsum(volume)
    paid = np.cumsum((high + low + close) / 3 * volume)
    mean = np.full(len(traded), np.nan)
    np.divide(paid, traded, out=mean, where=traded > 0)
    return mean


def volume_ratio(volume: Floats, *, recent: int = 5, before: int = 20) -> Floats:
    """Mean of the last ``recent`` candles over that of the ``before`` ahead of them; NaN where those had no volume."""
    answer = np.full(len(volume), np.nan)
    if len(volume) < recent + before:
        return answer
    base = _sums(volume, before)[:-recent] / before
    last = _sums(volume, recent)[before:] / recent
    answer[recent + before - 1 :] = np.divide(last, base, out=np.full(len(base), np.nan), where=base > 0)
    return answer


def _sums(values: Floats, period: int) -> Floats:
    """Sums of every ``period`` values in a row, each taken anew: a running sum keeps rounding errors where 0 is due."""
    return np.convolve(values, np.ones(period), mode="valid")
