"""Market data for the signal filters: fetched once for all of them, and only what the chosen ones look at."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import structlog

from exchange.errors import ExchangeError
from exchange.ports import MarketDataPort
from exchange.types import Kline, MarkPrice

log = structlog.get_logger(__name__)

HOUR = timedelta(hours=1)
BARS = 25  # 24 finished hours and the running one


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterData:
    """Bars of one hour, oldest first, the running hour last; prices in USDT. What could not be had is empty or None."""

    hours: Sequence[Kline] = ()
    premiums: Sequence[Kline] = ()
    mark_price: Decimal | None = None
    index_price: Decimal | None = None


def filter_data(
    market: MarketDataPort,
    symbol: str,
    *,
    now: datetime,
    wants_hours: bool,
    wants_mark: bool,
    wants_premiums: bool = False,
) -> FilterData:
    """What the venue can tell of ``symbol`` at ``now``, market time. A venue that cannot is logged, never raised."""
    mark = _mark(market, symbol) if wants_mark else None
    return FilterData(
        hours=_hours(market.klines, symbol, now=now) if wants_hours else (),
        premiums=_hours(market.premium_klines, symbol, now=now) if wants_premiums else (),
        mark_price=mark.mark_price if mark else None,
        index_price=mark.index_price if mark else None,
    )


def _hours(read: Callable[..., Sequence[Kline]], symbol: str, *, now: datetime) -> Sequence[Kline]:
    """Bars up to ``now``; none when even the hour before the running one is missing: they would tell of another time.

    The running hour itself has no bar until its first trade.
    """
    running = now.replace(minute=0, second=0, microsecond=0)
    start = running - (BARS - 1) * HOUR
    try:
        hours = read(symbol, "1h", start=start, end=now, limit=BARS)
    except ExchangeError as error:
        log.warning("filter_hours_unavailable", symbol=symbol, error=str(error))
        return ()
    if not hours or hours[-1].open_time < running - HOUR:
        newest = hours[-1].open_time.isoformat() if hours else None
        log.warning("filter_hours_stale", symbol=symbol, newest=newest)
        return ()
    return hours


def _mark(market: MarketDataPort, symbol: str) -> MarkPrice | None:
    try:
        mark = market.mark_prices().get(symbol)
    except ExchangeError as error:
        log.warning("filter_mark_unavailable", symbol=symbol, error=str(error))
        return None
    if mark is None:
        log.warning("filter_mark_unavailable", symbol=symbol, error="not among the venue's mark prices")
    return mark
