"""A public market of two contracts that counts how often it is asked."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

from exchange.errors import ExchangeUnavailable
from exchange.market_types import BookLevel, OrderBook
from exchange.types import Contract, DayTicker, Kline, Ticker
from tests.factories import NOON
from tests.rules_of_symbols import symbol_rules

HOUR = timedelta(hours=1)


def contract(symbol: str) -> Contract:
    return Contract(
        symbol=symbol,
        contract_type="PERPETUAL",
        status="TRADING",
        quote_asset="USDT",
        onboard_at=NOON - timedelta(days=900),
        rules=symbol_rules(symbol),
    )


def bar(open_time, close: str = "8.5") -> Kline:
    return Kline(
        open_time=open_time,
        open=Decimal("8.4"),
        high=Decimal("8.9"),
        low=Decimal("8.3"),
        close=Decimal(close),
        volume=Decimal("1200"),
        close_time=open_time + HOUR - timedelta(milliseconds=1),
        quote_volume=Decimal("10200"),
        trades=40,
        taker_buy_volume=Decimal("500"),
        taker_buy_quote_volume=Decimal("4250"),
    )


class PublicMarket:
    """MarketDataPort with prices as a test sets them; ``is_down`` makes every question fail."""

    def __init__(self) -> None:
        self.prices = {"DOTUSDT": Decimal("8.5"), "XRPUSDT": Decimal("1.4")}
        self.day_ago = {"DOTUSDT": Decimal("8.0")}
        self.days_are_down = False
        self.asked: Counter[str] = Counter()
        self.is_down = False

    def _ask(self, what: str) -> None:
        self.asked[what] += 1
        if self.is_down:
            raise ExchangeUnavailable("no answer")

    def contracts(self):
        self._ask("contracts")
        return [contract(symbol) for symbol in self.prices]

    def klines(self, symbol, interval, *, start=None, end=None, limit=500):
        self._ask("klines")
        return [bar(NOON.replace(second=0) - HOUR * back) for back in reversed(range(min(limit, 48)))]

    def ticker(self, symbol):
        self._ask("ticker")
        return self._ticker(symbol)

    def order_book(self, symbol, *, levels=20):
        self._ask("order_book")
        tick, size = Decimal("0.001"), Decimal("100")
        bids, asks = (BookLevel(self.prices[symbol] + way * tick, size) for way in (-1, 1))
        return OrderBook(symbol=symbol, bids=(bids,), asks=(asks,), update_id=1, at=NOON)

    def tickers(self):
        self._ask("tickers")
        return {symbol: self._ticker(symbol) for symbol in self.prices}

    def tickers_24h(self):
        self._ask("tickers_24h")
        if self.days_are_down:
            raise ExchangeUnavailable("no answer")
        return {symbol: self._day(symbol) for symbol in self.day_ago}

    def _day(self, symbol):
        return DayTicker(
            symbol=symbol,
            open_price=self.day_ago[symbol],
            last_price=self.prices[symbol],
            quote_volume=Decimal("1000"),
            at=NOON,
        )

    def _ticker(self, symbol):
        return Ticker(symbol=symbol, last_price=self.prices[symbol], at=NOON)
