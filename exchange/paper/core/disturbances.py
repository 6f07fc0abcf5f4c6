"""Where faults get at the core: one interface, absent on an exchange that has none."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from exchange.paper.core.accounts import Account
    from exchange.paper.core.book import Level
    from exchange.paper.core.orders import Order
    from exchange.paper.core.state import Record, State
    from exchange.paper.core.timers import Timer


class Disturbances(Protocol):
    """Deterministic like the core itself: it knows what commands told it, and the state."""

    def emitted(self, state: "State", record: "Record") -> None:
        """A record was written."""

    def check_symbol(self, state: "State", symbol: str) -> None:
        """Raises VenueError when nothing trades there now."""

    def check_order(self, state: "State", order: "Order") -> None:
        """Raises VenueError for an order, or the child of a conditional one, that may not be placed now."""

    def offered(self, state: "State", order: "Order", levels: Iterator["Level"]) -> Iterator["Level"]:
        """What of the book's levels a new order meets."""

    def pieces(self, state: "State", account: "Account", order: "Order", quantity: Decimal) -> Sequence[Decimal]:
        """Fills in place of one of ``quantity``, base asset; they sum to it."""

    def timers(self, state: "State") -> Iterator["Timer"]:
        """What faults will do at a known time."""

    def as_row(self) -> dict[str, Any]:
        """Everything as plain JSON values, for snapshots."""
