"""Margin mathematics of linear contracts: brackets, margin of a symbol with its orders, liquidation price."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import product
from typing import Any, NamedTuple

from exchange.types import PositionSide

ZERO = Decimal(0)
PRICE_GRID = Decimal("0.00000001")


class Bracket(NamedTuple):
    """One notional bracket, USDT; ``cumulative`` makes the maintenance margin continuous over the borders."""

    initial_leverage: int
    notional_floor: Decimal
    notional_cap: Decimal
    maintenance_ratio: Decimal
    cumulative: Decimal
    is_last: bool = False


class Leg(NamedTuple):
    """One leg of a symbol for the liquidation price: signed quantity and entry price."""

    position_side: PositionSide
    quantity: Decimal
    entry_price: Decimal


def brackets_of(row: Mapping[str, Any]) -> tuple[Bracket, ...]:
    """Read a row of GET /fapi/v1/leverageBracket, smallest notional first."""
    found = [
        Bracket(
            initial_leverage=int(entry["initialLeverage"]),
            notional_floor=Decimal(str(entry["notionalFloor"])),
            notional_cap=Decimal(str(entry["notionalCap"])),
            maintenance_ratio=Decimal(str(entry["maintMarginRatio"])),
            cumulative=Decimal(str(entry["cum"])),
        )
        for entry in row["brackets"]
    ]
    found.sort(key=lambda bracket: bracket.notional_floor)
    return (*found[:-1], *(bracket._replace(is_last=True) for bracket in found[-1:]))


def bracket_at(brackets: Sequence[Bracket], notional: Decimal) -> Bracket:
    """The bracket with floor < notional <= cap; beyond the last cap the last one."""
    return next((bracket for bracket in brackets if notional <= bracket.notional_cap), brackets[-1])


def maximum_notional(brackets: Sequence[Bracket], leverage: int) -> Decimal:
    """Largest notional that may be held at this leverage, USDT."""
    return max((b.notional_cap for b in brackets if b.initial_leverage >= leverage), default=ZERO)


def maintenance_margin(brackets: Sequence[Bracket], notional: Decimal) -> Decimal:
    """Maintenance margin of an unsigned notional, USDT."""
    bracket = bracket_at(brackets, notional)
    return max(ZERO, notional * bracket.maintenance_ratio - bracket.cumulative)


def exposure(*, position: Decimal, bids: Decimal, asks: Decimal) -> Decimal:
    """Largest notional a leg can reach: ``position`` signed, ``bids`` and ``asks`` what open orders may add."""
    return max(abs(position + bids), abs(position - asks))


def liquidation_price(
    *,
    wallet: Decimal,
    other_maintenance: Decimal,
    other_unrealized: Decimal,
    legs: Sequence[Leg],
    brackets: Sequence[Bracket],
) -> Decimal:
    """Price at which the margin of ``legs`` is used up, 0 when there is none.

    ``wallet`` is the cross wallet balance or the isolated wallet; ``other_*`` belong to the rest of a cross account.
    The brackets are those of the notionals at the result. Of several results (a hedged pair may have one on either
    side) the one nearest to the entry counts.
    """
    held = [leg for leg in legs if leg.quantity]
    money = wallet - other_maintenance + other_unrealized - sum((g.quantity * g.entry_price for g in held), ZERO)
    found = [_solution(money, held, chosen) for chosen in product(brackets, repeat=len(held))] if held else []
    fitting = [price for price in found if price is not None]
    if not fitting:
        return ZERO
    return min(fitting, key=lambda price: abs(price - held[0].entry_price)).quantize(PRICE_GRID)


def _solution(money: Decimal, legs: Sequence[Leg], chosen: Sequence[Bracket]) -> Decimal | None:
    """Where the margin is used up if each leg is in its chosen bracket; None when it is not, or nowhere."""
    pairs = list(zip(legs, chosen, strict=True))
    divisor = sum((abs(leg.quantity) * b.maintenance_ratio - leg.quantity for leg, b in pairs), ZERO)
    if divisor == 0:
        return None
    price = (money + sum((b.cumulative for b in chosen), ZERO)) / divisor
    if price <= 0 or any(not _holds(b, abs(leg.quantity) * price) for leg, b in pairs):
        return None
    return price


def _holds(bracket: Bracket, notional: Decimal) -> bool:
    return bracket.notional_floor < notional and (bracket.is_last or notional <= bracket.notional_cap)
