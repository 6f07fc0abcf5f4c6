"""The picture of one symbol at one moment: every judgement over its inputs, for a prompt, the rules and the journal."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType

from exchange.market_types import FundingRate, LongShortRatio, OpenInterest
from exchange.types import DayTicker, MarkPrice
from signals.indicators.candles import Timeframe
from signals.indicators.frames import Frame
from signals.indicators.indicator_set import STRONG_ADX, IndicatorSet
from signals.outlook.big_trend import BigTrend, big_trend
from signals.outlook.confluence import Confluence, confluence
from signals.outlook.flow import PricePosition, VolumeMomentum, price_position, volume_momentum
from signals.outlook.inputs import (
    Freshness,
    Gap,
    GapKind,
    MarketInputs,
    Part,
    inputs_hash,
    usable,
)
from signals.outlook.journal import Row, journal_rows
from signals.outlook.levels import KeyLevels, exact_price, key_levels
from signals.outlook.order_book import BookReading, read_book
from signals.outlook.patterns import Pattern, patterns
from signals.outlook.price_action import PriceAction, price_action
from signals.outlook.regime import TREND_ADX, RegimeReading, regime_of
from signals.outlook.sentiment import Mood, Sentiment, mood, sentiment

ESSENTIAL = frozenset({Timeframe.M1, Timeframe.M5, Timeframe.M15, Timeframe.H1, Part.DAY, Part.BOOK, Part.MARK})


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """ADX above which a trend counts: ``strong_adx`` in the sentiment, ``trend_adx`` in the regime."""

    strong_adx: float = STRONG_ADX
    trend_adx: float = TREND_ADX


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MarketPicture:
    """What is not known is None or absent, and ``gaps`` says why. ``price`` is the last traded, USDT.

    ``inputs_hash`` is equal for equal inputs, whenever they were looked at.
    """

    symbol: str
    now: datetime
    price: Decimal | None
    change_24h_pct: float | None
    day: DayTicker | None
    mark: MarkPrice | None
    mood: Mood | None
    open_interest: OpenInterest | None
    crowd: LongShortRatio | None
    fundings: tuple[FundingRate, ...]
    frames: Mapping[Timeframe, Frame]
    book: BookReading | None
    sentiment: Sentiment | None
    volume_momentum: VolumeMomentum | None
    price_position: PricePosition | None
    regime: RegimeReading
    confluence: Confluence | None
    levels: KeyLevels | None
    patterns: tuple[Pattern, ...]
    action: PriceAction
    trend: BigTrend
    gaps: tuple[Gap, ...]
    inputs_hash: str

    @property
    def blocking_gaps(self) -> tuple[Gap, ...]:
        """Gaps that forbid new risk: in the four short timeframes, the price, the book or the mark price."""
        return tuple(gap for gap in self.gaps if gap.part in ESSENTIAL and gap.kind is not GapKind.SHORT)

    @property
    def is_fit_for_entry(self) -> bool:
        """Whether all that an entry is judged by is there, the range that its stop is measured in included."""
        return not self.blocking_gaps and self.atr is not None

    @property
    def atr(self) -> Decimal | None:
        """Average true range of the 15 m candles, USDT, of ten significant digits; stops are measured in it."""
        quarter = self.frames.get(Timeframe.M15)
        atr = quarter.indicators.atr if quarter else None
        return None if atr is None else exact_price(atr)

    def as_rows(self) -> list[Row]:
        """Rows for the journal: plain JSON, prices as text, readings to six digits; what is unknown is left out."""
        return journal_rows(self)


def picture_of(
    inputs: MarketInputs, *, freshness: Freshness | None = None, thresholds: Thresholds | None = None
) -> MarketPicture:
    """Everything that can be said of ``inputs``; what is missing, stale or later than its now has no say."""
    limits = thresholds or Thresholds()
    whole = usable(inputs, freshness or Freshness())
    known = whole.inputs
    indicators = {timeframe: frame.indicators for timeframe, frame in known.frames.items()}
    price = known.day.last_price if known.day else None
    change = change_pct(known.day) if known.day else None
    book = read_book(known.book) if known.book else None
    regime = regime_of(indicators, trend_adx=limits.trend_adx)
    levels = _levels(price, known.frames, book)
    return MarketPicture(
        symbol=known.symbol,
        now=known.now,
        price=price,
        change_24h_pct=change,
        day=known.day,
        mark=known.mark,
        mood=mood(float(known.mark.funding_rate)) if known.mark else None,
        open_interest=known.open_interest,
        crowd=known.crowd,
        fundings=known.fundings,
        frames=MappingProxyType(dict(known.frames)),
        book=book,
        sentiment=_sentiment(known, indicators, book, strong_adx=limits.strong_adx),
        volume_momentum=volume_momentum(indicators.get(Timeframe.M5), change_24h_pct=change),
        price_position=price_position(indicators.get(Timeframe.M5)),
        regime=regime,
        confluence=confluence(indicators, regime.regime),
        levels=levels,
        patterns=_patterns(known.frames.get(Timeframe.M15)),
        action=price_action(indicators, levels),
        trend=big_trend(indicators),
        gaps=whole.gaps,
        inputs_hash=inputs_hash(whole),
    )


def change_pct(day: DayTicker) -> float | None:
    """Change over the last 24 hours in percent; None for a contract that had no price then."""
    return float((day.last_price / day.open_price - 1) * 100) if day.open_price else None


def _sentiment(
    known: MarketInputs, indicators: Mapping[Timeframe, IndicatorSet], book: BookReading | None, *, strong_adx: float
) -> Sentiment | None:
    return sentiment(
        indicators,
        funding_rate=float(known.mark.funding_rate) if known.mark else None,
        book=book,
        change_24h_pct=change_pct(known.day) if known.day else None,
        strong_adx=strong_adx,
    )


def _patterns(quarter: Frame | None) -> tuple[Pattern, ...]:
    return patterns(quarter.candles) if quarter else ()


def _levels(price: Decimal | None, frames: Mapping[Timeframe, Frame], book: BookReading | None) -> KeyLevels | None:
    if price is None:
        return None
    return key_levels(price=price, hour=frames.get(Timeframe.H1), quarter=frames.get(Timeframe.M15), book=book)
