"""What the desk needs of a venue. Binance client and paper core implement the same ports; no code asks which."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from exchange.market_types import (
    FundingRate,
    LongShortRatio,
    OpenInterest,
    OpenInterestPoint,
    OrderBook,
    TakerVolume,
    TradingSession,
)
from exchange.types import (
    AccountModes,
    AccountSnapshot,
    AlgoOrderRequest,
    AlgoOrderState,
    Contract,
    DayTicker,
    IncomeRow,
    Kline,
    MarginType,
    MarkPrice,
    OrderRequest,
    OrderState,
    SymbolConfig,
    Ticker,
    UserEvent,
    VenuePosition,
    VenueTrade,
)


class MarketDataPort(Protocol):
    """Public market data. Raises RateLimited, ExchangeUnavailable, or OrderRefused for a question that is wrong."""

    def server_time(self) -> datetime: ...

    def contracts(self) -> Sequence[Contract]:
        """Every contract the venue names, with its trading rules."""

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

    def klines_many(
        self, symbols: Iterable[str], interval: str, *, start: datetime, end: datetime, limit: int
    ) -> Mapping[str, Sequence[Kline] | Exception]:
        """Bars of many symbols at once; a symbol that failed maps to its error."""

    def ticker(self, symbol: str) -> Ticker: ...

    def tickers(self) -> Mapping[str, Ticker]: ...

    def tickers_24h(self) -> Mapping[str, DayTicker]:
        """Every symbol's last 24 hours. Dear: a weight of 40."""

    def mark_prices(self) -> Mapping[str, MarkPrice]: ...

    def premium_klines(
        self,
        symbol: str,
        interval: str,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int = 500,
    ) -> Sequence[Kline]:
        """Bars of the premium index: prices are fractions of the index price, volumes 0. As ``klines`` otherwise."""

    def trading_sessions(self) -> Mapping[str, Sequence[TradingSession]]:
        """Hours of the markets that keep some, by the contracts' underlying type, about a week back and ahead."""


class QuotedMarketPort(MarketDataPort, Protocol):
    """Market data with the book, which an entry is decided on. Raises as MarketDataPort."""

    def order_book(self, symbol: str, *, levels: int = 20) -> OrderBook:
        """The best ``levels`` of each side; the venue knows 5, 10, 20, 50, 100, 500 and 1000."""


class MarketDetailPort(QuotedMarketPort, Protocol):
    """What an analysis asks of single symbols besides. Raises as MarketDataPort."""

    def ticker_24h(self, symbol: str) -> DayTicker: ...

    def mark_price(self, symbol: str) -> MarkPrice: ...

    def funding_rates(self, symbol: str, *, start: datetime | None = None, limit: int = 100) -> Sequence[FundingRate]:
        """Settled fundings, oldest first; without ``start`` the newest. At most 1000."""

    def open_interest(self, symbol: str) -> OpenInterest: ...

    def long_short_ratios(self, symbol: str, period: str, *, limit: int = 30) -> Sequence[LongShortRatio]:
        """Newest shares of accounts by ``period`` ("5m" to "1d"), oldest first; at most 500, of the last 30 days."""


class MarketStatisticsPort(MarketDetailPort, Protocol):
    """What the venue counts of one symbol by ``period`` ("5m" to "1d"), of the last 30 days; oldest first, at most 500.

    Raises as MarketDataPort.
    """

    def open_interest_history(self, symbol: str, period: str, *, limit: int = 30) -> Sequence[OpenInterestPoint]: ...

    def top_account_ratios(self, symbol: str, period: str, *, limit: int = 30) -> Sequence[LongShortRatio]:
        """Shares of the top traders' accounts, each counted once."""

    def top_position_ratios(self, symbol: str, period: str, *, limit: int = 30) -> Sequence[LongShortRatio]:
        """The same by the size of their positions."""

    def taker_volumes(self, symbol: str, period: str, *, limit: int = 30) -> Sequence[TakerVolume]: ...


class TradingPort(Protocol):
    """Account and orders of one API key. Nothing that places or cancels is ever retried in here."""

    def place_order(self, request: OrderRequest) -> OrderState:
        """Raises NotSent, OrderRefused, OutcomeUnknown, RateLimited, BadCredentials."""

    def place_algo_order(self, request: AlgoOrderRequest) -> AlgoOrderState:
        """Raises as place_order."""

    def cancel_order(self, symbol: str, client_order_id: str) -> OrderState: ...

    def cancel_algo_order(self, symbol: str, client_order_id: str) -> None: ...

    def order(self, symbol: str, client_order_id: str) -> OrderState | None:
        """The order, or None when the venue knows none by that id (perhaps not yet)."""

    def order_by_id(self, symbol: str, order_id: int) -> OrderState | None: ...

    def algo_order(self, symbol: str, client_order_id: str) -> AlgoOrderState | None: ...

    def open_orders(self, symbol: str | None = None) -> Sequence[OrderState]: ...

    def open_algo_orders(self, symbol: str | None = None) -> Sequence[AlgoOrderState]: ...

    def positions(self, symbol: str | None = None) -> Sequence[VenuePosition]:
        """Positions that are not zero."""

    def account(self) -> AccountSnapshot: ...

    def modes(self) -> AccountModes: ...

    def symbol_config(self, symbol: str) -> SymbolConfig: ...

    def set_leverage(self, symbol: str, leverage: int) -> int:
        """Set and return the leverage in force."""

    def set_margin_type(self, symbol: str, margin_type: MarginType) -> None:
        """Set the margin type; that it is already so is success."""

    def trades(
        self, symbol: str, *, start: datetime | None = None, order_id: int | None = None, from_id: int | None = None
    ) -> Sequence[VenueTrade]:
        """Our fills on a symbol, oldest first; at most 1000."""

    def income(self, *, start: datetime, end: datetime | None = None, symbol: str | None = None) -> Sequence[IncomeRow]:
        """Every income row of the period, oldest first, over all pages."""


class UserStream(Protocol):
    """The account's events as they come. Reconnects by itself and says so with StreamConnected."""

    def __aiter__(self) -> AsyncIterator[UserEvent]: ...


class MarketClock(Protocol):
    """The only source of market time."""

    @property
    def speed(self) -> Decimal:
        """Market seconds per wall second; 1 at a real venue, 0 while a replay is held."""

    def now(self) -> datetime:
        """Exchange time, aware UTC."""
