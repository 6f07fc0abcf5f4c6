"""What a list of fills amounts to: quantities, average prices, result."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from exchange.types import Side


class FillLike(Protocol):
    """The facts of a fill that count. Quantity in base asset, money in USDT, commission positive if paid."""

    side: str
    price: Decimal
    quantity: Decimal
    realized_pnl: Decimal
    commission: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Sums over the fills of one position. Average prices are None without fills, unrounded otherwise."""

    entered: Decimal
    exited: Decimal
    entry_price: Decimal | None
    exit_price: Decimal | None
    realized_pnl: Decimal
    commission: Decimal

    @property
    def open_quantity(self) -> Decimal:
        """Base asset still open; negative would mean more was closed than opened."""
        return self.entered - self.exited

    @property
    def result(self) -> Decimal:
        """USDT earned after commission."""
        return self.realized_pnl - self.commission


def tally(fills: Iterable[FillLike], *, entry_side: Side) -> Tally:
    """Sum the fills of a position that opens with ``entry_side``. Money is summed in Decimal, here and not in SQL."""
    entries: list[FillLike] = []
    exits: list[FillLike] = []
    for fill in fills:
        (entries if fill.side == entry_side.value else exits).append(fill)
    return Tally(
        entered=_quantity(entries),
        exited=_quantity(exits),
        entry_price=_average_price(entries),
        exit_price=_average_price(exits),
        realized_pnl=sum((fill.realized_pnl for fill in [*entries, *exits]), Decimal(0)),
        commission=sum((fill.commission for fill in [*entries, *exits]), Decimal(0)),
    )


def _quantity(fills: list[FillLike]) -> Decimal:
    return sum((fill.quantity for fill in fills), Decimal(0))


def _average_price(fills: list[FillLike]) -> Decimal | None:
    quantity = _quantity(fills)
    return sum((fill.price * fill.quantity for fill in fills), Decimal(0)) / quantity if quantity else None
