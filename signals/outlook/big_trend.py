"""The big trend: what the 4 h and 1 d candles say, which a trade should not go against."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from signals.indicators.candles import Timeframe
from signals.indicators.indicator_set import IndicatorSet, Order


class Trend(StrEnum):
    UP = "up"
    DOWN = "down"
    SIDEWAYS = "sideways"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class BigTrend:
    four_hours: Trend
    day: Trend

    @property
    def overall(self) -> Trend:
        """The direction both share; that of the one that has a direction or is known; sideways when they differ."""
        known = {trend for trend in (self.four_hours, self.day) if trend is not Trend.UNKNOWN}
        directed = known - {Trend.SIDEWAYS}
        if len(directed) == 1:
            return directed.pop()
        return Trend.SIDEWAYS if known else Trend.UNKNOWN

    @property
    def is_whole(self) -> bool:
        return Trend.UNKNOWN not in (self.four_hours, self.day)


def big_trend(frames: Mapping[Timeframe, IndicatorSet]) -> BigTrend:
    return BigTrend(trend_of(frames.get(Timeframe.H4)), trend_of(frames.get(Timeframe.D1)))


def trend_of(frame: IndicatorSet | None) -> Trend:
    """Up where the averages are in order and price is above the slowest; down mirrored."""
    if frame is None or frame.price is None or frame.ema_50 is None or (order := frame.ema_order) is None:
        return Trend.UNKNOWN
    if order is Order.BULL and frame.price > frame.ema_50:
        return Trend.UP
    return Trend.DOWN if order is Order.BEAR and frame.price < frame.ema_50 else Trend.SIDEWAYS
