"""What a venue says of one market besides bars and prices: its book, its funding, who holds what."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class BookLevel:
    """One price of the order book; ``quantity`` in base asset."""

    price: Decimal
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderBook:
    """The best levels of both sides, best first, GET /fapi/v1/depth. A side without orders is empty."""

    symbol: str
    bids: tuple[BookLevel, ...]
    asks: tuple[BookLevel, ...]
    update_id: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FundingRate:
    """One settled funding, GET /fapi/v1/fundingRate. ``rate`` is a fraction; longs pay when it is positive."""

    symbol: str
    rate: Decimal
    mark_price: Decimal | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenInterest:
    """Open contracts of a symbol in base asset, one side counted, GET /fapi/v1/openInterest."""

    symbol: str
    quantity: Decimal
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenInterestPoint:
    """Open contracts of a symbol in base asset and in USDT at one time, GET /futures/data/openInterestHist."""

    symbol: str
    quantity: Decimal
    notional: Decimal
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TakerVolume:
    """What takers bought and sold in one period, base asset, GET /futures/data/takerlongshortRatio."""

    bought: Decimal
    sold: Decimal
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LongShortRatio:
    """Shares of a crowd that hold a symbol long and short, GET /futures/data/globalLongShortAccountRatio.

    The same of the top fifth by margin: topLongShortAccountRatio by accounts, topLongShortPositionRatio by positions.
    """

    symbol: str
    long_share: Decimal
    short_share: Decimal
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingSession:
    """One span of a market's hours, GET /fapi/v1/tradingSchedule; the end is excluded. ``kind`` is the venue's word."""

    start: datetime
    end: datetime
    kind: str

    @property
    def is_open(self) -> bool:
        return self.kind != "NO_TRADING"
