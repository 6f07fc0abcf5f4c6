"""Keeping what the filters look at of a decided signal, so that any settings can be judged on it later."""

import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import structlog

from desk.guarding import guarded
from desk.models import accounts_of_this_environment
from exchange.errors import ExchangeError
from exchange.ports import MarketDataPort
from exchange.types import Kline, MarkPrice, from_ms, to_ms
from signals.models import Signal, SignalContext, SignalStatus

log = structlog.get_logger(__name__)

HOUR = timedelta(hours=1)
HOURS = 25
PER_TICK = 10  # signals; nothing here is urgent
MARK_IS_OF_THEN = timedelta(minutes=2)  # market; a later mark price tells of another moment
PRICES = ("open", "high", "low", "close", "volume", "quote_volume", "taker_buy_volume", "taker_buy_quote_volume")


def keep_contexts(market: MarketDataPort, *, now: datetime) -> int:
    """Keep those of decided signals that lack them, newest first, and return how many were kept."""
    wanted = list(
        Signal.objects.filter(bot__account__in=accounts_of_this_environment(), context=None)
        .exclude(status=SignalStatus.PENDING)
        .select_related("shadow")
        .order_by("-found_at")[:PER_TICK]
    )
    fresh = [signal for signal in wanted if signal.decided_at and now - signal.decided_at <= MARK_IS_OF_THEN]
    marks = _marks(market) if fresh else {}
    kept = 0
    for signal in wanted:
        with guarded("keep_context", symbol=signal.symbol, signal=signal.pk) as attempt:
            _keep(signal, market, mark=marks.get(signal.symbol) if signal in fresh else None, now=now)
        kept += not attempt.failed
    return kept


def _keep(signal: Signal, market: MarketDataPort, *, mark: MarkPrice | None, now: datetime) -> None:
    """Raises ExchangeError where the hours cannot be had; the mark price and the premium may be wanting."""
    bars = {"hours": _hours(market.klines, signal), "premiums": _premiums(signal, market)}
    SignalContext.objects.get_or_create(
        signal=signal,
        defaults={
            "entry_price": _entry_price(signal),
            "mark_price": mark.mark_price if mark else None,
            "index_price": mark.index_price if mark else None,
            "bars_packed": pack_bars(**bars),
            "taken_at": now,
        },
    )


def _entry_price(signal: Signal) -> Decimal:
    shadow = getattr(signal, "shadow", None)
    return signal.price if shadow is None else Decimal(shadow.reference_price)


def _hours(read: Callable[..., Sequence[Kline]], signal: Signal) -> Sequence[Kline]:
    """Finished hours up to the signal's own: of the hour of the entry hardly anything was known."""
    last = min(_hour_of(signal.candle_open), _hour_of(signal.found_at) - HOUR)
    return read(signal.symbol, "1h", start=last - (HOURS - 1) * HOUR, end=last, limit=HOURS)


def _hour_of(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _premiums(signal: Signal, market: MarketDataPort) -> Sequence[Kline]:
    try:
        return _hours(market.premium_klines, signal)
    except ExchangeError as error:
        log.warning("context_premiums_unavailable", symbol=signal.symbol, error=str(error))
        return ()


def _marks(market: MarketDataPort) -> Mapping[str, MarkPrice]:
    try:
        return market.mark_prices()
    except ExchangeError as error:
        log.warning("context_marks_unavailable", error=str(error))
        return {}


def pack_bars(**bars: Sequence[Kline]) -> bytes:
    """Bars by name as one compressed column, exact to the digit."""
    rows = {name: [_row(bar) for bar in each] for name, each in bars.items()}
    return zlib.compress(json.dumps(rows, separators=(",", ":")).encode())


def unpack_bars(packed: bytes) -> dict[str, list[Kline]]:
    rows: dict[str, list[list[Any]]] = json.loads(zlib.decompress(packed))
    return {name: [_bar(row) for row in each] for name, each in rows.items()}


def _row(bar: Kline) -> list[Any]:
    return [to_ms(bar.open_time), to_ms(bar.close_time), bar.trades, *(f"{getattr(bar, name):f}" for name in PRICES)]


def _bar(row: Sequence[Any]) -> Kline:
    opened, closed, trades, *prices = row
    numbers = dict(zip(PRICES, map(Decimal, prices), strict=True))
    return Kline(open_time=from_ms(opened), close_time=from_ms(closed), trades=trades, **numbers)
