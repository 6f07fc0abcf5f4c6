"""Market data that counts what it costs and never asks for more in a minute than is left for it."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from exchange.errors import RateLimited
from exchange.market_types import TradingSession
from exchange.ports import MarketDataPort
from exchange.types import Contract, DayTicker, Kline, MarkPrice, Ticker

# Of the 2400 a minute that the venue grants an address; the rest is left to a desk that runs beside us.
WEIGHT_PER_MINUTE = 1800
MINUTE = timedelta(minutes=1)
ROUNDS_WHEN_LIMITED = 5
ALL_SYMBOLS_WEIGHT = 10  # GET /fapi/v1/premiumIndex without a symbol; the prices of all cost less
ALL_DAYS_WEIGHT = 40  # GET /fapi/v1/ticker/24hr without a symbol
SCHEDULE_WEIGHT = 5  # GET /fapi/v1/tradingSchedule

Wall = Callable[[], datetime]


def klines_weight(limit: int) -> int:
    """Request weight of GET /fapi/v1/klines by its limit."""
    if limit < 100:
        return 1
    if limit < 500:
        return 2
    return 5 if limit <= 1000 else 10


def _wall_now() -> datetime:
    return datetime.now(UTC)


class MeteredMarketData:
    """A MarketDataPort around another. ``weight`` is the request weight of all that was asked through it.

    Bars of many symbols come in portions that fit the minute; where the venue says wait, it waits and asks again.
    """

    def __init__(
        self, market: MarketDataPort, *, wall: Wall = _wall_now, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._market, self._wall, self._sleep = market, wall, sleep
        self._minute = datetime.min.replace(tzinfo=UTC)
        self._used = 0
        self.weight = 0

    def server_time(self) -> datetime:
        self._charge(1)
        return self._market.server_time()

    def contracts(self) -> Sequence[Contract]:
        self._charge(1)
        return self._market.contracts()

    def klines(
        self,
        symbol: str,
        interval: str,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int = 500,
    ) -> Sequence[Kline]:
        self._charge(klines_weight(limit))
        return self._market.klines(symbol, interval, start=start, end=end, limit=limit)

    def klines_many(
        self, symbols: Iterable[str], interval: str, *, start: datetime, end: datetime, limit: int
    ) -> Mapping[str, Sequence[Kline] | Exception]:
        answers: dict[str, Sequence[Kline] | Exception] = {}
        waiting = list(dict.fromkeys(symbols))
        limited_rounds = 0
        while waiting:
            portion = waiting[: self._room(klines_weight(limit))]
            self._charge(klines_weight(limit) * len(portion))
            answers |= self._market.klines_many(portion, interval, start=start, end=end, limit=limit)
            limits = {symbol: error for symbol in portion if isinstance(error := answers[symbol], RateLimited)}
            waiting = [*limits, *waiting[len(portion) :]]
            if limits:
                limited_rounds += 1
                if limited_rounds > ROUNDS_WHEN_LIMITED:
                    return {**dict.fromkeys(waiting, next(iter(limits.values()))), **answers}
                self._sleep_until(max(error.until for error in limits.values()))
        return answers

    def ticker(self, symbol: str) -> Ticker:
        self._charge(1)
        return self._market.ticker(symbol)

    def tickers(self) -> Mapping[str, Ticker]:
        self._charge(ALL_SYMBOLS_WEIGHT)
        return self._market.tickers()

    def tickers_24h(self) -> Mapping[str, DayTicker]:
        self._charge(ALL_DAYS_WEIGHT)
        return self._market.tickers_24h()

    def mark_prices(self) -> Mapping[str, MarkPrice]:
        self._charge(ALL_SYMBOLS_WEIGHT)
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
        self._charge(klines_weight(limit))
        return self._market.premium_klines(symbol, interval, start=start, end=end, limit=limit)

    def trading_sessions(self) -> Mapping[str, Sequence[TradingSession]]:
        self._charge(SCHEDULE_WEIGHT)
        return self._market.trading_sessions()

    def _room(self, cost: int) -> int:
        """How many requests of ``cost`` fit now, at least one; waits for the next minute when none does."""
        if self._left() < cost:
            self._sleep_until(self._minute + MINUTE)
        return max(1, self._left() // cost)

    def _left(self) -> int:
        minute = self._wall().replace(second=0, microsecond=0)
        if minute > self._minute:
            self._minute, self._used = minute, 0
        return WEIGHT_PER_MINUTE - self._used

    def _charge(self, weight: int) -> None:
        self._left()
        self._used += weight
        self.weight += weight

    def _sleep_until(self, when: datetime) -> None:
        self._sleep(max(0.0, (when - self._wall()).total_seconds()))
