"""What others closed beside a position of ours, told apart by the order of their trades. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignTrade:
    """A trade of somebody else's order in the direction of ours or against it. Quantities in base asset.

    ``booked`` is what is known to have closed something of ours, None where that is open.
    """

    trade_id: int
    closes: bool
    quantity: Decimal
    booked: Decimal | None = None


def most_of_ours(trades: Iterable[ForeignTrade]) -> dict[int, Decimal]:
    """By id, the most that each close can have taken of ours: it takes what others had opened beside us first.

    Only closes of which it is open.
    """
    beside, most = ZERO, {}
    for trade in sorted(trades, key=lambda each: each.trade_id):
        if not trade.closes:
            beside += trade.quantity
        elif trade.booked is not None:
            beside = max(beside - (trade.quantity - trade.booked), ZERO)
        else:
            most[trade.trade_id] = max(trade.quantity - beside, ZERO)
            beside = max(beside - trade.quantity, ZERO)
    return most
