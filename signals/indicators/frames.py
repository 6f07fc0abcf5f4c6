"""Candles with their indicators, kept until the next candle closes."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

from signals.indicators.candles import Candles, Timeframe
from signals.indicators.indicator_set import IndicatorSet, indicator_set


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One timeframe of one symbol: finished candles and the indicators at the last."""

    candles: Candles
    indicators: IndicatorSet

    @property
    def timeframe(self) -> Timeframe:
        return self.candles.timeframe


def frame_of(candles: Candles) -> Frame:
    return Frame(candles, indicator_set(candles))


class FrameCache:
    """Frames by symbol, timeframe and open time of the last finished candle, the newest ``most``. Thread-safe."""

    def __init__(self, *, most: int = 256) -> None:
        self._most = most
        self._frames: OrderedDict[tuple[str, Timeframe, datetime], Frame] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, symbol: str, timeframe: Timeframe, last_open: datetime) -> Frame | None:
        """The frame whose last candle opened at ``last_open``."""
        key = (symbol, timeframe, last_open)
        with self._lock:
            frame = self._frames.get(key)
            if frame is not None:
                self._frames.move_to_end(key)
            return frame

    def put(self, symbol: str, frame: Frame) -> None:
        """Keep a frame; one without candles is not kept."""
        last_open = frame.candles.last_open
        if last_open is None:
            return
        with self._lock:
            self._frames[symbol, frame.timeframe, last_open] = frame
            while len(self._frames) > self._most:
                self._frames.popitem(last=False)
