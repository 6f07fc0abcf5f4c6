"""What a picture is made of, as it was read, and which of it may be used: nothing missing, stale or from later."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from exchange.market_types import FundingRate, LongShortRatio, OpenInterest, OrderBook
from exchange.types import DayTicker, MarkPrice, to_ms
from signals.indicators.candles import Candles, Timeframe
from signals.indicators.frames import Frame


class Part(StrEnum):
    """Parts of a picture besides its candles, which go by their timeframe."""

    DAY = "day"
    BOOK = "book"
    MARK = "mark"
    OPEN_INTEREST = "open_interest"
    CROWD = "crowd"
    FUNDINGS = "fundings"


class GapKind(StrEnum):
    """SHORT: a young contract; what could be measured is used. All others: the part is not used."""

    MISSING = "missing"
    STALE = "stale"
    LATER = "later"
    HOLES = "holes"
    SHORT = "short"


@dataclass(frozen=True, slots=True)
class Gap:
    """A part that is not whole; ``part`` is a Part or a timeframe."""

    part: str
    kind: GapKind
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How far from its now a part may be, market time. ``ahead`` is what reading itself takes."""

    ahead: timedelta = timedelta(seconds=10)
    quote: timedelta = timedelta(seconds=60)
    day: timedelta = timedelta(minutes=5)
    open_interest: timedelta = timedelta(minutes=5)
    crowd: timedelta = timedelta(minutes=15)
    fundings: timedelta = timedelta(hours=9)

    @classmethod
    def at_speed(cls, speed: Decimal) -> "Freshness":
        """For a market that runs ``speed`` times as fast: the same wall time means that much more."""
        factor = max(1.0, float(speed))
        return cls(**{item.name: getattr(_REAL_TIME, item.name) * factor for item in fields(cls)})


_REAL_TIME = Freshness()


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketInputs:
    """Everything read of one symbol for ``now``. ``unread`` holds the parts that could not be, with the reason."""

    symbol: str
    now: datetime
    frames: Mapping[Timeframe, Frame] = field(default_factory=dict)
    day: DayTicker | None = None
    book: OrderBook | None = None
    mark: MarkPrice | None = None
    open_interest: OpenInterest | None = None
    crowd: LongShortRatio | None = None
    fundings: tuple[FundingRate, ...] = ()
    unread: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usable:
    """The inputs that may be used, and the gaps of the others."""

    inputs: MarketInputs
    gaps: tuple[Gap, ...]


def usable(inputs: MarketInputs, freshness: Freshness) -> Usable:
    """Keep of ``inputs`` what is whole and of its time."""
    gaps = [*_frame_gaps(inputs), *_part_gaps(inputs, freshness)]
    unusable = {gap.part for gap in gaps if gap.kind is not GapKind.SHORT}
    frames = {timeframe: frame for timeframe, frame in inputs.frames.items() if timeframe not in unusable}
    kept = MarketInputs(
        symbol=inputs.symbol,
        now=inputs.now,
        frames=MappingProxyType(frames),
        day=None if Part.DAY in unusable else inputs.day,
        book=None if Part.BOOK in unusable else inputs.book,
        mark=None if Part.MARK in unusable else inputs.mark,
        open_interest=None if Part.OPEN_INTEREST in unusable else inputs.open_interest,
        crowd=None if Part.CROWD in unusable else inputs.crowd,
        fundings=() if Part.FUNDINGS in unusable else inputs.fundings,
        unread=inputs.unread,
    )
    return Usable(inputs=kept, gaps=tuple(gaps))


def inputs_hash(whole: Usable) -> str:
    """SHA-256 of all that a picture is computed from, its now excepted: the same market, the same hash."""
    inputs = whole.inputs
    content = (
        inputs.symbol,
        [(timeframe, inputs.frames[timeframe].candles.digest) for timeframe in Timeframe if timeframe in inputs.frames],
        [getattr(inputs, part) for part in Part],
        [(gap.part, gap.kind) for gap in whole.gaps],
    )
    return hashlib.sha256(_canonical(content).encode()).hexdigest()


def _frame_gaps(inputs: MarketInputs) -> Iterator[Gap]:
    for timeframe in Timeframe:
        frame = inputs.frames.get(timeframe)
        if frame is None or not len(frame.candles):
            yield Gap(timeframe, GapKind.MISSING, inputs.unread.get(timeframe, "no finished candle"))
        elif (gap := _candle_gap(frame.candles, inputs.now)) is not None:
            yield gap


def _candle_gap(candles: Candles, now: datetime) -> Gap | None:
    timeframe, last_open = candles.timeframe, candles.last_open
    newest = timeframe.newest_finished(now)
    if last_open is None or last_open > newest:
        return Gap(timeframe, GapKind.LATER, f"opened {last_open}")
    if last_open < newest:
        return Gap(timeframe, GapKind.STALE, f"last candle opened {last_open:%Y-%m-%dT%H:%MZ}")
    if candles.missing:
        return Gap(timeframe, GapKind.HOLES, f"{candles.missing} candles missing")
    if len(candles) < timeframe.window:
        return Gap(timeframe, GapKind.SHORT, f"{len(candles)} of {timeframe.window} candles")
    return None


def _part_gaps(inputs: MarketInputs, freshness: Freshness) -> Iterator[Gap]:
    newest_funding = inputs.fundings[-1] if inputs.fundings else None
    limits: dict[Part, tuple[Any, timedelta]] = {
        Part.DAY: (inputs.day, freshness.day),
        Part.BOOK: (inputs.book, freshness.quote),
        Part.MARK: (inputs.mark, freshness.quote),
        Part.OPEN_INTEREST: (inputs.open_interest, freshness.open_interest),
        Part.CROWD: (inputs.crowd, freshness.crowd),
        Part.FUNDINGS: (newest_funding, freshness.fundings),
    }
    for part, (reading, behind) in limits.items():
        if reading is None:
            yield Gap(part, GapKind.MISSING, inputs.unread.get(part, ""))
        elif reading.at > inputs.now + freshness.ahead:
            yield Gap(part, GapKind.LATER, f"of {reading.at:%Y-%m-%dT%H:%M:%SZ}")
        elif reading.at < inputs.now - behind:
            yield Gap(part, GapKind.STALE, f"of {reading.at:%Y-%m-%dT%H:%M:%SZ}")


def _canonical(value: Any) -> str:
    """Text that is the same for equal values in every process."""
    if is_dataclass(value):
        return _canonical([getattr(value, item.name) for item in fields(value)])
    if isinstance(value, list | tuple):
        return "[" + ",".join(_canonical(item) for item in value) + "]"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return str(to_ms(value)) if isinstance(value, datetime) else str(value)
