"""Values that cross the boundary: the field's words, exact numbers, aware UTC. Venue spellings stop at the adapters."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def from_ms(ms: int) -> datetime:
    """Exchange timestamp (Unix ms) as an aware UTC datetime, exact to the millisecond."""
    return EPOCH + timedelta(milliseconds=ms)


def to_ms(when: datetime) -> int:
    """Aware datetime as Unix ms, rounded down."""
    return (when - EPOCH) // timedelta(milliseconds=1)


class Side(StrEnum):
    """Direction of an order."""

    BUY = "BUY"
    SELL = "SELL"

    @property
    def opposite(self) -> "Side":
        return Side.SELL if self is Side.BUY else Side.BUY


class PositionSide(StrEnum):
    """BOTH in one-way mode; LONG or SHORT in hedge mode, and as the direction of our own positions."""

    BOTH = "BOTH"
    LONG = "LONG"
    SHORT = "SHORT"

    @property
    def entry_side(self) -> Side:
        """Side of the order that opens this direction. Raises ValueError for BOTH, which has none."""
        if self is PositionSide.BOTH:
            raise ValueError("BOTH names a mode, not a direction")
        return Side.BUY if self is PositionSide.LONG else Side.SELL

    @property
    def close_side(self) -> Side:
        return self.entry_side.opposite


class OrderType(StrEnum):
    """Ordinary (LIMIT, MARKET) and conditional order types."""

    LIMIT = "LIMIT"
    MARKET = "MARKET"
    STOP_MARKET = "STOP_MARKET"
    TAKE_PROFIT_MARKET = "TAKE_PROFIT_MARKET"


class TimeInForce(StrEnum):
    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"
    GTX = "GTX"
    GTD = "GTD"
    GTE_GTC = "GTE_GTC"


class WorkingType(StrEnum):
    """Price that triggers a conditional order."""

    CONTRACT_PRICE = "CONTRACT_PRICE"
    MARK_PRICE = "MARK_PRICE"


class MarginType(StrEnum):
    ISOLATED = "ISOLATED"
    CROSSED = "CROSSED"


class VenueStatus(StrEnum):
    """State of an ordinary or algo order as the venue reports it; strict on purpose."""

    NEW = "NEW"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    TRIGGERING = "TRIGGERING"
    TRIGGERED = "TRIGGERED"
    FINISHED = "FINISHED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"
    EXPIRED_IN_MATCH = "EXPIRED_IN_MATCH"
    REJECTED = "REJECTED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One row of exchangeInfo; descriptive fields keep unknown values as text.

    ``delivery_at`` is the announced end, None for a contract without one; ``underlying_type`` names the market whose
    hours a contract with trading hours keeps.
    """

    symbol: str
    contract_type: str
    status: str
    quote_asset: str
    onboard_at: datetime
    rules: "SymbolRules"
    delivery_at: datetime | None = None
    underlying_type: str = ""

    @property
    def is_usdt_perpetual(self) -> bool:
        return self.quote_asset == "USDT" and self.contract_type == "PERPETUAL"

    @property
    def is_trading(self) -> bool:
        return self.status == "TRADING"


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolRules:
    """Trading rules of one contract, from the filters of GET /fapi/v1/exchangeInfo. Zero disables a bound."""

    symbol: str
    tick_size: Decimal  # PRICE_FILTER.tickSize, USDT
    min_price: Decimal  # PRICE_FILTER.minPrice, USDT
    max_price: Decimal  # PRICE_FILTER.maxPrice, USDT
    step_size: Decimal  # LOT_SIZE.stepSize, base asset
    min_quantity: Decimal  # LOT_SIZE.minQty, base asset
    max_quantity: Decimal  # LOT_SIZE.maxQty, base asset
    market_step_size: Decimal  # MARKET_LOT_SIZE.stepSize, base asset
    market_max_quantity: Decimal  # MARKET_LOT_SIZE.maxQty, base asset
    min_notional: Decimal  # MIN_NOTIONAL.notional, USDT
    price_up_ratio: Decimal = Decimal(0)  # PERCENT_PRICE.multiplierUp: buys at most this share of the mark price
    price_down_ratio: Decimal = Decimal(0)  # PERCENT_PRICE.multiplierDown: sells at least this share of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Kline:
    """One bar. ``volume`` and ``taker_buy_volume`` in base asset, quote volumes in USDT."""

    open_time: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    close_time: datetime
    quote_volume: Decimal
    trades: int
    taker_buy_volume: Decimal
    taker_buy_quote_volume: Decimal

    @property
    def sell_volume(self) -> Decimal:
        """Base asset sold by takers: volume minus the takers' buys."""
        return self.volume - self.taker_buy_volume


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticker:
    """Last price of a symbol, GET /fapi/v2/ticker/price."""

    symbol: str
    last_price: Decimal
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DayTicker:
    """The rolling last 24 hours of a symbol, GET /fapi/v1/ticker/24hr; turnover in USDT."""

    symbol: str
    open_price: Decimal
    last_price: Decimal
    quote_volume: Decimal
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkPrice:
    """Mark and index price of a symbol, GET /fapi/v1/premiumIndex."""

    symbol: str
    mark_price: Decimal
    index_price: Decimal
    funding_rate: Decimal
    next_funding_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRequest:
    """An ordinary order to place. ``price`` only with LIMIT; ``reduce_only`` must be False in hedge mode."""

    symbol: str
    side: Side
    position_side: PositionSide
    order_type: OrderType
    quantity: Decimal
    client_order_id: str
    price: Decimal | None = None
    time_in_force: TimeInForce | None = None
    good_till: datetime | None = None
    reduce_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AlgoOrderRequest:
    """A conditional order to place. Exactly one of ``close_position`` and ``quantity`` is given."""

    symbol: str
    side: Side
    position_side: PositionSide
    order_type: OrderType
    trigger_price: Decimal
    client_order_id: str
    quantity: Decimal | None = None
    close_position: bool = False
    reduce_only: bool = False
    working_type: WorkingType = WorkingType.CONTRACT_PRICE
    price_protect: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderState:
    """What the venue says of an ordinary order. ``average_price`` is None where the answer lacks it."""

    symbol: str
    client_order_id: str
    order_id: int
    side: Side
    position_side: PositionSide
    order_type: str
    status: VenueStatus
    price: Decimal
    quantity: Decimal
    executed_quantity: Decimal
    average_price: Decimal | None
    reduce_only: bool
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AlgoOrderState:
    """What the venue says of a conditional order. ``child_order_id`` is None before the trigger."""

    symbol: str
    client_order_id: str
    algo_id: int
    side: Side
    position_side: PositionSide
    order_type: str
    status: VenueStatus
    trigger_price: Decimal
    quantity: Decimal
    close_position: bool
    reduce_only: bool
    child_order_id: int | None
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class VenuePosition:
    """A row of positionRisk. ``quantity`` is signed, negative for shorts; no liquidation price is None."""

    symbol: str
    position_side: PositionSide
    quantity: Decimal
    entry_price: Decimal
    mark_price: Decimal
    unrealized_pnl: Decimal
    liquidation_price: Decimal | None
    isolated_margin: Decimal
    initial_margin: Decimal
    maintenance_margin: Decimal
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSnapshot:
    """USDT figures of the account, GET /fapi/v3/account."""

    wallet_balance: Decimal
    available_balance: Decimal
    margin_balance: Decimal
    unrealized_pnl: Decimal
    initial_margin: Decimal
    maintenance_margin: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountModes:
    """Switches of the account, GET /fapi/v1/accountConfig."""

    hedge_mode: bool
    multi_assets_margin: bool
    can_trade: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolConfig:
    """Leverage and margin type in force for a symbol, GET /fapi/v1/symbolConfig."""

    symbol: str
    margin_type: MarginType
    leverage: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueTrade:
    """One of our fills. ``commission`` is positive when paid; PnL in USDT before commission."""

    symbol: str
    trade_id: int
    order_id: int
    side: Side
    position_side: PositionSide
    price: Decimal
    quantity: Decimal
    realized_pnl: Decimal
    commission: Decimal
    commission_asset: str
    is_maker: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomeRow:
    """A row of GET /fapi/v1/income; unique by (income_type, transaction_id). ``income`` is signed."""

    symbol: str
    income_type: str
    income: Decimal
    asset: str
    transaction_id: int
    trade_id: str
    at: datetime


# Events of the user stream.


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderUpdate:
    """ORDER_TRADE_UPDATE. ``trade`` is set when the event carries a fill. ``execution_type`` is the venue's text."""

    order: OrderState
    execution_type: str
    trade: VenueTrade | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AlgoUpdate:
    """ALGO_UPDATE; ``reject_reason`` is empty unless the venue names one."""

    order: AlgoOrderState
    reject_reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionUpdate:
    """One position row of ACCOUNT_UPDATE; ``quantity`` is signed."""

    symbol: str
    position_side: PositionSide
    quantity: Decimal
    entry_price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountUpdate:
    """ACCOUNT_UPDATE: new wallet balances by asset and the changed positions."""

    reason: str
    wallet_balances: dict[str, Decimal] = field(default_factory=dict)
    positions: tuple[PositionUpdate, ...] = ()
    at: datetime


@dataclass(frozen=True, slots=True)
class StreamConnected:
    """The stream is (again) open: whatever happened before must be read by REST."""


UserEvent = OrderUpdate | AlgoUpdate | AccountUpdate | StreamConnected
