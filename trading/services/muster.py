"""Every unfinished position of an account with its living orders, in as many statements for fifty as for one."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from desk.models import Account
from trading.core.states import LIVE, Book
from trading.models import Order, Position
from trading.services.tending import unfinished


@dataclass(frozen=True, slots=True, kw_only=True)
class Muster:
    """Rows as they were at one moment; ``living`` are orders by position, of both books."""

    positions: Sequence[Position]
    living: Mapping[int, Sequence[Order]]
    lacking_fills: Collection[int]

    def orders_of(self, position: Position) -> Sequence[Order]:
        return self.living.get(position.pk, ())

    def lacks_fills(self, position: Position) -> bool:
        return position.pk in self.lacking_fills


def muster(account: Account) -> Muster:
    positions = unfinished(account)
    living: dict[int, list[Order]] = defaultdict(list)
    for order in Order.objects.filter(position__in=positions, status__in=LIVE).order_by("id"):
        living[order.position_id].append(order)
    return Muster(positions=positions, living=living, lacking_fills=lacking_fills(positions))


def lacking_fills(positions: Collection[Position]) -> frozenset[int]:
    """Those of which an order is filled further than the trades we have of it."""
    filled = Order.objects.filter(position__in=positions, book=Book.ORDINARY, executed_quantity__gt=0)
    return frozenset(
        order.position_id
        for order in filled.prefetch_related("fills")
        if order.executed_quantity > sum(fill.quantity for fill in order.fills.all())
    )
