"""What the paper core needs of a market: listed symbols, their rules, and one price path that everything follows."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple, Protocol


class PricePoint(NamedTuple):
    """A trade of the path: the last price becomes ``price`` at ``at_ms``; ``quantity`` base asset changed hands."""

    at_ms: int
    price: Decimal
    quantity: Decimal


class Bar(NamedTuple):
    """One bar, exact: volumes in base asset, quote volumes in USDT. ``close_ms`` is the last millisecond of the bar."""

    open_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    close_ms: int
    quote_volume: Decimal
    trades: int
    taker_buy_volume: Decimal
    taker_buy_quote_volume: Decimal


class Market(Protocol):
    """A recorded or mirrored market. Pure with respect to its data: the same question always gets the same answer."""

    @property
    def first_ms(self) -> int:
        """Earliest market time with data."""

    @property
    def last_ms(self) -> int:
        """Market time at which the data ends; the clock stops there."""

    def listed(self, now_ms: int) -> Sequence[str]:
        """Symbols that trade at ``now_ms``, sorted."""

    def symbol_info(self, symbol: str, now_ms: int) -> Mapping[str, Any]:
        """The symbol's row of exchangeInfo as the venue spells it. KeyError for a symbol never listed until now."""

    def last_price(self, symbol: str, now_ms: int) -> Decimal:
        """Price of the newest point at or before ``now_ms``. KeyError when the symbol has not traded yet."""

    def path(self, symbol: str, after_ms: int, until_ms: int) -> Iterator[PricePoint]:
        """Points with after_ms < at_ms <= until_ms, in order. Never yields a point of the future of ``until_ms``."""

    def bars(self, symbol: str, interval: str, start_ms: int, end_ms: int, now_ms: int) -> Sequence[Bar]:
        """Bars with start_ms <= open_ms <= end_ms that have begun by ``now_ms``, oldest first.

        The bar that is still open at ``now_ms`` holds only what the path has shown so far, and its close_ms lies ahead.
        """
