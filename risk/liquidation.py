"""Liquidation price of one isolated position, by the venue's published formula for USDS-margined contracts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from exchange.types import PositionSide

ZERO = Decimal(0)
PRICE_GRID = Decimal("0.00000001")


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceTier:
    """One row of GET /fapi/v1/leverageBracket, USDT. ``deduction`` is its ``cum``: it makes the tiers meet."""

    floor: Decimal
    cap: Decimal
    ratio: Decimal
    deduction: Decimal


def tiers_of(row: Mapping[str, Any]) -> tuple[MaintenanceTier, ...]:
    """A symbol's row of leverageBracket, smallest notional first."""
    found = (
        MaintenanceTier(
            floor=Decimal(str(each["notionalFloor"])),
            cap=Decimal(str(each["notionalCap"])),
            ratio=Decimal(str(each["maintMarginRatio"])),
            deduction=Decimal(str(each["cum"])),
        )
        for each in row["brackets"]
    )
    return tuple(sorted(found, key=lambda tier: tier.floor))


def liquidation_price(
    *,
    position_side: PositionSide,
    quantity: Decimal,
    entry_price: Decimal,
    margin: Decimal,
    tiers: Sequence[MaintenanceTier],
) -> Decimal | None:
    """Mark price at which margin and loss together equal the maintenance margin; None where no price does.

    ``quantity`` is unsigned, ``margin`` the isolated wallet in USDT. The tier is the one at the price found, the last
    one beyond all caps; of two prices the nearer to the entry counts.
    """
    sign = -1 if position_side is PositionSide.SHORT else 1
    found: list[Decimal] = []
    for tier in tiers:
        slope = quantity * (tier.ratio - sign)
        price = (margin - sign * quantity * entry_price + tier.deduction) / slope if slope else ZERO
        is_last = tier is tiers[-1]
        if price > 0 and tier.floor < quantity * price and (is_last or quantity * price <= tier.cap):
            found.append(price)
    if not found:
        return None
    return min(found, key=lambda price: abs(price - entry_price)).quantize(PRICE_GRID)
