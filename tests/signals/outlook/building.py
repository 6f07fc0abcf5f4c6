"""Readings, candles and books that a test spells out."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np

from exchange.market_types import BookLevel, OrderBook
from exchange.types import to_ms
from signals.indicators.candles import Candles, Timeframe, candles
from signals.indicators.frames import Frame
from signals.indicators.indicator_set import IndicatorSet

NOW = datetime(2024, 11, 23, 12, 0, 20, tzinfo=UTC)

GOLDEN = {"histogram_before": -1.0, "histogram": 1.0}
DEATH = {"histogram_before": 1.0, "histogram": -1.0}
BULL = {"ema_7": 3.0, "ema_21": 2.0, "ema_50": 1.0}
BEAR = {"ema_7": 1.0, "ema_21": 2.0, "ema_50": 3.0}
MIXED = {"ema_7": 2.0, "ema_21": 3.0, "ema_50": 1.0}


def readings(timeframe=Timeframe.M15, **values) -> IndicatorSet:
    """Indicators at a price of 100, those given and no others."""
    return IndicatorSet(timeframe=timeframe, **({"price": 100.0} | values))


def by_timeframe(*frames: IndicatorSet) -> dict[Timeframe, IndicatorSet]:
    return {frame.timeframe: frame for frame in frames}


def made_candles(closes, *, timeframe=Timeframe.M15, highs=None, lows=None, opens=None, last_open=None) -> Candles:
    """Candles up to the one that finished last at NOW; open is the close before, high and low reach 0.1 beyond."""
    closes = np.array(closes, dtype=float)
    opens = np.concatenate(([closes[0]], closes[:-1])) if opens is None else np.array(opens, dtype=float)
    highs = np.maximum(opens, closes) + 0.1 if highs is None else np.array(highs, dtype=float)
    lows = np.minimum(opens, closes) - 0.1 if lows is None else np.array(lows, dtype=float)
    step = timeframe.length // timedelta(milliseconds=1)
    last = to_ms(last_open or timeframe.newest_finished(NOW))
    open_ms = last - step * np.arange(len(closes) - 1, -1, -1, dtype=np.int64)
    return candles(timeframe, open_ms, np.column_stack([opens, highs, lows, closes, np.full(len(closes), 10.0)]))


def level_frame(timeframe, *, highs=(), lows=(), **values) -> Frame:
    """A frame whose candles swing at nothing but the given highs and lows, around 100."""
    count = 3 * max(len(highs), len(lows)) + 6
    high, low = np.full(count, 100.0), np.full(count, 100.0)
    for place, price in enumerate(highs):
        high[3 * place + 3] = price
    for place, price in enumerate(lows):
        low[3 * place + 3] = price
    flat = np.full(count, 100.0)
    made = made_candles(flat, timeframe=timeframe, highs=high, lows=low, opens=flat)
    return Frame(made, readings(timeframe, **values))


def book(bids, asks, *, at=NOW) -> OrderBook:
    """Order book of (price, quantity) pairs, best first."""
    sides = [tuple(BookLevel(Decimal(str(price)), Decimal(str(size))) for price, size in side) for side in (bids, asks)]
    return OrderBook(symbol="BTCUSDT", bids=sides[0], asks=sides[1], update_id=7, at=at)
