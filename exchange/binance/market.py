"""Public market data of a venue that speaks the USDS-M protocol."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import structlog
import uvloop

from exchange.binance import parsing, statistics
from exchange.binance.client import BACK_OFF_SECONDS, BinanceClient
from exchange.clock import TimeReading
from exchange.errors import ExchangeError, ExchangeUnavailable, RateLimited
from exchange.market_types import (
    FundingRate,
    LongShortRatio,
    OpenInterest,
    OpenInterestPoint,
    OrderBook,
    TakerVolume,
    TradingSession,
)
from exchange.types import Contract, DayTicker, Kline, MarkPrice, Ticker, to_ms

if TYPE_CHECKING:
    from exchange.binance.fan_out import Reads

log = structlog.get_logger(__name__)

T = TypeVar("T")

KLINES, PREMIUM_KLINES = "/fapi/v1/klines", "/fapi/v1/premiumIndexKlines"
FAN_OUT_CONNECTIONS = 100
RESERVED_AT_ONCE = 100


class BinanceMarketData:
    """MarketDataPort, MarketDetailPort and MarketStatisticsPort over HTTP. Nothing is cached."""

    def __init__(self, client: BinanceClient, *, connections: int = FAN_OUT_CONNECTIONS) -> None:
        self._client = client
        self._connections = connections

    @property
    def used_weight_1m(self) -> int | None:
        """Request weight of this IP in the running minute, as the venue last said."""
        return self._client.used_weight_1m

    def time_reading(self) -> TimeReading:
        """Server time and speed, for a VenueClock."""
        return self._client.time_reading()

    def server_time(self) -> datetime:
        return self._client.time_reading().at

    def contracts(self) -> Sequence[Contract]:
        """Every contract that can be read; a row that cannot is logged and left out."""
        info = self._client.get("/fapi/v1/exchangeInfo")
        return readable(lambda answer: parsing.tolerant(parsing.contract, answer["symbols"]), info)

    def klines(
        self,
        symbol: str,
        interval: str,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int = 500,
    ) -> Sequence[Kline]:
        """Bars by open time, oldest first, ``start`` and ``end`` inclusive; the last may still be open."""
        params = _kline_params(symbol, interval, start=start, end=end, limit=limit)
        return readable(parsing.klines, self._client.get(KLINES, params))

    def klines_many(
        self, symbols: Iterable[str], interval: str, *, start: datetime, end: datetime, limit: int
    ) -> Mapping[str, Sequence[Kline] | Exception]:
        """Bars of many symbols at once, in an event loop of its own; a symbol that failed maps to its error.

        Not to be called where an event loop runs already.
        """
        params = [
            _kline_params(symbol, interval, start=start, end=end, limit=limit) for symbol in dict.fromkeys(symbols)
        ]
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(self._fan_out(params))

    def ticker(self, symbol: str) -> Ticker:
        return readable(parsing.ticker, self._client.get("/fapi/v2/ticker/price", {"symbol": symbol}))

    def tickers(self) -> Mapping[str, Ticker]:
        rows = self._client.get("/fapi/v2/ticker/price")
        return {ticker.symbol: ticker for ticker in parsing.tolerant(parsing.ticker, rows)}

    def tickers_24h(self) -> Mapping[str, DayTicker]:
        """The rolling last 24 hours of every symbol. Dear: a weight of 40."""
        rows = self._client.get("/fapi/v1/ticker/24hr")
        return {day.symbol: day for day in parsing.tolerant(parsing.day_ticker, rows)}

    def mark_prices(self) -> Mapping[str, MarkPrice]:
        rows = self._client.get("/fapi/v1/premiumIndex")
        return {mark.symbol: mark for mark in parsing.tolerant(parsing.mark_price, rows)}

    def premium_klines(
        self,
        symbol: str,
        interval: str,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int = 500,
    ) -> Sequence[Kline]:
        params = _kline_params(symbol, interval, start=start, end=end, limit=limit)
        return readable(parsing.klines, self._client.get(PREMIUM_KLINES, params))

    def trading_sessions(self) -> Mapping[str, Sequence[TradingSession]]:
        """Hours of the markets that keep some, by the contracts' underlying type. A weight of 5."""
        return readable(parsing.trading_sessions, self._client.get("/fapi/v1/tradingSchedule"))

    def ticker_24h(self, symbol: str) -> DayTicker:
        return readable(parsing.day_ticker, self._client.get("/fapi/v1/ticker/24hr", {"symbol": symbol}))

    def order_book(self, symbol: str, *, levels: int = 20) -> OrderBook:
        """The best ``levels`` of each side; the venue knows 5, 10, 20, 50, 100, 500 and 1000."""
        answer = self._client.get("/fapi/v1/depth", {"symbol": symbol, "limit": str(levels)})
        return readable(lambda row: parsing.order_book(row, symbol=symbol), answer)

    def mark_price(self, symbol: str) -> MarkPrice:
        return readable(parsing.mark_price, self._client.get("/fapi/v1/premiumIndex", {"symbol": symbol}))

    def funding_rates(self, symbol: str, *, start: datetime | None = None, limit: int = 100) -> Sequence[FundingRate]:
        """Settled fundings, oldest first; without ``start`` the newest. At most 1000."""
        params = {"symbol": symbol, "limit": str(limit)}
        if start is not None:
            params["startTime"] = str(to_ms(start))
        rows = self._client.get("/fapi/v1/fundingRate", params)
        return readable(lambda answer: [parsing.funding_rate(row) for row in answer], rows)

    def open_interest(self, symbol: str) -> OpenInterest:
        return readable(parsing.open_interest, self._client.get("/fapi/v1/openInterest", {"symbol": symbol}))

    def long_short_ratios(self, symbol: str, period: str, *, limit: int = 30) -> Sequence[LongShortRatio]:
        """Newest shares of accounts by ``period`` ("5m" to "1d"), oldest first; at most 500, of the last 30 days."""
        return self._statistic("globalLongShortAccountRatio", statistics.long_short_ratio, symbol, period, limit)

    def open_interest_history(self, symbol: str, period: str, *, limit: int = 30) -> Sequence[OpenInterestPoint]:
        return self._statistic("openInterestHist", statistics.open_interest_point, symbol, period, limit)

    def top_account_ratios(self, symbol: str, period: str, *, limit: int = 30) -> Sequence[LongShortRatio]:
        return self._statistic("topLongShortAccountRatio", statistics.long_short_ratio, symbol, period, limit)

    def top_position_ratios(self, symbol: str, period: str, *, limit: int = 30) -> Sequence[LongShortRatio]:
        return self._statistic("topLongShortPositionRatio", statistics.long_short_ratio, symbol, period, limit)

    def taker_volumes(self, symbol: str, period: str, *, limit: int = 30) -> Sequence[TakerVolume]:
        return self._statistic("takerlongshortRatio", statistics.taker_volume, symbol, period, limit)

    def _statistic(
        self, name: str, parse: Callable[[parsing.Row], T], symbol: str, period: str, limit: int
    ) -> Sequence[T]:
        rows = self._client.get(f"/futures/data/{name}", {"symbol": symbol, "period": period, "limit": str(limit)})
        return readable(lambda answer: [parse(row) for row in answer], rows)

    async def _fan_out(self, queries: Sequence[Mapping[str, str]]) -> dict[str, Sequence[Kline] | Exception]:
        outcomes, admitted = self._admitted(queries)
        waiting = iter(admitted)
        limits: list[RateLimited] = []

        async def work(reads: "Reads") -> None:
            for query in waiting:
                # Going on after a 429 leads to a ban: what is left is not asked for.
                outcome = limits[0] if limits else await self._bars_or_error(reads, query)
                if isinstance(outcome, RateLimited):
                    limits.append(outcome)
                outcomes[query["symbol"]] = outcome

        workers = min(self._connections, len(admitted))
        if not workers:
            return outcomes
        async with self._client.open_reads(connections=workers) as reads, asyncio.TaskGroup() as group:
            for _ in range(workers):
                group.create_task(work(reads))
        return outcomes

    def _admitted(
        self, queries: Sequence[Mapping[str, str]]
    ) -> tuple[dict[str, Sequence[Kline] | Exception], Sequence[Mapping[str, str]]]:
        """What the rate budget does not allow now, with its error, and the queries that it does."""
        for first in range(0, len(queries), RESERVED_AT_ONCE):
            portion = queries[first : first + RESERVED_AT_ONCE]
            try:
                self._client.reserve([(KLINES, query) for query in portion])
            except RateLimited as limited:
                left = len(queries) - first
                log.warning("bars_wait_for_budget", symbols=left, of=len(queries), until=limited.until.isoformat())
                return {query["symbol"]: limited for query in queries[first:]}, queries[:first]
        return {}, queries

    async def _bars_or_error(self, reads: "Reads", query: Mapping[str, str]) -> Sequence[Kline] | ExchangeError:
        """The bars; asked for once more when the venue could not answer."""
        try:
            try:
                rows = await self._client.read_async(reads, KLINES, query, is_reserved=True)
            except ExchangeUnavailable:
                await asyncio.sleep(BACK_OFF_SECONDS)
                rows = await self._client.read_async(reads, KLINES, query)
            return readable(parsing.klines, rows)
        except ExchangeError as error:
            return error


def readable(parse: Callable[[Any], T], payload: Any) -> T:
    """Parsed answer of a read. Raises ExchangeUnavailable for an answer that cannot be read."""
    try:
        return parse(payload)
    except (parsing.MalformedPayload, LookupError, TypeError) as error:
        raise ExchangeUnavailable(f"unreadable answer: {error!r}") from error


def _kline_params(
    symbol: str, interval: str, *, start: datetime | None, end: datetime | None, limit: int
) -> dict[str, str]:
    params = {"symbol": symbol, "interval": interval, "limit": str(limit)}
    if start is not None:
        params["startTime"] = str(to_ms(start))
    if end is not None:
        params["endTime"] = str(to_ms(end))
    return params
