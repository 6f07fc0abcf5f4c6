"""Which of five kinds of market this is, and by which rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from signals.indicators.candles import Timeframe
from signals.indicators.indicator_set import Cross, IndicatorSet, Order

VOLATILE_ATR_PCT, QUIET_ATR_PCT = 2.0, 0.5
TREND_ADX, WEAK_ADX = 25.0, 20.0
RSI_UP, RSI_DOWN = 55.0, 45.0


class Regime(StrEnum):
    TRENDING_UP = "trending_up"
    TRENDING_DOWN = "trending_down"
    RANGING = "ranging"
    VOLATILE = "volatile"
    QUIET = "quiet"


class RegimeRule(StrEnum):
    """The rule that matched, in the order in which they are tried."""

    NO_DATA = "no_data"
    WIDE_RANGE = "wide_range"
    TREND = "trend"
    WEAK_TREND = "weak_trend"
    CROSS = "cross"
    OTHERWISE = "otherwise"


@dataclass(frozen=True, slots=True)
class RegimeReading:
    """``timeframe`` is the one judged; None without data, which counts as quiet."""

    regime: Regime
    rule: RegimeRule
    timeframe: Timeframe | None


def regime_of(frames: Mapping[Timeframe, IndicatorSet], *, trend_adx: float = TREND_ADX) -> RegimeReading:
    """Regime by the 15 m candles, without them by the 1 h candles."""
    for timeframe in (Timeframe.M15, Timeframe.H1):
        frame = frames.get(timeframe)
        if frame is not None and frame.price is not None:
            return RegimeReading(*_judge(frame, trend_adx), timeframe)
    return RegimeReading(Regime.QUIET, RegimeRule.NO_DATA, None)


def _judge(frame: IndicatorSet, trend_adx: float) -> tuple[Regime, RegimeRule]:
    """First match wins; what could not be measured matches nothing."""
    atr_pct, adx, order = frame.atr_pct, frame.adx, frame.ema_order
    if atr_pct is not None and atr_pct > VOLATILE_ATR_PCT:
        return Regime.VOLATILE, RegimeRule.WIDE_RANGE
    if adx is not None and adx > trend_adx and order in (Order.BULL, Order.BEAR):
        return Regime.TRENDING_UP if order is Order.BULL else Regime.TRENDING_DOWN, RegimeRule.TREND
    if adx is not None and adx < WEAK_ADX:
        is_quiet = atr_pct is not None and atr_pct < QUIET_ATR_PCT
        return Regime.QUIET if is_quiet else Regime.RANGING, RegimeRule.WEAK_TREND
    if frame.rsi is not None and frame.rsi > RSI_UP and frame.macd_cross is Cross.GOLDEN:
        return Regime.TRENDING_UP, RegimeRule.CROSS
    if frame.rsi is not None and frame.rsi < RSI_DOWN and frame.macd_cross is Cross.DEATH:
        return Regime.TRENDING_DOWN, RegimeRule.CROSS
    return Regime.RANGING, RegimeRule.OTHERWISE
