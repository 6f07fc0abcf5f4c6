"""The faults at work inside the core: ``exchange.paper.core.disturbances.Disturbances`` over a table of them."""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from exchange.paper.core.accounts import Account
from exchange.paper.core.book import Level
from exchange.paper.core.kinds import STOPS, OrderType
from exchange.paper.core.orders import Order
from exchange.paper.core.state import Record, State
from exchange.paper.core.timers import Timer
from exchange.paper.faults.decision import Fault
from exchange.paper.faults.deliveries import USUAL, WITHHELD, Deliveries, Delivery
from exchange.paper.faults.matching import is_about, order_subject
from exchange.paper.faults.refusal import Refusal
from exchange.paper.faults.specs import AboutOrders
from exchange.paper.faults.table import FaultTable
from exchange.paper.faults.vanishing import Vanishings
from exchange.paper.faults.words import (
    FillsSplit,
    StopChildExpired,
    StopChildPartlyFilled,
    StopChildRejected,
    SymbolHalted,
    SymbolSettling,
)
from exchange.rules import floor_to_step

Kind = TypeVar("Kind", bound=AboutOrders)


class FaultDisturbances:
    """``unusual`` holds how to send the records that are not sent as usual, by their number, until they are."""

    def __init__(self) -> None:
        self.table = FaultTable()
        self.unusual: dict[int, Delivery] = {}
        self.vanishings = Vanishings(self.table, self._withhold)
        self._deliveries = Deliveries(self.table)
        self._withholds = False

    def delivery(self, seq: int) -> Delivery:
        """How to send a record; asked once."""
        return self.unusual.pop(seq, USUAL)

    def emitted(self, state: State, record: Record) -> None:
        if record.kind == "ALGO_UPDATE" and record.payload["o"]["X"] == "NEW":
            self.vanishings.placed(state, record)
        delivery = WITHHELD if self._withholds else self._deliveries.decide(state, record)
        if delivery is not USUAL:
            self.unusual[record.seq] = delivery

    def check_symbol(self, state: State, symbol: str) -> None:
        if any(spec.symbol == symbol for _, spec in self.table.active(SymbolHalted, state.now_ms)):
            raise Refusal(-1122)

    def check_order(self, state: State, order: Order) -> None:
        self.check_symbol(state, order.symbol)
        settling = (spec.symbol for _, spec in self.table.active(SymbolSettling, state.now_ms))
        if not order.is_close_only and order.symbol in settling:
            raise Refusal(-4140)
        for fault, spec in self._about_child(StopChildRejected, state, order):
            if self.table.strikes(fault):
                raise Refusal(spec.code, message=spec.message)

    def offered(self, state: State, order: Order, levels: Iterator[Level]) -> Iterator[Level]:
        """A market child that is to expire meets an empty book, one that is to be filled partly a short one."""
        if order.order_type is not OrderType.MARKET:
            return levels
        for fault, _ in self._about_child(StopChildExpired, state, order):
            if self.table.strikes(fault):
                return iter(())
        for fault, spec in self._about_child(StopChildPartlyFilled, state, order):
            if self.table.strikes(fault):
                return _only(levels, floor_to_step(order.quantity * spec.ratio, _market_step(state, order)))
        return levels

    def pieces(self, state: State, account: Account, order: Order, quantity: Decimal) -> Sequence[Decimal]:
        subject = order_subject(account.api_key, order)
        for fault, spec in self.table.active(FillsSplit, state.now_ms):
            if is_about(spec, subject) and self.table.strikes(fault):
                return _split(quantity, spec.pieces, step=state.instrument(order.symbol).rules.step_size)
        return [quantity]

    def timers(self, state: State) -> Iterator[Timer]:
        return self.vanishings.timers(state)

    def as_row(self) -> dict[str, Any]:
        faults = [[fault.number, fault.from_ms, fault.until_ms, fault.met, fault.struck] for fault in self._all()]
        return {"seed": self.table.seed, "faults": faults, "vanishings": self.vanishings.rows()}

    def _all(self) -> Iterator[Fault]:
        return iter(self.table.faults.values())

    def _withhold(self, act: Callable[[], None]) -> None:
        self._withholds = True
        try:
            act()
        finally:
            self._withholds = False

    def _about_child(self, kind: type[Kind], state: State, order: Order) -> Iterator[tuple[Fault, Kind]]:
        """Faults about the child of a conditional order; those that name no type are about stops."""
        parent = order.algo
        if parent is None:
            return
        owner = next(key for key, account in state.accounts.items() if parent.algo_id in account.algos)
        for fault, spec in self.table.active(kind, state.now_ms):
            is_meant = parent.order_type in STOPS if spec.order_type is None else True
            if is_meant and is_about(spec, order_subject(owner, order)):
                yield fault, spec


def faults_of(state: State) -> FaultDisturbances | None:
    """The faults of an exchange, None when none is set."""
    found = state.disturbances
    return found if isinstance(found, FaultDisturbances) else None


def _market_step(state: State, order: Order) -> Decimal:
    rules = state.instrument(order.symbol).rules
    return rules.market_step_size or rules.step_size


def _only(levels: Iterator[Level], quantity: Decimal) -> Iterator[Level]:
    """The best levels up to ``quantity``, base asset."""
    for level in levels:
        taken = min(quantity, level.quantity)
        if not taken:
            return
        yield Level(level.price, taken)
        quantity -= taken


def _split(quantity: Decimal, pieces: int, *, step: Decimal) -> list[Decimal]:
    """Pieces on the step that sum to ``quantity``, the last one the largest; fewer where the step allows no more."""
    piece = floor_to_step(quantity / pieces, step) if step else quantity / pieces
    if not piece:
        return [quantity]
    return [*[piece] * (pieces - 1), quantity - piece * (pieces - 1)]
