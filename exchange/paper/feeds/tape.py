"""What was recorded of one symbol: every hour, and the quarters beneath where there are some."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from exchange.paper.feeds.grid import Flow, Grid, UnitBar
from exchange.paper.feeds.intervals import HOUR_MS
from exchange.paper.feeds.quarters import QUARTER_MS, QUARTERS, Quarter


def _no_quarters() -> NDArray[np.int64]:
    return np.empty((0, len(Quarter._fields)), dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tape:
    """Rows without gaps from ``first_ms``; quarters likewise from ``first_quarter_ms``.

    Columns of ``hours``: open time, open, high, low, close, bought quantity and quote, sold quantity and quote, trades;
    of ``quarters``: open, high, low, close, quantity. All in units of ``grid``.
    """

    symbol: str
    grid: Grid
    first_ms: int
    hours: NDArray[np.int64]
    first_quarter_ms: int = 0
    quarters: NDArray[np.int64] = field(default_factory=_no_quarters)

    def with_quarters(self, *, first_ms: int, quarters: NDArray[np.int64]) -> "Tape":
        return replace(self, first_quarter_ms=first_ms, quarters=quarters)

    @property
    def last_ms(self) -> int:
        """Last millisecond of the last hour."""
        return self.first_ms + len(self.hours) * HOUR_MS - 1

    def hours_within(self, start_ms: int, end_ms: int) -> list[UnitBar]:
        """Hours with start_ms <= open_ms < end_ms; both are full hours."""
        start, end = (max(0, (at_ms - self.first_ms) // HOUR_MS) for at_ms in (start_ms, end_ms))
        return [
            UnitBar(row[0], row[1], row[2], row[3], row[4], Flow(row[5], row[6]), Flow(row[7], row[8]), row[9])
            for row in self.hours[start:end].tolist()
        ]

    def quarters_within(self, hour_ms: int) -> Sequence[Quarter]:
        """The recorded quarters of an hour; fewer than four where they are not on the tape."""
        start = (hour_ms - self.first_quarter_ms) // QUARTER_MS
        if start < 0:
            return ()
        return [Quarter(*row) for row in self.quarters[start : start + QUARTERS].tolist()]
