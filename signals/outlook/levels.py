"""Key price levels: swing points, averages, bands and walls, merged where they lie together."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from signals.indicators.candles import Floats
from signals.indicators.frames import Frame
from signals.indicators.indicator_set import IndicatorSet
from signals.outlook.order_book import BookReading

SWING_CANDLES = 50
SWING_REACH = 2
MOST_STRENGTH = 3
MOST_LEVELS = 10
MERGED_WITHIN = Decimal("0.003")
KEPT_WITHIN = Decimal("0.05")


class Source(StrEnum):
    """Where a level comes from."""

    HOUR_SWING = "1h_swing"
    QUARTER_SWING = "15m_swing"
    HOUR_EMA_21 = "1h_ema_21"
    HOUR_EMA_50 = "1h_ema_50"
    QUARTER_BAND = "15m_band"
    WALL = "wall"


STRENGTH = {
    Source.HOUR_SWING: 2,
    Source.QUARTER_SWING: 1,
    Source.HOUR_EMA_21: 2,
    Source.HOUR_EMA_50: 3,
    Source.QUARTER_BAND: 1,
    Source.WALL: 2,
}


@dataclass(frozen=True, slots=True)
class KeyLevel:
    """``price`` in USDT, ``strength`` 1..3; the source that gave the price comes first."""

    price: Decimal
    strength: int
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class KeyLevels:
    """Levels around ``price``, lowest first. A level at the price itself supports it."""

    price: Decimal
    levels: tuple[KeyLevel, ...]

    @property
    def support(self) -> KeyLevel | None:
        """The nearest level at or below the price."""
        return max((level for level in self.levels if level.price <= self.price), key=_price, default=None)

    @property
    def resistance(self) -> KeyLevel | None:
        """The nearest level above the price."""
        return min((level for level in self.levels if level.price > self.price), key=_price, default=None)


def key_levels(*, price: Decimal, hour: Frame | None, quarter: Frame | None, book: BookReading | None) -> KeyLevels:
    """The ten strongest levels within 5 % of ``price``, of equally strong ones the nearest.

    ``hour`` and ``quarter`` are the 1 h and 15 m candles.
    """
    found = [*_of_hour(hour), *_of_quarter(quarter), *_of_book(book)]
    near = [level for level in merged(found) if abs(level.price / price - 1) <= KEPT_WITHIN]
    best = sorted(near, key=lambda level: (-level.strength, abs(level.price - price), level.price))[:MOST_LEVELS]
    return KeyLevels(price, tuple(sorted(best, key=_price)))


def merged(levels: Iterable[KeyLevel]) -> list[KeyLevel]:
    """One level for all within 0.3 % of a stronger one; each further source makes it stronger by 1, up to 3.

    Of equally strong levels the lower one stays. The answer does not depend on the order of ``levels``.
    """
    kept: list[KeyLevel] = []
    for level in sorted(levels, key=lambda level: (-level.strength, level.price, level.sources)):
        place = next((n for n, known in enumerate(kept) if _are_together(known, level)), None)
        if place is None:
            kept.append(level)
        elif not set(level.sources) <= set(kept[place].sources):
            kept[place] = _joined(kept[place], level)
    return kept


def swing_points(values: Floats, *, is_high: bool) -> list[float]:
    """Values of the last 50 that exceed both their neighbours on each side, oldest first."""
    recent = values[-SWING_CANDLES:] if is_high else -values[-SWING_CANDLES:]
    if len(recent) <= 2 * SWING_REACH:
        return []
    windows = sliding_window_view(recent, 2 * SWING_REACH + 1)
    others = np.delete(windows, SWING_REACH, axis=1)
    peaks = windows[:, SWING_REACH][windows[:, SWING_REACH] > others.max(axis=1)]
    return [float(peak) if is_high else float(-peak) for peak in peaks]


def exact_price(value: float) -> Decimal:
    """A computed price as a Decimal of ten significant digits; not on any tick."""
    return Decimal(f"{value:.10g}")


def _of_hour(frame: Frame | None) -> Iterator[KeyLevel]:
    if frame is None:
        return
    yield from _levels(_swings(frame), Source.HOUR_SWING)
    yield from _levels([frame.indicators.ema_21], Source.HOUR_EMA_21)
    yield from _levels([frame.indicators.ema_50], Source.HOUR_EMA_50)


def _of_quarter(frame: Frame | None) -> Iterator[KeyLevel]:
    if frame is None:
        return
    indicators: IndicatorSet = frame.indicators
    yield from _levels(_swings(frame), Source.QUARTER_SWING)
    yield from _levels([indicators.band_lower, indicators.band_upper], Source.QUARTER_BAND)


def _of_book(book: BookReading | None) -> Iterator[KeyLevel]:
    walls = (book.bid_wall, book.ask_wall) if book else ()
    for wall in walls:
        if wall is not None:
            yield KeyLevel(wall.price, STRENGTH[Source.WALL], (Source.WALL,))


def _swings(frame: Frame) -> list[float]:
    candles = frame.candles
    return swing_points(candles.high, is_high=True) + swing_points(candles.low, is_high=False)


def _levels(prices: Sequence[float | None], source: Source) -> Iterator[KeyLevel]:
    for price in prices:
        if price is not None and price > 0:
            yield KeyLevel(exact_price(price), STRENGTH[source], (source,))


def _are_together(known: KeyLevel, level: KeyLevel) -> bool:
    return abs(level.price / known.price - 1) <= MERGED_WITHIN


def _joined(known: KeyLevel, level: KeyLevel) -> KeyLevel:
    new = tuple(source for source in level.sources if source not in known.sources)
    strength = min(MOST_STRENGTH, known.strength + len(new))
    return replace(known, strength=max(known.strength, strength), sources=(*known.sources, *new))


def _price(level: KeyLevel) -> Decimal:
    return level.price
