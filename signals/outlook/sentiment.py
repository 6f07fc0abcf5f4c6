"""Sentiment of a symbol, -100 (bearish) to 100 (bullish): a sum of points, each with the reading that gave it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from signals.indicators.candles import Timeframe
from signals.indicators.indicator_set import STRONG_ADX, Cross, Extreme, IndicatorSet, Order, TrendStrength
from signals.outlook.order_book import BookReading, Pressure

WEIGHTS = {Timeframe.M1: 1, Timeframe.M5: 2, Timeframe.M15: 3, Timeframe.H1: 1}
MOST = 100
ORDER_POINTS = {Order.BULL: 2, Order.BEAR: -2, Order.MIXED: 0}
CROSS_POINTS = {Cross.GOLDEN: 3, Cross.DEATH: -3, Cross.NONE: 0}
PRESSURE_POINTS = {Pressure.BUYERS: 5, Pressure.SELLERS: -5, Pressure.BALANCED: 0}


class Bias(StrEnum):
    STRONG_BULL = "strong_bull"
    BULL = "bull"
    NEUTRAL = "neutral"
    BEAR = "bear"
    STRONG_BEAR = "strong_bear"


class Mood(StrEnum):
    """What the funding rate says of the crowd."""

    EXTREME_GREED = "extreme_greed"
    GREED = "greed"
    NEUTRAL = "neutral"
    FEAR = "fear"
    EXTREME_FEAR = "extreme_fear"


MOOD_POINTS = {Mood.EXTREME_GREED: -10, Mood.GREED: -5, Mood.NEUTRAL: 0, Mood.FEAR: 5, Mood.EXTREME_FEAR: 10}


@dataclass(frozen=True, slots=True)
class Contribution:
    """Points of one reading; ``source`` names it, with its timeframe where it has one."""

    source: str
    points: int


@dataclass(frozen=True, slots=True)
class Sentiment:
    """``contributions`` holds every reading that was there, also those that gave nothing."""

    score: int
    contributions: tuple[Contribution, ...]

    @property
    def bias(self) -> Bias:
        if abs(self.score) <= 10:
            return Bias.NEUTRAL
        if self.score > 0:
            return Bias.STRONG_BULL if self.score > 30 else Bias.BULL
        return Bias.STRONG_BEAR if self.score < -30 else Bias.BEAR


def sentiment(
    frames: Mapping[Timeframe, IndicatorSet],
    *,
    funding_rate: float | None,
    book: BookReading | None,
    change_24h_pct: float | None,
    strong_adx: float = STRONG_ADX,
) -> Sentiment | None:
    """The score of what is known; None when nothing is. ``funding_rate`` is a fraction, ``change_24h_pct`` percent."""
    given = [
        *_of_market(funding_rate, book, change_24h_pct),
        *(
            Contribution(f"{frame}.{source}", points * weight)
            for frame, weight in WEIGHTS.items()
            if frame in frames
            for source, points in _of_frame(frames[frame], strong_adx)
        ),
    ]
    if not given:
        return None
    total = sum(contribution.points for contribution in given)
    return Sentiment(max(-MOST, min(MOST, total)), tuple(given))


def mood(funding_rate: float) -> Mood:
    """``funding_rate`` is a fraction per funding interval."""
    if funding_rate > 0.0005:
        return Mood.EXTREME_GREED if funding_rate > 0.001 else Mood.GREED
    if funding_rate < -0.0005:
        return Mood.EXTREME_FEAR if funding_rate < -0.001 else Mood.FEAR
    return Mood.NEUTRAL


def _of_market(
    funding_rate: float | None, book: BookReading | None, change_24h_pct: float | None
) -> Iterator[Contribution]:
    if funding_rate is not None:
        yield Contribution("funding", MOOD_POINTS[mood(funding_rate)])
    if book is not None:
        yield Contribution("book", PRESSURE_POINTS[book.pressure])
        yield Contribution("micro_pressure", _beyond(book.micro_pressure, low=0.5, high=2.0, points=3))
    if change_24h_pct is not None:
        yield Contribution("change_24h", _beyond(change_24h_pct, low=-5.0, high=5.0, points=3))


def _of_frame(frame: IndicatorSet, strong_adx: float) -> Iterator[tuple[str, int]]:
    """Readings of one timeframe with their points before weighing; what could not be measured gives none."""
    if frame.rsi is not None:
        yield "rsi", _rsi_points(frame.rsi)
    if (cross := frame.macd_cross) is not None:
        yield "macd", CROSS_POINTS[cross]
    if (order := frame.ema_order) is not None:
        yield "ema", ORDER_POINTS[order]
    if (reads := frame.stochastic_reads) is not None:
        yield "stochastic", {Extreme.OVERSOLD: 2, Extreme.OVERBOUGHT: -2}.get(reads, 0)
    if (strength := frame.trend_strength(strong=strong_adx)) is not None:
        yield "adx", _direction(frame) * (3 if strength is TrendStrength.STRONG else 0)
    if (is_above := frame.is_above_sar) is not None:
        yield "sar", 1 if is_above else -1


def _rsi_points(rsi: float) -> int:
    """Extremes count against their side, the halves before them for it."""
    if rsi > 60:
        return -3 if rsi > 70 else 1
    if rsi < 40:
        return 3 if rsi < 30 else -1
    return 0


def _direction(frame: IndicatorSet) -> int:
    return 1 if (frame.plus_di or 0) > (frame.minus_di or 0) else -1


def _beyond(value: float, *, low: float, high: float, points: int) -> int:
    if value > high:
        return points
    return -points if value < low else 0
