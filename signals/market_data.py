"""Views of the market: what a strategy may see, fetched once, never later than its now."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

import structlog

from exchange.errors import ExchangeError
from exchange.ports import MarketDataPort
from exchange.types import Contract, Kline
from signals.strategies.base import BarRequest

log = structlog.get_logger(__name__)

MOST_BARS = 1500  # of one klines request


class ScanView:
    """The market at one scan: the contracts that trade and the finished bars that were asked for."""

    def __init__(
        self, *, now: datetime, contracts: Sequence[Contract], bars: Mapping[BarRequest, Mapping[str, Kline]]
    ) -> None:
        self._now, self._contracts, self._bars = now, contracts, bars

    @property
    def now(self) -> datetime:
        return self._now

    def contracts(self) -> Sequence[Contract]:
        return self._contracts

    def bar(self, symbol: str, interval: str, open_time: datetime) -> Kline | None:
        bar = self._bars.get(BarRequest(interval, open_time), {}).get(symbol)
        return bar if bar is not None and bar.close_time < self._now else None

    def bars(self, symbol: str, interval: str, *, start: datetime, end: datetime) -> Sequence[Kline] | None:
        return None

    def last_price(self, symbol: str) -> Decimal | None:
        return None


class LiveView:
    """The market when one position or signal is judged. Bars are fetched when the strategy looks at them."""

    def __init__(self, *, now: datetime, prices: Mapping[str, Decimal], market: MarketDataPort) -> None:
        self._now, self._prices, self._market = now, prices, market

    @property
    def now(self) -> datetime:
        return self._now

    def contracts(self) -> Sequence[Contract]:
        return ()

    def bar(self, symbol: str, interval: str, open_time: datetime) -> Kline | None:
        return None

    def bars(self, symbol: str, interval: str, *, start: datetime, end: datetime) -> Sequence[Kline] | None:
        try:
            return self._market.klines(symbol, interval, start=start, end=min(end, self._now), limit=MOST_BARS)
        except ExchangeError as error:
            log.warning("bars_unavailable", symbol=symbol, interval=interval, error=str(error))
            return None

    def last_price(self, symbol: str) -> Decimal | None:
        return self._prices.get(symbol)


class BarStore:
    """Finished bars of the newest few requests, so that a day's bars are fetched once a day and symbol."""

    KEPT = 4

    def __init__(self) -> None:
        self._bars: dict[BarRequest, dict[str, Kline]] = {}
        self.symbols: Sequence[str] = ()  # of the last scan of the whole market

    def fetch(
        self, market: MarketDataPort, request: BarRequest, symbols: Iterable[str]
    ) -> tuple[Mapping[str, Kline], Mapping[str, Exception]]:
        """Bars by symbol and the symbols that failed. A failed symbol is asked again next time; an empty answer too."""
        known = self._remember(request)
        missing = [symbol for symbol in symbols if symbol not in known]
        failures: dict[str, Exception] = {}
        if not missing:
            return known, failures
        answers = market.klines_many(missing, request.interval, start=request.open_time, end=request.open_time, limit=1)
        for symbol, answer in answers.items():
            if isinstance(answer, Exception):
                failures[symbol] = answer
                log.info("bar_missing", symbol=symbol, interval=request.interval, error=str(answer))
            elif answer and answer[0].open_time == request.open_time:
                known[symbol] = answer[0]
        return known, failures

    def _remember(self, request: BarRequest) -> dict[str, Kline]:
        bars = self._bars.pop(request, {})
        self._bars[request] = bars
        while len(self._bars) > self.KEPT:
            del self._bars[next(iter(self._bars))]
        return bars


class Ahead:
    """Bars of ``symbols``, asked for before it is known which contracts trade now; nothing is asked twice."""

    def __init__(
        self, market: MarketDataPort, bars: BarStore, requests: Sequence[BarRequest], *, symbols: Sequence[str]
    ) -> None:
        self._market, self._bars, self._requests, self._symbols = market, bars, requests, symbols
        self._failures: dict[BarRequest, Mapping[str, Exception]] = {}

    def fetch(self) -> None:
        for request in self._requests if self._symbols else ():
            _, self._failures[request] = self._bars.fetch(self._market, request, self._symbols)

    def completed(
        self, request: BarRequest, symbols: Sequence[str]
    ) -> tuple[Mapping[str, Kline], Mapping[str, Exception]]:
        """Bars of ``symbols``, and those of them that failed; the ones not asked for ahead are asked for now."""
        asked, failed = frozenset(self._symbols), self._failures.get(request, {})
        known, failures = self._bars.fetch(self._market, request, [name for name in symbols if name not in asked])
        return known, {name: failed[name] for name in symbols if name in failed} | dict(failures)
