"""Public market answers kept for a moment, so that pages never hammer the venue."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from desk import venue
from exchange.market_types import OrderBook, TradingSession
from exchange.ports import QuotedMarketPort
from exchange.types import Contract, DayTicker, Kline, MarkPrice, Ticker

TICKERS_KEPT_SECONDS = 3.0  # wall, as all here
BARS_KEPT_SECONDS = 3.0
DAYS_KEPT_SECONDS = 60.0  # a reading weighs 40, and the price of a day ago moves slowly
CONTRACTS_KEPT_SECONDS = 3600.0
ANSWERS_KEPT = 256


class Kept:
    """Answers by key, each for its time. Who asks for the same while it is being read waits for that reading."""

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._answers: dict[Any, tuple[float, Any]] = {}
        self._locks: dict[Any, threading.Lock] = {}
        self._guard = threading.Lock()

    def get(self, key: Any, read: Callable[[], Any], *, seconds: float) -> Any:
        """The answer under ``key``, read anew when older than ``seconds``. A reading that fails is not kept."""
        with self._guard:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            known = self._answers.get(key)
            if known is not None and self._now() - known[0] < seconds:
                return known[1]
            answer = read()
            with self._guard:
                self._forget_oldest()
                self._answers[key] = (self._now(), answer)
            return answer

    def _forget_oldest(self) -> None:
        while len(self._answers) >= ANSWERS_KEPT:
            oldest = min(self._answers, key=lambda key: self._answers[key][0])
            del self._answers[oldest]
            self._locks.pop(oldest, None)


class CachedMarket:
    """QuotedMarketPort whose lists and bars may be seconds old; the ticker of one symbol is always fresh."""

    def __init__(self, market: QuotedMarketPort, *, kept: Kept | None = None) -> None:
        self._market = market
        self._kept = kept or Kept()

    def server_time(self) -> datetime:
        return self._market.server_time()

    def contracts(self) -> Sequence[Contract]:
        known: Sequence[Contract] = self._kept.get("contracts", self._market.contracts, seconds=CONTRACTS_KEPT_SECONDS)
        return known

    def contract(self, symbol: str) -> Contract | None:
        return next((contract for contract in self.contracts() if contract.symbol == symbol), None)

    def klines(
        self,
        symbol: str,
        interval: str,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int = 500,
    ) -> Sequence[Kline]:
        bars: Sequence[Kline] = self._kept.get(
            (symbol, interval, start, end, limit),
            lambda: self._market.klines(symbol, interval, start=start, end=end, limit=limit),
            seconds=BARS_KEPT_SECONDS,
        )
        return bars

    def klines_many(
        self, symbols: Iterable[str], interval: str, *, start: datetime, end: datetime, limit: int
    ) -> Mapping[str, Sequence[Kline] | Exception]:
        return self._market.klines_many(symbols, interval, start=start, end=end, limit=limit)

    def ticker(self, symbol: str) -> Ticker:
        return self._market.ticker(symbol)

    def order_book(self, symbol: str, *, levels: int = 20) -> OrderBook:
        return self._market.order_book(symbol, levels=levels)

    def tickers(self) -> Mapping[str, Ticker]:
        known: Mapping[str, Ticker] = self._kept.get("tickers", self._market.tickers, seconds=TICKERS_KEPT_SECONDS)
        return known

    def tickers_24h(self) -> Mapping[str, DayTicker]:
        known: Mapping[str, DayTicker] = self._kept.get(
            "tickers_24h", self._market.tickers_24h, seconds=DAYS_KEPT_SECONDS
        )
        return known

    def changes_24h(self) -> Mapping[str, Decimal]:
        """How far each symbol's last price stands from its price a day ago, as a signed ratio."""
        days, prices = self.tickers_24h(), self.tickers()
        return {
            symbol: prices[symbol].last_price / day.open_price - 1
            for symbol, day in days.items()
            if symbol in prices and day.open_price
        }

    def mark_prices(self) -> Mapping[str, MarkPrice]:
        return self._market.mark_prices()

    def premium_klines(
        self,
        symbol: str,
        interval: str,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int = 500,
    ) -> Sequence[Kline]:
        return self._market.premium_klines(symbol, interval, start=start, end=end, limit=limit)

    def trading_sessions(self) -> Mapping[str, Sequence[TradingSession]]:
        return self._market.trading_sessions()


_markets: dict[int, CachedMarket] = {}


def market() -> CachedMarket:
    """The public market of this process."""
    source = venue.market_data()
    return _markets.setdefault(id(source), CachedMarket(source))
