"""Where the bars of each interval begin, as at the venue: UTC days, weeks from Monday, three days from 1970."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from exchange.types import from_ms, to_ms

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
FIRST_MONDAY_MS = 4 * DAY_MS  # 1970-01-05


class Interval(Protocol):
    """A way to cut time into bars."""

    def floor(self, at_ms: int) -> int:
        """Open time of the bar that holds ``at_ms``."""

    def following(self, open_ms: int) -> int:
        """Open time of the bar after the one that opens at ``open_ms``."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """Bars of equal length, counted from ``origin_ms``."""

    span_ms: int
    origin_ms: int = 0

    def floor(self, at_ms: int) -> int:
        return at_ms - (at_ms - self.origin_ms) % self.span_ms

    def following(self, open_ms: int) -> int:
        return open_ms + self.span_ms


@dataclass(frozen=True, slots=True)
class Month:
    """Bars of one calendar month, UTC."""

    def floor(self, at_ms: int) -> int:
        at = from_ms(at_ms)
        return to_ms(datetime(at.year, at.month, 1, tzinfo=UTC))

    def following(self, open_ms: int) -> int:
        return self.floor(open_ms + 31 * DAY_MS)


WITHIN_HOUR = {f"{minutes}m": Fixed(minutes * MINUTE_MS) for minutes in (1, 3, 5, 15, 30)}
FROM_HOUR: dict[str, Interval] = {
    **{f"{hours}h": Fixed(hours * HOUR_MS) for hours in (1, 2, 4, 6, 8, 12)},
    "1d": Fixed(DAY_MS),
    "3d": Fixed(3 * DAY_MS),
    "1w": Fixed(7 * DAY_MS, FIRST_MONDAY_MS),
    "1M": Month(),
}
INTERVALS: dict[str, Interval] = {**WITHIN_HOUR, **FROM_HOUR}


def opens(interval: Interval, start_ms: int, end_ms: int) -> Iterator[int]:
    """Open times within start_ms..end_ms, both inclusive, ascending."""
    open_ms = interval.floor(start_ms)
    if open_ms < start_ms:
        open_ms = interval.following(open_ms)
    while open_ms <= end_ms:
        yield open_ms
        open_ms = interval.following(open_ms)
