"""A MarketDetailPort in memory: bars from a function of time, quotes as a test sets them, every question remembered."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from exchange.errors import ExchangeError
from exchange.market_types import FundingRate, LongShortRatio, OpenInterest, OrderBook
from exchange.types import EPOCH, DayTicker, Kline, MarkPrice
from signals.indicators.candles import Timeframe
from tests.signals.outlook.building import NOW, book

SYMBOL = "BTCUSDT"


def kline(open_time: datetime, length: timedelta) -> Kline:
    """A bar whose prices follow from its time alone, swinging around 1000."""
    opened, closed = (Decimal(1000) + ((open_time - EPOCH) // length + place) * 37 % 23 - 11 for place in (0, 1))
    return Kline(
        open_time=open_time,
        open=opened,
        high=max(opened, closed) + 2,
        low=min(opened, closed) - 2,
        close=closed,
        volume=Decimal(50) + (open_time - EPOCH) // length % 7,
        close_time=open_time + length - timedelta(milliseconds=1),
        quote_volume=Decimal(50_000),
        trades=9,
        taker_buy_volume=Decimal(25),
        taker_buy_quote_volume=Decimal(25_000),
    )


@dataclass
class Market:
    """Answers at ``now``; ``errors`` by question, klines by their interval."""

    now: datetime = NOW
    listed_at: datetime = EPOCH
    errors: dict[str, ExchangeError] = field(default_factory=dict)
    missing: set[datetime] = field(default_factory=set)
    behind: dict[str, timedelta] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def _answer(self, question: str) -> datetime:
        self.asked.append(question)
        if question in self.errors:
            raise self.errors[question]
        return self.now - self.behind.get(question, timedelta())

    def klines(self, symbol, interval, *, start=None, end=None, limit=500):
        """Bars as the venue gives them, the running one last, and one of the future that it should never give."""
        now = self._answer(interval)
        length = Timeframe(interval).length
        opens = [start + length * place for place in range(limit + 1)]
        listed = [opened for opened in opens if opened >= self.listed_at and opened not in self.missing]
        return [kline(opened, length) for opened in listed if opened <= now + length]

    def ticker_24h(self, symbol) -> DayTicker:
        at = self._answer("day")
        return DayTicker(
            symbol=symbol, open_price=Decimal(1000), last_price=Decimal("1005.5"), quote_volume=Decimal(10**9), at=at
        )

    def order_book(self, symbol, *, levels=20) -> OrderBook:
        return book([("1005.4", 3), ("1005.3", 4)], [("1005.5", 1), ("1005.6", 2)], at=self._answer("book"))

    def mark_price(self, symbol) -> MarkPrice:
        at = self._answer("mark")
        return MarkPrice(
            symbol=symbol,
            mark_price=Decimal("1005.45"),
            index_price=Decimal(1005),
            funding_rate=Decimal("0.0006"),
            next_funding_at=at + timedelta(hours=4),
            at=at,
        )

    def open_interest(self, symbol) -> OpenInterest:
        return OpenInterest(symbol=symbol, quantity=Decimal(70_000), at=self._answer("open_interest"))

    def long_short_ratios(self, symbol, period, *, limit=30):
        at = self._answer("crowd")
        share = Decimal("0.61")
        return [LongShortRatio(symbol=symbol, long_share=share, short_share=1 - share, at=at)]

    def funding_rates(self, symbol, *, start=None, limit=100):
        at = self._answer("fundings")
        return [FundingRate(symbol=symbol, rate=Decimal("0.0001"), mark_price=None, at=at - timedelta(hours=4))]
