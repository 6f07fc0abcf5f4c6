"""An hour at every depth, built when asked for and kept for a while: quarters, five minutes, minutes, points."""

from collections.abc import Sequence
from functools import lru_cache

from exchange.paper.core.market import PricePoint
from exchange.paper.feeds.grid import UnitBar, merge
from exchange.paper.feeds.intervals import HOUR_MS, MINUTE_MS, WITHIN_HOUR
from exchange.paper.feeds.points import points
from exchange.paper.feeds.quarters import QUARTER_MS, QUARTERS, fitted_quarters
from exchange.paper.feeds.refine import refine
from exchange.paper.feeds.tape import Tape

FIVE_MS = 5 * MINUTE_MS
HOURS_OF_FIVES, HOURS_OF_MINUTES, HOURS_OF_POINTS = 96, 24, 8  # kept per symbol: at most about 2 MB


class Depths:
    """Finer views of the hours of one tape; ``hour_ms`` always names an hour that is on it."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self.fives = lru_cache(HOURS_OF_FIVES)(self._fives)
        self.minutes = lru_cache(HOURS_OF_MINUTES)(self._minutes)
        self.points = lru_cache(HOURS_OF_POINTS)(self._points)

    def bars(self, hour_ms: int, interval: str) -> Sequence[UnitBar]:
        """The bars of an hour for an interval of WITHIN_HOUR."""
        if interval == "15m":
            return self.quarters(hour_ms)
        if interval == "30m":
            return _grouped(self.quarters(hour_ms), 2)
        if interval == "5m":
            return self.fives(hour_ms)
        return _grouped(self.minutes(hour_ms), WITHIN_HOUR[interval].span_ms // MINUTE_MS)

    def quarters(self, hour_ms: int) -> Sequence[UnitBar]:
        (hour,) = self._tape.hours_within(hour_ms, hour_ms + HOUR_MS)
        recorded = fitted_quarters(hour, self._tape.quarters_within(hour_ms), self._tape.grid.worth)
        return recorded or self._split([hour], parts=QUARTERS, span_ms=QUARTER_MS)

    def _fives(self, hour_ms: int) -> Sequence[UnitBar]:
        return self._split(self.quarters(hour_ms), parts=3, span_ms=FIVE_MS)

    def _minutes(self, hour_ms: int) -> Sequence[UnitBar]:
        return self._split(self.fives(hour_ms), parts=5, span_ms=MINUTE_MS)

    def _points(self, hour_ms: int) -> Sequence[PricePoint]:
        grid = self._tape.grid
        return [
            PricePoint(at_ms, price * grid.tick, quantity * grid.step)
            for minute in self.minutes(hour_ms)
            for at_ms, price, quantity in points(minute, self._tape.symbol)
        ]

    def _split(self, bars: Sequence[UnitBar], *, parts: int, span_ms: int) -> list[UnitBar]:
        name, worth = self._tape.symbol, self._tape.grid.worth
        return [part for bar in bars for part in refine(bar, parts=parts, span_ms=span_ms, worth=worth, name=name)]


def _grouped(bars: Sequence[UnitBar], count: int) -> Sequence[UnitBar]:
    """Each ``count`` bars as one."""
    if count == 1:
        return bars
    return [merge(bars[i : i + count], bars[i].open_ms) for i in range(0, len(bars), count)]
