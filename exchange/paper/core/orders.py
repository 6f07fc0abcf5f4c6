"""Orders of both books as the paper exchange keeps them."""

from dataclasses import dataclass
from decimal import Decimal

from exchange.types import OrderType, PositionSide, Side, TimeInForce, VenueStatus, WorkingType

ZERO = Decimal(0)
OPEN_ORDER = frozenset({VenueStatus.NEW, VenueStatus.PARTIALLY_FILLED})


def is_close_side(position_side: PositionSide, side: Side) -> bool:
    """Hedge mode: whether an order of this side can only shrink its position. Never true in one-way mode."""
    return position_side is not PositionSide.BOTH and side is position_side.close_side


@dataclass(slots=True, kw_only=True)
class Order:
    """An ordinary order. ``price`` is 0 for MARKET; ``quote`` is the filled notional in USDT; times in ms."""

    order_id: int
    client_order_id: str
    symbol: str
    side: Side
    position_side: PositionSide
    order_type: OrderType
    time_in_force: TimeInForce
    quantity: Decimal
    price: Decimal
    reduce_only: bool
    created_ms: int
    updated_ms: int
    good_till_ms: int = 0
    status: VenueStatus = VenueStatus.NEW
    executed: Decimal = ZERO
    quote: Decimal = ZERO
    algo: "AlgoOrder | None" = None

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_ORDER

    @property
    def remaining(self) -> Decimal:
        return self.quantity - self.executed

    @property
    def average_price(self) -> Decimal:
        return self.quote / self.executed if self.executed else ZERO

    @property
    def is_close_only(self) -> bool:
        return self.reduce_only or is_close_side(self.position_side, self.side)


@dataclass(slots=True, kw_only=True)
class AlgoOrder:
    """A conditional order. ``quantity`` is 0 with ``close_position``; ``child`` is the order its trigger placed."""

    algo_id: int
    client_algo_id: str
    symbol: str
    side: Side
    position_side: PositionSide
    order_type: OrderType
    time_in_force: TimeInForce
    quantity: Decimal
    trigger_price: Decimal
    working_type: WorkingType
    close_position: bool
    reduce_only: bool
    price_protect: bool
    created_ms: int
    updated_ms: int
    good_till_ms: int = 0
    status: VenueStatus = VenueStatus.NEW
    triggered_ms: int = 0
    child: Order | None = None

    @property
    def is_open(self) -> bool:
        return self.status is VenueStatus.NEW

    @property
    def needs_position(self) -> bool:
        """Lives only as long as a position in its direction (GTE_GTC)."""
        return self.time_in_force is TimeInForce.GTE_GTC

    @property
    def fires_upward(self) -> bool:
        """Stops fire when the price runs against the position, take-profits when it runs with it."""
        return (self.side is Side.BUY) == (self.order_type is OrderType.STOP_MARKET)

    def is_met(self, price: Decimal) -> bool:
        """Whether ``price`` fires it."""
        return price >= self.trigger_price if self.fires_upward else price <= self.trigger_price


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """One execution. ``commission`` is positive when paid; PnL in USDT before commission."""

    trade_id: int
    order_id: int
    symbol: str
    side: Side
    position_side: PositionSide
    price: Decimal
    quantity: Decimal
    realized_pnl: Decimal
    commission: Decimal
    is_maker: bool
    at_ms: int
