"""What a list of fills amounts to: quantities, average prices, result."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from exchange.types import Side


class FillLike(Protocol):
    """The facts of a fill that count. Quantity in base asset, money in USDT, commission positive if paid.

    ``commission_usdt`` is what a commission in another asset was worth; None before it is known.
    """

    side: str
    price: Decimal
    quantity: Decimal
    realized_pnl: Decimal
    commission: Decimal
    commission_asset: str
    commission_usdt: Decimal | None


COMMISSION_ASSET = "USDT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Sums over the fills of one position. Average prices are None without fills, unrounded otherwise.

    ``commission`` is in USDT; what was paid in other assets and has no value yet is kept apart, by asset.
    """

    entered: Decimal
    exited: Decimal
    entry_price: Decimal | None
    exit_price: Decimal | None
    realized_pnl: Decimal
    commission: Decimal
    other_commissions: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def open_quantity(self) -> Decimal:
        """Base asset still open; negative would mean more was closed than opened."""
        return self.entered - self.exited

    @property
    def result(self) -> Decimal:
        """USDT earned after commission, as far as its value is known."""
        return self.realized_pnl - self.commission


def tally(fills: Iterable[FillLike], *, entry_side: Side) -> Tally:
    """Sum the fills of a position that opens with ``entry_side``. Money is summed in Decimal, here and not in SQL."""
    entries: list[FillLike] = []
    exits: list[FillLike] = []
    for fill in fills:
        (entries if fill.side == entry_side.value else exits).append(fill)
    every = [*entries, *exits]
    return Tally(
        entered=_quantity(entries),
        exited=_quantity(exits),
        entry_price=_average_price(entries),
        exit_price=_average_price(exits),
        realized_pnl=sum((fill.realized_pnl for fill in every), Decimal(0)),
        commission=sum(map(commission_in_usdt, every), Decimal(0)),
        other_commissions=_without_value(every),
    )


def commission_in_usdt(fill: FillLike) -> Decimal:
    """What the commission was worth when it was paid; 0 before that is known."""
    if fill.commission_asset == COMMISSION_ASSET:
        return fill.commission
    return fill.commission_usdt or Decimal(0)


def _without_value(fills: Iterable[FillLike]) -> dict[str, Decimal]:
    """What was paid in other assets (a discount lets it be BNB) and has no value yet, by asset."""
    sums: dict[str, Decimal] = {}
    for fill in fills:
        if fill.commission_asset != COMMISSION_ASSET and fill.commission_usdt is None:
            sums[fill.commission_asset] = sums.get(fill.commission_asset, Decimal(0)) + fill.commission
    return sums


def _quantity(fills: list[FillLike]) -> Decimal:
    return sum((fill.quantity for fill in fills), Decimal(0))


def _average_price(fills: list[FillLike]) -> Decimal | None:
    quantity = _quantity(fills)
    return sum((fill.price * fill.quantity for fill in fills), Decimal(0)) / quantity if quantity else None
