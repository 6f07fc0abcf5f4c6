"""The account as an outsider sees it: by the exchange's word alone, and what may be done there without the desk."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

import structlog

from exchange.errors import ExchangeError, OrderRefused
from exchange.rules import floor_to_step
from exchange.types import (
    AlgoOrderState,
    OrderRequest,
    OrderType,
    PositionSide,
    Side,
    SymbolRules,
    VenuePosition,
)
from trading.core.client_ids import ClientOrderId, parse
from trading.core.states import ENTERING, Purpose
from trading.venue import Venue

log = structlog.get_logger(__name__)

STOP_TYPES = frozenset({"STOP_MARKET", "STOP", "TRAILING_STOP_MARKET"})
ALL_AT_ONCE = 40  # positions above which one question for all conditional orders is cheaper
OUTSIDE_ATTEMPTS = 9000  # attempts of ids that no row of the desk has

Key = tuple[str, PositionSide]


def naked_symbols(ours: Mapping[Key, Decimal | None], venue: Venue) -> frozenset[str]:
    """Symbols of ``ours`` on which something is open that no standing stop would close. Raises ExchangeError.

    The values are what is ours where others have a part in it, base asset; None where all of it is ours.
    """
    rows = [row for row in venue.trading.positions() if (row.symbol, row.position_side) in ours]
    if len(rows) > ALL_AT_ONCE:
        standing = venue.trading.open_algo_orders()
    else:
        standing = [order for row in rows for order in venue.trading.open_algo_orders(row.symbol)]
    return frozenset(
        row.symbol for row in rows if not _is_covered(row, ours[row.symbol, row.position_side], standing=standing)
    )


def _is_covered(row: VenuePosition, part: Decimal | None, *, standing: Sequence[AlgoOrderState]) -> bool:
    whole = abs(row.quantity)
    needed = whole if part is None else min(part, whole)
    return not needed or any(would_close(order, row, needed=needed) for order in standing)


def would_close(order: AlgoOrderState, row: VenuePosition, *, needed: Decimal) -> bool:
    """Whether ``order`` is a close-only stop for ``needed`` of ``row``, base asset."""
    if order.symbol != row.symbol or order.position_side != row.position_side or order.order_type not in STOP_TYPES:
        return False
    if order.side is not closing_side(row):
        return False
    is_close_only = order.reduce_only or row.position_side is not PositionSide.BOTH
    return order.close_position or (is_close_only and order.quantity >= needed)


def closing_side(row: VenuePosition) -> Side:
    return Side.BUY if row.quantity < 0 else Side.SELL


def cancel_entries(venue: Venue, *, nonce: str) -> list[str]:
    """Cancel the working entries of installation ``nonce`` by id, and return their ids. Stops are never touched.

    Raises ExchangeError when the open orders cannot be read; an entry that cannot be cancelled is logged.
    """
    cancelled = []
    for order in venue.trading.open_orders():
        parts = parse(order.client_order_id)
        if parts is None or parts.nonce != nonce or parts.purpose not in ENTERING:
            continue
        try:
            venue.trading.cancel_order(order.symbol, order.client_order_id)
        except ExchangeError as error:
            log.warning("entry_not_cancelled", client_order_id=order.client_order_id, error=str(error))
        else:
            cancelled.append(order.client_order_id)
    return cancelled


def flatten(row: VenuePosition, *, position_id: int, nonce: str, venue: Venue) -> Decimal:
    """Close ``row`` at market, close-only and in pieces, and return what is still open. The stops stay.

    For when there is no database to keep intents in; ids are above those of the desk. Raises ExchangeError.
    """
    rules = venue.rules(row.symbol)
    for attempt, quantity in enumerate(pieces(abs(row.quantity), rules), start=OUTSIDE_ATTEMPTS):
        client_order_id = str(ClientOrderId(nonce, position_id, Purpose.CLOSE.value, attempt))
        try:
            venue.trading.place_order(_close_only(row, quantity, client_order_id))
        except OrderRefused as refused:
            log.warning("flatten_refused", symbol=row.symbol, reason=refused.reason)
            break
    return still_open(row, venue.trading.positions(row.symbol))


def pieces(quantity: Decimal, rules: SymbolRules) -> Iterator[Decimal]:
    """``quantity`` in market orders that the venue takes, down to its last whole step."""
    left = floor_to_step(quantity, rules.market_step_size)
    while left > 0:
        piece = min(left, rules.market_max_quantity) if rules.market_max_quantity else left
        yield piece
        left -= piece


def still_open(row: VenuePosition, rows: Sequence[VenuePosition]) -> Decimal:
    same = (each for each in rows if each.symbol == row.symbol and each.position_side == row.position_side)
    return next((abs(each.quantity) for each in same), Decimal(0))


def _close_only(row: VenuePosition, quantity: Decimal, client_order_id: str) -> OrderRequest:
    return OrderRequest(
        symbol=row.symbol,
        side=closing_side(row),
        position_side=row.position_side,
        order_type=OrderType.MARKET,
        quantity=quantity,
        reduce_only=row.position_side is PositionSide.BOTH,
        client_order_id=client_order_id,
    )
