"""Finished bars of a time that may be longer than one answer of the venue."""

from datetime import datetime, timedelta

from exchange.ports import MarketDataPort
from exchange.types import Kline
from signals.history import interval_length

PAGE_BARS = 1000
NEXT = timedelta(milliseconds=1)


def bars_between(
    market: MarketDataPort, symbol: str, interval: str, *, start: datetime, end: datetime
) -> list[Kline]:  # fmt: skip
    """Bars that opened within [start, end], oldest first, read page by page. Raises ExchangeError."""
    found: list[Kline] = []
    while start <= end:
        page_end = min(end, start + (PAGE_BARS - 1) * interval_length(interval))
        found += market.klines(symbol, interval, start=start, end=page_end, limit=PAGE_BARS)
        start = page_end + NEXT
    return found


def finished_between(
    market: MarketDataPort, symbol: str, interval: str, *, start: datetime, now: datetime
) -> list[Kline]:
    """Bars that opened from ``start`` on and were finished at ``now``. Raises ExchangeError."""
    bars = bars_between(market, symbol, interval, start=start, end=now - interval_length(interval))
    return [bar for bar in bars if bar.close_time < now]
