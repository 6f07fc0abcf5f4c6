"""One account of the paper exchange: switches, positions, both books, fills and ledger. Holds, decides nothing."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from exchange.paper.core.ledger import Ledger
from exchange.paper.core.orders import AlgoOrder, Fill, Order
from exchange.paper.core.positions import Position
from exchange.types import MarginType, PositionSide

ZERO = Decimal(0)


@dataclass(slots=True)
class SymbolSetting:
    """Leverage and margin type in force for a symbol."""

    leverage: int
    margin_type: MarginType = MarginType.CROSSED

    @property
    def is_isolated(self) -> bool:
        return self.margin_type is MarginType.ISOLATED


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """One modification of an order: price and quantity before and after; ``number`` counts from 1."""

    amendment_id: int
    order: Order
    at_ms: int
    price_before: Decimal
    price_after: Decimal
    quantity_before: Decimal
    quantity_after: Decimal
    number: int
    modify_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginChange:
    """Margin moved into (positive) or out of an isolated position by its owner, USDT."""

    symbol: str
    position_side: PositionSide
    amount: Decimal
    at_ms: int


@dataclass(slots=True, kw_only=True)
class Account:
    """State of one API key. ``open_*`` hold the live orders by id, the others everything that ever was.

    ``countdowns`` holds the market time at which a symbol's orders are cancelled; ``warned`` the margin pools that had
    their margin call: "" for the cross one, else the isolated leg's key.
    """

    api_key: str
    api_secret: str
    created_ms: int
    hedge_mode: bool = False
    multi_assets: bool = False
    burns_bnb: bool = False
    public_key: str = ""
    ledger: Ledger = field(default_factory=Ledger)
    settings: dict[str, SymbolSetting] = field(default_factory=dict)
    positions: dict[tuple[str, PositionSide], Position] = field(default_factory=dict)
    orders: dict[int, Order] = field(default_factory=dict)
    open_orders: dict[int, Order] = field(default_factory=dict)
    algos: dict[int, AlgoOrder] = field(default_factory=dict)
    open_algos: dict[int, AlgoOrder] = field(default_factory=dict)
    fills: list[Fill] = field(default_factory=list)
    order_ids: dict[tuple[str, str], int] = field(default_factory=dict)
    algo_ids: dict[str, int] = field(default_factory=dict)
    countdowns: dict[str, int] = field(default_factory=dict)
    amendments: list[Amendment] = field(default_factory=list)
    margin_changes: list[MarginChange] = field(default_factory=list)
    warned: set[str] = field(default_factory=set)

    def position(self, symbol: str, position_side: PositionSide) -> Position:
        """The leg, flat when it was never opened. Does not create it."""
        return self.positions.get((symbol, position_side)) or Position(symbol=symbol, position_side=position_side)

    def own_position(self, symbol: str, position_side: PositionSide) -> Position:
        """The leg, created when it was never opened."""
        return self.positions.setdefault((symbol, position_side), Position(symbol=symbol, position_side=position_side))

    def legs(self, symbol: str) -> list[Position]:
        return [self.positions[symbol, side] for side in PositionSide if (symbol, side) in self.positions]

    def held(self) -> Iterator[Position]:
        """Positions that are not zero."""
        return (position for position in self.positions.values() if position.quantity)

    def isolated_wallets(self) -> Decimal:
        """What of the USDT wallet belongs to isolated positions."""
        return sum((position.isolated_wallet for position in self.held()), ZERO)

    def orders_on(self, symbol: str) -> list[Order]:
        """Open ordinary orders of a symbol, oldest first."""
        return [order for order in self.open_orders.values() if order.symbol == symbol]

    def algos_on(self, symbol: str) -> list[AlgoOrder]:
        """Open conditional orders of a symbol, oldest first."""
        return [algo for algo in self.open_algos.values() if algo.symbol == symbol]

    def add_order(self, order: Order) -> None:
        self.orders[order.order_id] = order
        self.order_ids[order.symbol, order.client_order_id] = order.order_id
        self.open_orders[order.order_id] = order

    def add_algo(self, algo: AlgoOrder) -> None:
        self.algos[algo.algo_id] = algo
        self.algo_ids[algo.client_algo_id] = algo.algo_id
        self.open_algos[algo.algo_id] = algo
