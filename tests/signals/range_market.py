"""A market over bars that a test made: MarketDataPort in memory, with a record of what was asked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from exchange.errors import ExchangeError
from exchange.market_types import TradingSession
from exchange.types import Contract, DayTicker, Kline, MarkPrice, SymbolRules, Ticker

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
LISTED = datetime(2024, 1, 1, tzinfo=UTC)


def contract(symbol: str, *, quote: str = "USDT", status: str = "TRADING", onboard_at: datetime = LISTED) -> Contract:
    zero = Decimal(0)
    rules = SymbolRules(
        symbol=symbol,
        tick_size=Decimal("0.0001"),
        min_price=zero,
        max_price=zero,
        step_size=Decimal(1),
        min_quantity=Decimal(1),
        max_quantity=zero,
        market_step_size=Decimal(1),
        market_max_quantity=zero,
        min_notional=Decimal(5),
    )
    return Contract(
        symbol=symbol,
        contract_type="PERPETUAL",
        status=status,
        quote_asset=quote,
        onboard_at=onboard_at,
        rules=rules,
    )


def bar(open_time: datetime, *, sold: Decimal | int, price: str = "1.5", length: timedelta = HOUR) -> Kline:
    """A bar in which ``sold`` base asset was sold by takers and as much bought."""
    close, volume, bought = Decimal(price), Decimal(sold) * 2, Decimal(sold)
    return Kline(
        open_time=open_time,
        open=close,
        high=close,
        low=close,
        close=close,
        volume=volume,
        close_time=open_time + length - timedelta(milliseconds=1),
        quote_volume=volume * close,
        trades=10,
        taker_buy_volume=bought,
        taker_buy_quote_volume=bought * close,
    )


@dataclass
class RangeMarket:
    """Answers from ``bars`` or, for a symbol, with its error. ``asked`` holds interval, start, end and limit."""

    now: datetime
    listed: list[Contract]
    bars: dict[tuple[str, str], dict[datetime, Kline]] = field(default_factory=dict)
    errors: dict[str, ExchangeError] = field(default_factory=dict)
    asked: list[tuple[str, datetime, datetime, int]] = field(default_factory=list)
    asked_symbols: list[str] = field(default_factory=list)

    def put(self, symbol: str, interval: str, *bars: Kline) -> None:
        self.bars.setdefault((symbol, interval), {}).update({bar.open_time: bar for bar in bars})

    def quiet_days(self, symbol: str, first: datetime, *, days: int) -> None:
        """Days in which 1 was sold each hour: the hourly mean is 1, and a ratio is what an hour's bar sold."""
        self.put(symbol, "1d", *(bar(first + day * DAY, sold=24, length=DAY) for day in range(days)))
        self.put(symbol, "1h", *(bar(first + hour * HOUR, sold=1) for hour in range(days * 24)))

    def server_time(self) -> datetime:
        return self.now

    def contracts(self) -> Sequence[Contract]:
        return self.listed

    def klines(
        self,
        symbol: str,
        interval: str,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int = 500,
    ) -> Sequence[Kline]:
        known = self.bars.get((symbol, interval), {}).values()
        found = [bar for bar in known if (not start or bar.open_time >= start) and (not end or bar.open_time <= end)]
        return sorted(found, key=lambda bar: bar.open_time)[:limit]

    def klines_many(
        self, symbols: Iterable[str], interval: str, *, start: datetime, end: datetime, limit: int
    ) -> Mapping[str, Sequence[Kline] | Exception]:
        symbols = list(symbols)
        self.asked.append((interval, start, end, limit))
        self.asked_symbols += symbols
        return {
            symbol: self.errors.get(symbol) or self.klines(symbol, interval, start=start, end=end, limit=limit)
            for symbol in symbols
        }

    def ticker(self, symbol: str) -> Ticker:
        return self.tickers()[symbol]

    def tickers(self) -> Mapping[str, Ticker]:
        return {row.symbol: Ticker(symbol=row.symbol, last_price=Decimal(1), at=self.now) for row in self.listed}

    def tickers_24h(self) -> Mapping[str, DayTicker]:
        return {}

    def mark_prices(self) -> Mapping[str, MarkPrice]:
        return {}

    def trading_sessions(self) -> Mapping[str, Sequence[TradingSession]]:
        return {}
