"""Orders of both books as the paper exchange keeps them."""

from dataclasses import dataclass
from decimal import Decimal

from exchange.paper.core.kinds import STOPS, OrderType, PriceMatch, SelfTrade, TimeInForce
from exchange.types import PositionSide, Side, VenueStatus, WorkingType

ZERO = Decimal(0)
OPEN_ORDER = frozenset({VenueStatus.NEW, VenueStatus.PARTIALLY_FILLED})


def is_close_side(position_side: PositionSide, side: Side) -> bool:
    """Hedge mode: whether an order of this side can only shrink its position. Never true in one-way mode."""
    return position_side is not PositionSide.BOTH and side is position_side.close_side


@dataclass(slots=True, kw_only=True)
class Order:
    """An ordinary order. ``price`` is 0 for MARKET; ``quote`` is the filled notional in USDT; times in ms.

    ``stop_price`` is that of the conditional order that placed it, else 0.
    ``queue`` is its place among the orders of its price; ``amended`` counts its modifications.
    """

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
    stop_price: Decimal = ZERO
    good_till_ms: int = 0
    self_trade: SelfTrade = SelfTrade.EXPIRE_MAKER
    price_match: PriceMatch = PriceMatch.NONE
    status: VenueStatus = VenueStatus.NEW
    executed: Decimal = ZERO
    quote: Decimal = ZERO
    queue: int = 0
    amended: int = 0
    modify_id: str = ""
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
    price: Decimal = ZERO
    good_till_ms: int = 0
    self_trade: SelfTrade = SelfTrade.EXPIRE_MAKER
    price_match: PriceMatch = PriceMatch.NONE
    trail: "Trail | None" = None
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
        return (self.side is Side.BUY) == (self.order_type in STOPS)

    @property
    def child_type(self) -> OrderType:
        return OrderType.LIMIT if self.price else OrderType.MARKET

    def is_met(self, price: Decimal) -> bool:
        """Whether ``price`` fires it."""
        trigger = self.trigger_price if self.trail is None else self.trail.trigger(self.side)
        if trigger is None:
            return False
        return price >= trigger if self.fires_upward else price <= trigger

    def waits_for(self) -> list[tuple[bool, Decimal]]:
        """Prices at which it must be looked at, each with whether a rise leads there."""
        if self.trail is None:
            return [(self.fires_upward, self.trigger_price)]
        return self.trail.waits_for(self.side)


@dataclass(slots=True, kw_only=True)
class Trail:
    """How a trailing stop follows: ``extreme`` is the best price since activation, ``callback_ratio`` of it is kept."""

    activate_price: Decimal
    callback_ratio: Decimal
    extreme: Decimal | None = None

    @property
    def is_active(self) -> bool:
        return self.extreme is not None

    def trigger(self, side: Side) -> Decimal | None:
        """Price that fires it, None before activation."""
        if self.extreme is None:
            return None
        return self.extreme * (1 + self.callback_ratio if side is Side.BUY else 1 - self.callback_ratio)

    def observe(self, price: Decimal, side: Side) -> bool:
        """Follow a price; true when that activated it. A buy follows falling prices, a sell rising ones."""
        is_better = (
            price < (self.extreme or self.activate_price)
            if side is Side.BUY
            else (price > (self.extreme or self.activate_price))
        )
        if self.extreme is not None:
            self.extreme = price if is_better else self.extreme
            return False
        if not is_better and price != self.activate_price:
            return False
        self.extreme = price
        return True

    def waits_for(self, side: Side) -> list[tuple[bool, Decimal]]:
        onward = side is Side.SELL
        trigger = self.trigger(side)
        if trigger is None or self.extreme is None:
            return [(onward, self.activate_price)]
        return [(onward, self.extreme), (not onward, trigger)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """One execution. ``commission`` of ``commission_asset`` is positive when paid; PnL in USDT before commission."""

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
    commission_asset: str = "USDT"
