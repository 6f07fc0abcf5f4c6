"""Views of the market: what a strategy may see, fetched once, never later than its now."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

import structlog

from exchange.ports import MarketDataPort
from exchange.types import Contract, Kline
from signals.strategies.base import BarRequest

log = structlog.get_logger(__name__)


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

    def last_price(self, symbol: str) -> Decimal | None:
        return None


class PriceView:
    """The market when one position or signal is judged: its time and the last prices."""

    def __init__(self, *, now: datetime, prices: Mapping[str, Decimal]) -> None:
        self._now, self._prices = now, prices

    @property
    def now(self) -> datetime:
        return self._now

    def contracts(self) -> Sequence[Contract]:
        return ()

    def bar(self, symbol: str, interval: str, open_time: datetime) -> Kline | None:
        return None

    def last_price(self, symbol: str) -> Decimal | None:
        return self._prices.get(symbol)


class BarStore:
    """Finished bars of the newest few requests, so that a day's bars are fetched once a day and symbol."""

    KEPT = 4

    def __init__(self) -> None:
        self._bars: dict[BarRequest, dict[str, Kline]] = {}

    def fetch(
        self, market: MarketDataPort, request: BarRequest, symbols: Iterable[str]
    ) -> tuple[Mapping[str, Kline], Mapping[str, Exception]]:
        """Bars by symbol and the symbols that failed. A failed symbol is asked again next time; an empty answer too."""
        known = self._remember(request)
        missing = [symbol for symbol in symbols if symbol not in known]
        answers = market.klines_many(missing, request.interval, start=request.open_time, end=request.open_time, limit=1)
        failures: dict[str, Exception] = {}
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
