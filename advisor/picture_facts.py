"""The market picture as the rules read it, and as numbers by which situations are compared. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from signals.indicators.candles import Timeframe
from signals.indicators.indicator_set import IndicatorSet
from signals.outlook.picture import MarketPicture

ATR_DIGITS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureFacts:
    """Prices in USDT. ``missing`` names what keeps new risk away; ``features`` are within about -1…1."""

    symbol: str
    price: Decimal | None
    regime: str
    confluence: float
    atr: Decimal | None
    missing: tuple[str, ...]
    features: Mapping[str, float]


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
    )


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
