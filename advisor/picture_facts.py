"""The market picture as the rules read it, and as numbers by which situations are compared. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from signals.indicators.candles import Timeframe
from signals.indicators.indicator_set import Cross, IndicatorSet
from signals.outlook.picture import MarketPicture

ATR_DIGITS = 8
SHORT_FRAMES = (Timeframe.M1, Timeframe.M5)
OVERSOLD_TURN, OVERBOUGHT_TURN = 35.0, 65.0
SIGNS_OF_REBOUND = 2  # of three: RSI turning, the book heavier on that side, a MACD cross


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureFacts:
    """Prices in USDT. ``missing`` names what keeps new risk away; ``features`` are within about -1…1.

    ``rebound`` is 1 where the short timeframes turn up, -1 where they turn down, else 0.
    """

    symbol: str
    price: Decimal | None
    regime: str
    confluence: float
    atr: Decimal | None
    missing: tuple[str, ...]
    features: Mapping[str, float]
    rebound: int = 0


def facts_of(picture: MarketPicture) -> PictureFacts:
    quarter = picture.frames.get(Timeframe.M15)
    readings = quarter.indicators if quarter else None
    atr = readings.atr if readings else None
    missing = tuple(str(gap.part) for gap in picture.blocking_gaps)
    return PictureFacts(
        symbol=picture.symbol,
        price=picture.price,
        regime=str(picture.regime.regime),
        confluence=picture.confluence.score if picture.confluence else 0.0,
        atr=Decimal(f"{atr:.{ATR_DIGITS}g}") if atr else None,
        missing=missing or (() if picture.is_fit_for_entry else ("readings",)),
        features=_features(picture, readings),
        rebound=_rebound(picture),
    )


def _rebound(picture: MarketPicture) -> int:
    """At least two of three signs that the short timeframes turn."""
    frames = [picture.frames[name].indicators for name in SHORT_FRAMES if name in picture.frames]
    up = sum((any(map(_turns_up, frames)), _weighs(picture, 1), any(f.macd_cross is Cross.GOLDEN for f in frames)))
    down = sum((any(map(_turns_down, frames)), _weighs(picture, -1), any(f.macd_cross is Cross.DEATH for f in frames)))
    if max(up, down) < SIGNS_OF_REBOUND or up == down:
        return 0
    return 1 if up > down else -1


def _turns_up(frame: IndicatorSet) -> bool:
    return frame.rsi is not None and frame.rsi_before is not None and frame.rsi_before < OVERSOLD_TURN < frame.rsi


def _turns_down(frame: IndicatorSet) -> bool:
    return frame.rsi is not None and frame.rsi_before is not None and frame.rsi_before > OVERBOUGHT_TURN > frame.rsi


def _weighs(picture: MarketPicture, sign: int) -> bool:
    """Whether bids (1) or asks (-1) are the heavier side of the book."""
    return picture.book is not None and (picture.book.ratio > 1 if sign > 0 else picture.book.ratio < 1)


def _features(picture: MarketPicture, readings: IndicatorSet | None) -> dict[str, float]:
    known = {
        "confluence": _scaled(picture.confluence.score if picture.confluence else None, 100),
        "sentiment": _scaled(picture.sentiment.score if picture.sentiment else None, 100),
        "change_24h": _scaled(picture.change_24h_pct, 20),
        "book": _scaled(_log_ratio(picture.book.ratio) if picture.book else None, 1),
        "rsi": _scaled(readings.rsi - 50 if readings and readings.rsi is not None else None, 50),
        "adx": _scaled(readings.adx if readings else None, 50),
        "atr_pct": _scaled(readings.atr_pct if readings else None, 4),
    }
    return {name: value for name, value in known.items() if value is not None}


def _log_ratio(ratio: float) -> float | None:
    """Bids over asks on a scale where twice and half weigh the same."""
    return math.log(ratio) if ratio > 0 else None


def _scaled(value: float | None, whole: float) -> float | None:
    return None if value is None else max(-1.0, min(1.0, value / whole))
