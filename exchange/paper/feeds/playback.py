"""One symbol played back: its bars at every interval and its price path, as they were known at a given moment."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from exchange.paper.core.market import Bar, PricePoint
from exchange.paper.feeds.depths import Depths
from exchange.paper.feeds.grid import UnitBar, merge
from exchange.paper.feeds.intervals import FROM_HOUR, HOUR_MS, INTERVALS, MINUTE_MS, WITHIN_HOUR, Interval, opens
from exchange.paper.feeds.points import points, so_far
from exchange.paper.feeds.tape import Tape


class Playback:
    """A tape with all that lies between its hours."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._depths = Depths(tape)
        self.first_ms = tape.first_ms
        self.last_ms = tape.last_ms

    def last_price_point(self, now_ms: int) -> PricePoint | None:
        """The newest point at or before ``now_ms``; None before the first hour."""
        if now_ms < self.first_ms:
            return None
        at_ms = min(now_ms, self.last_ms)
        path = self._depths.points(_hour_of(at_ms))
        return path[bisect_right(path, at_ms, key=_when) - 1]

    def path(self, after_ms: int, until_ms: int) -> Iterator[PricePoint]:
        """Points with after_ms < at_ms <= until_ms, in order."""
        start_ms, end_ms = max(after_ms + 1, self.first_ms), min(until_ms, self.last_ms)
        for hour_ms in range(_hour_of(start_ms), end_ms + 1, HOUR_MS):
            path = self._depths.points(hour_ms)
            yield from path[bisect_left(path, start_ms, key=_when) : bisect_right(path, end_ms, key=_when)]

    def bars(self, interval: str, *, start_ms: int, end_ms: int, now_ms: int) -> Sequence[Bar]:
        """Bars with start_ms <= open_ms <= end_ms that have begun by ``now_ms``. ValueError for an unknown interval."""
        if interval not in INTERVALS:
            raise ValueError(f"unknown interval {interval}")
        if now_ms < self.first_ms:
            return []
        if interval in FROM_HOUR:
            return self._coarse(FROM_HOUR[interval], start_ms=start_ms, end_ms=end_ms, now_ms=now_ms)
        return self._fine(interval, start_ms=start_ms, end_ms=end_ms, now_ms=now_ms)

    def _coarse(self, interval: Interval, *, start_ms: int, end_ms: int, now_ms: int) -> list[Bar]:
        begin_ms = max(start_ms, interval.floor(self.first_ms))
        bars = []
        for open_ms in opens(interval, begin_ms, min(end_ms, now_ms, self.last_ms)):
            close_ms = interval.following(open_ms) - 1
            if close_ms <= now_ms:
                bar = merge(self._tape.hours_within(open_ms, close_ms + 1), open_ms)
            else:
                bar = self._unfinished(open_ms, now_ms)
            bars.append(self._tape.grid.bar(bar, close_ms))
        return bars

    def _fine(self, interval: str, *, start_ms: int, end_ms: int, now_ms: int) -> list[Bar]:
        span_ms = WITHIN_HOUR[interval].span_ms
        begin_ms, until_ms = max(start_ms, self.first_ms), min(end_ms, now_ms, self.last_ms)
        bars = []
        for hour_ms in range(_hour_of(begin_ms), until_ms + 1, HOUR_MS):
            for bar in self._depths.bars(hour_ms, interval):
                close_ms = bar.open_ms + span_ms - 1
                if begin_ms <= bar.open_ms <= until_ms:
                    known = bar if close_ms <= now_ms else self._unfinished(bar.open_ms, now_ms)
                    bars.append(self._tape.grid.bar(known, close_ms))
        return bars

    def _unfinished(self, open_ms: int, now_ms: int) -> UnitBar:
        """The bar that opened at ``open_ms`` as the path has shown it by ``now_ms``."""
        at_ms = min(now_ms, self.last_ms)
        hour_ms, minute_ms = _hour_of(at_ms), at_ms - at_ms % MINUTE_MS
        minutes = [bar for bar in self._depths.minutes(hour_ms) if open_ms <= bar.open_ms <= minute_ms]
        newest = minutes.pop()
        path = points(newest, self._tape.symbol)
        shown = so_far(newest, path, now_ms=at_ms, worth=self._tape.grid.worth)
        return merge([*self._tape.hours_within(open_ms, hour_ms), *minutes, shown], open_ms)


def _hour_of(at_ms: int) -> int:
    return at_ms - at_ms % HOUR_MS


def _when(point: PricePoint) -> int:
    return point.at_ms
