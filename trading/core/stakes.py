"""What is ours of the rows that are open at the venue: by the exits of ours that stand on them, and what was known."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from exchange.types import AlgoOrderState, PositionSide, Side, VenuePosition
from trading.core.client_ids import parse
from trading.core.states import Purpose

EXITS = frozenset({Purpose.STOP.value, Purpose.INNER_STOP.value, Purpose.TAKE_PROFIT.value})


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An unfinished position as its row told of it. ``quantity`` open, base asset; trades are numbered by the venue."""

    position_id: int
    symbol: str
    direction: PositionSide
    position_side: PositionSide  # BOTH in one-way mode
    quantity: Decimal
    is_shared: bool
    newest_trade: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stake:
    """Our part of one row: at most ``quantity``, base asset; None: all of it.

    ``known`` is set where nothing of ours stands on the row to prove that it is still as it was known.
    """

    row: VenuePosition
    position_id: int
    quantity: Decimal | None
    known: Known | None = None


def closing_side(row: VenuePosition) -> Side:
    return Side.BUY if row.quantity < 0 else Side.SELL


def direction_of(row: VenuePosition) -> PositionSide:
    return PositionSide.SHORT if row.quantity < 0 else PositionSide.LONG


def stakes(
    rows: Iterable[VenuePosition], standing: Sequence[AlgoOrderState], known: Sequence[Known], *, nonce: str
) -> list[Stake]:
    """Every part of installation ``nonce``, several of one row where several positions have exits on it."""
    found = []
    for row in rows:
        on_row = {each.position_id: each for each in known if _is_of(each, row)}
        exits = _exits_on(row, standing, nonce=nonce)
        found += [
            Stake(row=row, position_id=position_id, quantity=_part(orders, on_row.get(position_id)))
            for position_id, orders in sorted(exits.items())
        ]
        found += [
            Stake(row=row, position_id=each.position_id, quantity=each.quantity if each.is_shared else None, known=each)
            for each in on_row.values()
            if each.position_id not in exits and (each.quantity or not each.is_shared)
        ]
    return found


def _is_of(known: Known, row: VenuePosition) -> bool:
    wanted = (row.symbol, row.position_side, direction_of(row))
    return (known.symbol, known.position_side, known.direction) == wanted


def _exits_on(row: VenuePosition, standing: Sequence[AlgoOrderState], *, nonce: str) -> dict[int, list[AlgoOrderState]]:
    """Close-only orders of ours on ``row``, by position."""
    found: dict[int, list[AlgoOrderState]] = {}
    for order in standing:
        parts = parse(order.client_order_id)
        if parts is None or parts.nonce != nonce or parts.purpose not in EXITS:
            continue
        wanted = (row.symbol, row.position_side, closing_side(row))
        if (order.symbol, order.position_side, order.side) == wanted:
            found.setdefault(parts.position_id, []).append(order)
    return found


def _part(exits: Sequence[AlgoOrderState], known: Known | None) -> Decimal | None:
    """All of the row where an exit of ours closes whatever is open; else as much as the largest of them would."""
    largest = max(order.quantity for order in exits)
    if known is not None and known.is_shared:
        return known.quantity if any(order.close_position for order in exits) else min(largest, known.quantity)
    return None if any(order.close_position for order in exits) else largest
