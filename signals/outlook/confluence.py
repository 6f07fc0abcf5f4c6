"""Whether the timeframes agree. The score is of our own making: the specification only asks that two of them agree.

Each timeframe votes by six readings; the votes are weighed by what the regime makes trustworthy. In a trend the slow
candles lead, in a range the middle ones, and wild minutes say nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from signals.indicators.candles import Timeframe
from signals.indicators.indicator_set import Extreme, IndicatorSet, Order
from signals.outlook.regime import Regime

CLEAR_LEAN = 1 / 3
ENOUGH_FRAMES = 2


def _weights(*weights: int) -> Mapping[Timeframe, int]:
    return MappingProxyType(dict(zip(Timeframe, weights, strict=True)))


# 1m, 5m, 15m, 1h, 4h, 1d
WEIGHTS: Mapping[Regime, Mapping[Timeframe, int]] = MappingProxyType(
    {
        Regime.TRENDING_UP: _weights(1, 2, 3, 4, 4, 3),
        Regime.TRENDING_DOWN: _weights(1, 2, 3, 4, 4, 3),
        Regime.RANGING: _weights(1, 2, 4, 3, 1, 1),
        Regime.QUIET: _weights(1, 2, 3, 3, 2, 2),
        Regime.VOLATILE: _weights(0, 1, 3, 4, 3, 2),
    }
)


@dataclass(frozen=True, slots=True)
class Confluence:
    """``score`` -100 (all down) to 100 (all up); ``leans`` the same by timeframe as -1..1.

    ``agreeing`` are the timeframes that lean clearly to the side of the score; ``coverage`` the share of the weight
    that was there to be asked, 0..1.
    """

    score: float
    leans: Mapping[Timeframe, float]
    agreeing: tuple[Timeframe, ...]
    coverage: float

    @property
    def is_agreed(self) -> bool:
        """Whether at least two timeframes say so."""
        return len(self.agreeing) >= ENOUGH_FRAMES


def confluence(frames: Mapping[Timeframe, IndicatorSet], regime: Regime) -> Confluence | None:
    """Agreement of the timeframes that have readings; None when none of weight has."""
    weights = WEIGHTS[regime]
    leans = {frame.timeframe: lean for frame in frames.values() if (lean := lean_of(frame)) is not None}
    weight = sum(weights[timeframe] for timeframe in leans)
    if not weight:
        return None
    mean = sum(lean * weights[timeframe] for timeframe, lean in leans.items()) / weight
    side = int(np.sign(mean))
    agreeing = tuple(timeframe for timeframe in Timeframe if side and leans.get(timeframe, 0) * side >= CLEAR_LEAN)
    return Confluence(round(mean * 100, 2), leans, agreeing, round(weight / sum(weights.values()), 4))


def lean_of(frame: IndicatorSet) -> float | None:
    """Mean vote of one timeframe, -1..1; None without any reading."""
    votes = list(_votes(frame))
    return sum(votes) / len(votes) if votes else None


def _votes(frame: IndicatorSet) -> Iterator[int]:
    if (order := frame.ema_order) is not None:
        yield {Order.BULL: 1, Order.BEAR: -1, Order.MIXED: 0}[order]
    if frame.histogram is not None:
        yield int(np.sign(frame.histogram))
    if frame.rsi is not None:
        yield int(np.sign(frame.rsi - 50))
    if (is_above := frame.is_above_sar) is not None:
        yield 1 if is_above else -1
    if frame.plus_di is not None and frame.minus_di is not None:
        yield int(np.sign(frame.plus_di - frame.minus_di))
    if (cloud := frame.ichimoku_reads) is not None:
        yield {Extreme.BULLISH: 1, Extreme.BEARISH: -1}.get(cloud, 0)
