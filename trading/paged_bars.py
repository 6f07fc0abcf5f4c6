"""Finished bars of a time that may be longer than one answer of the venue."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from exchange.types import Kline
from signals.history import interval_length

PAGE_BARS = 1000
NEXT = timedelta(milliseconds=1)


class BarSource(Protocol):
    """The one question of MarketDataPort that following a trade asks."""

    def klines(
        self,
        symbol: str,
        interval: str,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int = 500,
    ) -> Sequence[Kline]: ...


def bars_between(
    market: BarSource, symbol: str, interval: str, *, start: datetime, end: datetime
) -> list[Kline]:  # fmt: skip
    """Bars that opened within [start, end], oldest first, read page by page. Raises ExchangeError."""
    found: list[Kline] = []
    while start <= end:
        page_end = min(end, start + (PAGE_BARS - 1) * interval_length(interval))
        found += market.klines(symbol, interval, start=start, end=page_end, limit=PAGE_BARS)
        start = page_end + NEXT
    return found


def finished_between(market: BarSource, symbol: str, interval: str, *, start: datetime, now: datetime) -> list[Kline]:
    """Bars that opened from ``start`` on and were finished at ``now``. Raises ExchangeError."""
    bars = bars_between(market, symbol, interval, start=start, end=now - interval_length(interval))
    return [bar for bar in bars if bar.close_time < now]


class KnownBars:
    """Bars that were read already, ``market`` for all others. ``bars`` hold every bar from ``since`` on."""

    def __init__(self, market: BarSource, *, interval: str, since: datetime, bars: Sequence[Kline]) -> None:
        self._market, self._interval, self._since, self._bars = market, interval, since, bars

    def klines(
        self,
        symbol: str,
        interval: str,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int = 500,
    ) -> Sequence[Kline]:
        """Raises ExchangeError."""
        if interval != self._interval or start is None or end is None or start < self._since:
            return self._market.klines(symbol, interval, start=start, end=end, limit=limit)
        return [bar for bar in self._bars if start <= bar.open_time <= end][:limit]
