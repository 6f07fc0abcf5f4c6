from datetime import timedelta

import numpy as np

from signals.indicators.candles import Timeframe, candles
from signals.indicators.frames import FrameCache, frame_of
from tests.signals.indicators.recorded import NAMES, recorded

FRAME = frame_of(recorded(NAMES[0], 100))
LAST = FRAME.candles.last_open


def test_a_frame_is_found_by_symbol_timeframe_and_last_candle():
    cache = FrameCache()

    cache.put("BTCUSDT", FRAME)

    assert cache.get("BTCUSDT", FRAME.timeframe, LAST) is FRAME
    assert cache.get("ETHUSDT", FRAME.timeframe, LAST) is None
    assert cache.get("BTCUSDT", Timeframe.M1, LAST) is None
    assert cache.get("BTCUSDT", FRAME.timeframe, LAST + FRAME.timeframe.length) is None


def test_the_frame_unused_longest_is_forgotten():
    cache = FrameCache(most=2)
    cache.put("A", FRAME)
    cache.put("B", FRAME)
    cache.get("A", FRAME.timeframe, LAST)

    cache.put("C", FRAME)

    assert cache.get("B", FRAME.timeframe, LAST) is None
    assert cache.get("A", FRAME.timeframe, LAST) is cache.get("C", FRAME.timeframe, LAST) is FRAME


def test_a_frame_without_candles_is_not_kept():
    cache = FrameCache()
    empty = frame_of(candles(Timeframe.H1, np.array([], dtype=np.int64), np.empty((0, 5))))

    cache.put("BTCUSDT", empty)

    assert cache.get("BTCUSDT", Timeframe.H1, LAST - timedelta(hours=1)) is None
    assert empty.indicators.price is None
