"""All indicators of one timeframe at its last finished candle, and what they are called."""

import math
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np

from signals.indicators import momentum, trend, volatility, volume
from signals.indicators.candles import Candles, Floats, Timeframe

FEWEST_CANDLES = 10
STRONG_ADX, WEAK_ADX = 40.0, 20.0
OBV_CANDLES = 5


class Order(StrEnum):
    """How three averages lie, or where lines point."""

    BULL = "bull"
    BEAR = "bear"
    MIXED = "mixed"


class Extreme(StrEnum):
    OVERBOUGHT = "overbought"
    OVERSOLD = "oversold"
    BULLISH = "bullish"
    BEARISH = "bearish"
    NEUTRAL = "neutral"


class Cross(StrEnum):
    GOLDEN = "golden"
    DEATH = "death"
    NONE = "none"


class TrendStrength(StrEnum):
    STRONG = "strong"
    WEAK = "weak"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorSet:
    """Values at the close of one candle; None where they could not be measured. Prices in USDT."""

    timeframe: Timeframe
    open_time: datetime | None = None
    candles: int = 0
    price: float | None = None
    ema_7: float | None = None
    ema_21: float | None = None
    ema_50: float | None = None
    sma_20: float | None = None
    sar: float | None = None
    rsi: float | None = None
    rsi_before: float | None = None
    macd: float | None = None
    macd_signal: float | None = None
    histogram: float | None = None
    histogram_before: float | None = None
    stochastic_k: float | None = None
    stochastic_d: float | None = None
    williams_r: float | None = None
    cci: float | None = None
    band_upper: float | None = None
    band_middle: float | None = None
    band_lower: float | None = None
    atr: float | None = None
    adx: float | None = None
    plus_di: float | None = None
    minus_di: float | None = None
    obv: float | None = None
    obv_change: float | None = None  # base asset, over the last five values
    mfi: float | None = None
    volume_ratio: float | None = None
    vwap: float | None = None
    conversion: float | None = None
    base: float | None = None
    span_a: float | None = None
    span_b: float | None = None

    @property
    def ema_order(self) -> Order | None:
        if self.ema_7 is None or self.ema_21 is None or self.ema_50 is None:
            return None
        if self.ema_7 > self.ema_21 > self.ema_50:
            return Order.BULL
        return Order.BEAR if self.ema_7 < self.ema_21 < self.ema_50 else Order.MIXED

    @property
    def is_above_sar(self) -> bool | None:
        return None if self.price is None or self.sar is None else self.price > self.sar

    @property
    def rsi_reads(self) -> Extreme | None:
        if self.rsi is None:
            return None
        if self.rsi > 70:
            return Extreme.OVERBOUGHT
        return Extreme.OVERSOLD if self.rsi < 30 else Extreme.NEUTRAL

    @property
    def macd_cross(self) -> Cross | None:
        """A crossing that the last candle made."""
        before, now = self.histogram_before, self.histogram
        if before is None or now is None:
            return None
        if before < 0 <= now:
            return Cross.GOLDEN
        return Cross.DEATH if before > 0 >= now else Cross.NONE

    @property
    def stochastic_reads(self) -> Extreme | None:
        k, d = self.stochastic_k, self.stochastic_d
        if k is None or d is None:
            return None
        if min(k, d) > 80:
            return Extreme.OVERBOUGHT
        if max(k, d) < 20:
            return Extreme.OVERSOLD
        return Extreme.BULLISH if k > d else Extreme.BEARISH

    @property
    def band_width(self) -> float | None:
        """Distance of the bands as a fraction of the middle."""
        if self.band_upper is None or self.band_lower is None or not self.band_middle:
            return None
        return (self.band_upper - self.band_lower) / self.band_middle

    @property
    def percent_b(self) -> float | None:
        """Place of the price between the bands: 0 at the lower, 1 at the upper; None when they touch."""
        if self.price is None or self.band_upper is None or self.band_lower is None:
            return None
        width = self.band_upper - self.band_lower
        return (self.price - self.band_lower) / width if width > 0 else None

    @property
    def atr_pct(self) -> float | None:
        """ATR in percent of the price."""
        return None if self.atr is None or not self.price else self.atr / self.price * 100

    @property
    def obv_trend(self) -> int | None:
        """Sign of the change of OBV over its last five values."""
        return None if self.obv_change is None else int(np.sign(self.obv_change))

    @property
    def ichimoku_reads(self) -> Extreme | None:
        if self.price is None or self.conversion is None or self.base is None or self.span_a is None:
            return None
        if self.conversion > self.base and self.price > self.span_a:
            return Extreme.BULLISH
        is_bearish = self.conversion < self.base and self.price < self.span_a
        return Extreme.BEARISH if is_bearish else Extreme.NEUTRAL

    def trend_strength(self, *, strong: float = STRONG_ADX, weak: float = WEAK_ADX) -> TrendStrength | None:
        if self.adx is None:
            return None
        if self.adx > strong:
            return TrendStrength.STRONG
        return TrendStrength.WEAK if self.adx > weak else TrendStrength.NONE


def indicator_set(candles: Candles) -> IndicatorSet:
    """All indicators of ``candles``; with fewer than ten candles none."""
    frame = IndicatorSet(timeframe=candles.timeframe, open_time=candles.last_open, candles=len(candles))
    if len(candles) < FEWEST_CANDLES:
        return frame
    values = _trend(candles) | _momentum(candles) | _volatility(candles) | _volume(candles)
    return IndicatorSet(
        timeframe=frame.timeframe, open_time=frame.open_time, candles=frame.candles, price=_at(candles.close), **values
    )


def _trend(c: Candles) -> dict[str, float | None]:
    macd = trend.macd(c.close)
    direction = trend.directional(c.high, c.low, c.close)
    cloud = trend.ichimoku(c.high, c.low)
    return {
        "ema_7": _at(trend.ema(c.close, 7)),
        "ema_21": _at(trend.ema(c.close, 21)),
        "ema_50": _at(trend.ema(c.close, min(50, len(c) * 4 // 5))),
        "sma_20": _at(trend.sma(c.close, 20)),
        "sar": _at(trend.parabolic_sar(c.high, c.low)),
        "macd": _at(macd.line),
        "macd_signal": _at(macd.signal),
        "histogram": _at(macd.histogram),
        "histogram_before": _at(macd.histogram, -2),
        "adx": _at(direction.adx),
        "plus_di": _at(direction.plus_di),
        "minus_di": _at(direction.minus_di),
        "conversion": _at(cloud.conversion),
        "base": _at(cloud.base),
        "span_a": _at(cloud.span_a),
        "span_b": _at(cloud.span_b),
    }


def _momentum(c: Candles) -> dict[str, float | None]:
    rsi = momentum.rsi(c.close)
    stochastic = momentum.stochastic(c.high, c.low, c.close)
    return {
        "rsi": _at(rsi),
        "rsi_before": _at(rsi, -2),
        "stochastic_k": _at(stochastic.k),
        "stochastic_d": _at(stochastic.d),
        "williams_r": _at(momentum.williams_r(c.high, c.low, c.close)),
        "cci": _at(momentum.cci(c.high, c.low, c.close)),
    }


def _volatility(c: Candles) -> dict[str, float | None]:
    bands = volatility.bollinger(c.close)
    return {
        "band_upper": _at(bands.upper),
        "band_middle": _at(bands.middle),
        "band_lower": _at(bands.lower),
        "atr": _at(volatility.atr(c.high, c.low, c.close)),
    }


def _volume(c: Candles) -> dict[str, float | None]:
    obv = volume.obv(c.close, c.volume)
    return {
        "obv": _at(obv),
        "obv_change": float(obv[-1] - obv[-OBV_CANDLES]),
        "mfi": _at(volume.mfi(c.high, c.low, c.close, c.volume)),
        "volume_ratio": _at(volume.volume_ratio(c.volume)),
        "vwap": _at(volume.vwap(c.high, c.low, c.close, c.volume)),
    }


def _at(values: Floats, place: int = -1) -> float | None:
    value = float(values[place])
    return value if math.isfinite(value) else None
