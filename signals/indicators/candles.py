"""Finished candles of one timeframe as float arrays, oldest first: what indicators are computed from."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from exchange.types import EPOCH, Kline, from_ms, to_ms

Floats = NDArray[np.float64]
Times = NDArray[np.int64]


class Timeframe(StrEnum):
    """Candle lengths that are looked at, the venue's spelling."""

    M1 = "1m"
    M5 = "5m"
    M15 = "15m"
    H1 = "1h"
    H4 = "4h"
    D1 = "1d"

    @property
    def length(self) -> timedelta:
        return _LENGTHS[self]

    @property
    def window(self) -> int:
        """How many finished candles are looked at."""
        return 120 if self in (Timeframe.M1, Timeframe.M5) else 100

    def newest_finished(self, now: datetime) -> datetime:
        """Open time of the candle that finished last at ``now``."""
        return now - (now - EPOCH) % self.length - self.length


_LENGTHS = {
    Timeframe.M1: timedelta(minutes=1),
    Timeframe.M5: timedelta(minutes=5),
    Timeframe.M15: timedelta(minutes=15),
    Timeframe.H1: timedelta(hours=1),
    Timeframe.H4: timedelta(hours=4),
    Timeframe.D1: timedelta(days=1),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candles:
    """Prices in USDT, volume in base asset. ``open_ms`` is Unix ms; ``digest`` names the content."""

    timeframe: Timeframe
    open_ms: Times
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    digest: str

    def __len__(self) -> int:
        return len(self.open_ms)

    @property
    def last_open(self) -> datetime | None:
        """Open time of the newest candle."""
        return from_ms(int(self.open_ms[-1])) if len(self) else None

    @property
    def missing(self) -> int:
        """Candles that lack between the first and the last."""
        if not len(self):
            return 0
        step = self.timeframe.length // timedelta(milliseconds=1)
        return int(self.open_ms[-1] - self.open_ms[0]) // step + 1 - len(self)


def candles_of(bars: Sequence[Kline], timeframe: Timeframe, *, now: datetime) -> Candles:
    """The newest finished ``bars``, which come oldest first; those that end at ``now`` or later are left out."""
    finished = [bar for bar in bars if bar.close_time < now][-timeframe.window :]
    columns = np.array(
        [(bar.open, bar.high, bar.low, bar.close, bar.volume) for bar in finished], dtype=np.float64
    ).reshape(len(finished), 5)
    return candles(timeframe, np.array([to_ms(bar.open_time) for bar in finished], dtype=np.int64), columns)


def candles(timeframe: Timeframe, open_ms: Times, columns: Floats) -> Candles:
    """Candles of a table with the columns open, high, low, close, volume."""
    table = np.ascontiguousarray(columns.T)
    table.setflags(write=False)
    digest = hashlib.sha256(timeframe.encode() + open_ms.astype("<i8").tobytes() + table.astype("<f8").tobytes())
    opens, highs, lows, closes, volumes = table
    return Candles(
        timeframe=timeframe,
        open_ms=open_ms,
        open=opens,
        high=highs,
        low=lows,
        close=closes,
        volume=volumes,
        digest=digest.hexdigest(),
    )
