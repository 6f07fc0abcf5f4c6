"""What price is doing, in one word. A change of the word is an event: the story has changed."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum

from signals.indicators.candles import Timeframe
from signals.indicators.indicator_set import IndicatorSet, Order
from signals.outlook.levels import KeyLevel, KeyLevels

STRONG_TREND_ADX = 30.0
CALM_ADX, CALM_ATR_PCT = 20.0, 0.8
PULLBACK_RSI, BOUNCE_RSI = 45.0, 55.0
AT_LEVEL_WITHIN = Decimal("0.005")


class PriceAction(StrEnum):
    STRONG_UP = "strong_trend_up"
    STRONG_DOWN = "strong_trend_down"
    TESTING_SUPPORT = "testing_support"
    TESTING_RESISTANCE = "testing_resistance"
    CONSOLIDATING = "consolidating"
    PULLBACK = "pullback"
    BOUNCE = "bounce"
    NEUTRAL = "neutral"


def price_action(frames: Mapping[Timeframe, IndicatorSet], levels: KeyLevels | None) -> PriceAction:
    """First match wins; what is not known matches nothing. Pullback and bounce are against the 1 h averages."""
    hour, quarter = frames.get(Timeframe.H1), frames.get(Timeframe.M15)
    order = hour.ema_order if hour else None
    if hour and hour.adx is not None and hour.adx > STRONG_TREND_ADX and order in (Order.BULL, Order.BEAR):
        return PriceAction.STRONG_UP if order is Order.BULL else PriceAction.STRONG_DOWN
    return (levels and _at_level(levels)) or _between_levels(order, quarter)


def _at_level(levels: KeyLevels) -> PriceAction | None:
    """The nearer of support and resistance within 0.5 %."""
    support, resistance = (_distance(level, levels.price) for level in (levels.support, levels.resistance))
    if min(support, resistance) > AT_LEVEL_WITHIN:
        return None
    return PriceAction.TESTING_SUPPORT if support <= resistance else PriceAction.TESTING_RESISTANCE


def _distance(level: KeyLevel | None, price: Decimal) -> Decimal:
    return abs(level.price / price - 1) if level else Decimal("Infinity")


def _between_levels(order: Order | None, quarter: IndicatorSet | None) -> PriceAction:
    if quarter is None:
        return PriceAction.NEUTRAL
    adx, atr_pct, rsi = quarter.adx, quarter.atr_pct, quarter.rsi
    if adx is not None and atr_pct is not None and adx < CALM_ADX and atr_pct < CALM_ATR_PCT:
        return PriceAction.CONSOLIDATING
    if rsi is not None and order is Order.BULL and rsi < PULLBACK_RSI:
        return PriceAction.PULLBACK
    if rsi is not None and order is Order.BEAR and rsi > BOUNCE_RSI:
        return PriceAction.BOUNCE
    return PriceAction.NEUTRAL
