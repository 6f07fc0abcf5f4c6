"""Judging many past hours in one go: bars come in pages and each hour is judged by the strategy's own scan."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import structlog

from exchange.ports import MarketDataPort
from exchange.types import Contract, Kline
from signals.scan import HOUR, scan_due_at
from signals.strategies.base import BarRequest, Proposal, Strategy

log = structlog.get_logger(__name__)

# Hours of one page. The venue charges weight 2 below 500 bars and 5 from there on; and no more than one page of the
# whole market is held in memory.
PAGE_HOURS = 499
PAGE_BARS = 1000  # most bars of one answer

UNITS = {"m": timedelta(minutes=1), "h": HOUR, "d": timedelta(days=1), "w": timedelta(weeks=1)}

Bars = Mapping[str, Mapping[str, Mapping[datetime, Kline]]]  # interval → symbol → open time → bar
Progress = Callable[[int, int], None]  # hours judged, hours in all


class RangeView:
    """The market at a past moment, over bars that were fetched for a longer time. Never later than its now."""

    def __init__(self, *, now: datetime, contracts: Sequence[Contract], bars: Bars) -> None:
        self._now, self._contracts, self._bars = now, contracts, bars

    @property
    def now(self) -> datetime:
        return self._now

    def contracts(self) -> Sequence[Contract]:
        """Every contract of the range: whether one traded at this hour is told by its having a bar."""
        return self._contracts

    def bar(self, symbol: str, interval: str, open_time: datetime) -> Kline | None:
        bar = self._bars.get(interval, {}).get(symbol, {}).get(open_time)
        return bar if bar is not None and bar.close_time < self._now else None

    def bars(self, symbol: str, interval: str, *, start: datetime, end: datetime) -> Sequence[Kline] | None:
        return None

    def last_price(self, symbol: str) -> Decimal | None:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeScan:
    """Every symbol-hour that met the condition, in order of time. ``failed`` maps symbols to their errors."""

    contracts: Sequence[Contract]
    hours: int
    symbol_hours: Sequence[Proposal]
    failed: Mapping[str, str]


def first_of_day(symbol_hours: Sequence[Proposal]) -> list[Proposal]:
    """The signals among symbol-hours: the first per symbol and UTC day of the candle's open."""
    first: dict[tuple[str, object], Proposal] = {}
    for proposal in sorted(symbol_hours, key=lambda proposal: proposal.candle_open):
        first.setdefault((proposal.symbol, proposal.candle_open.date()), proposal)
    return list(first.values())


def hours_between(start: datetime, end: datetime) -> list[datetime]:
    """Open times of the hours that open in [start, end)."""
    top = start.replace(minute=0, second=0, microsecond=0)
    hour = top if top == start else top + HOUR
    hours = []
    while hour < end:
        hours.append(hour)
        hour += HOUR
    return hours


def scan_range(
    market: MarketDataPort, strategy: Strategy, hours: Sequence[datetime], *, on_progress: Progress | None = None
) -> RangeScan:
    """Judge each of ``hours`` (open times, ascending, finished) for every USDT perpetual, whatever its status now.

    One symbol's failure does not end the scan. Raises ExchangeError when the contracts cannot be read.
    """
    contracts = [contract for contract in market.contracts() if contract.is_usdt_perpetual]
    found: list[Proposal] = []
    failed: dict[str, str] = {}
    for done, page in _pages(hours):
        bars, failures = _fetch(market, contracts, [request for hour in page for request in strategy.scan_bars(hour)])
        failed |= failures
        for hour in page:
            view = RangeView(now=scan_due_at(hour), contracts=contracts, bars=bars)
            found += strategy.scan(view, hour).proposals
        if on_progress is not None:
            on_progress(done, len(hours))
    return RangeScan(contracts=contracts, hours=len(hours), symbol_hours=found, failed=failed)


def _pages(hours: Sequence[datetime]) -> Iterator[tuple[int, Sequence[datetime]]]:
    """Pages of hours, each with the number of hours up to its end."""
    for start in range(0, len(hours), PAGE_HOURS):
        page = hours[start : start + PAGE_HOURS]
        yield start + len(page), page


def _fetch(
    market: MarketDataPort, contracts: Sequence[Contract], requests: Sequence[BarRequest]
) -> tuple[Bars, dict[str, str]]:
    """The bars that ``requests`` name, of every contract, and the symbols that failed."""
    opens: dict[str, set[datetime]] = defaultdict(set)
    for request in requests:
        opens[request.interval].add(request.open_time)
    symbols = [contract.symbol for contract in contracts]
    bars: dict[str, Mapping[str, Mapping[datetime, Kline]]] = {}
    failed: dict[str, str] = {}
    for interval, times in opens.items():
        bars[interval], failures = _fetch_interval(
            market, symbols, interval=interval, first=min(times), last=max(times)
        )
        failed |= failures
    return bars, failed


def _fetch_interval(
    market: MarketDataPort, symbols: Sequence[str], *, interval: str, first: datetime, last: datetime
) -> tuple[Mapping[str, Mapping[datetime, Kline]], dict[str, str]]:
    bars: dict[str, dict[datetime, Kline]] = defaultdict(dict)
    failed: dict[str, str] = {}
    for start, end, count in _spans(interval, first=first, last=last):
        answers = market.klines_many(symbols, interval, start=start, end=end, limit=count)
        for symbol, answer in answers.items():
            if isinstance(answer, Exception):
                failed[symbol] = str(answer)
                log.info("bars_missing", symbol=symbol, interval=interval, error=str(answer))
            else:
                bars[symbol] |= {bar.open_time: bar for bar in answer}
    return bars, failed


def _spans(interval: str, *, first: datetime, last: datetime) -> Iterator[tuple[datetime, datetime, int]]:
    """Cut the bars opening from ``first`` to ``last`` into answers: first and last open time, number of bars."""
    length = interval_length(interval)
    start = first
    while start <= last:
        count = min(PAGE_BARS, (last - start) // length + 1)
        yield start, start + (count - 1) * length, count
        start += count * length


def interval_length(interval: str) -> timedelta:
    """Length of a bar of ``interval`` (the venue's spelling: 15m, 1h, 1d). Months have none."""
    return int(interval[:-1]) * UNITS[interval[-1]]
