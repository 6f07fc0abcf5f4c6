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
    SymbolRules,
    TimeInForce,
    VenuePosition,
)
from trading.core.client_ids import ClientOrderId, parse
from trading.core.closing_form import closing_form
from trading.core.stakes import closing_side, direction_of
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


def flatten(
    row: VenuePosition, *, position_id: int, nonce: str, venue: Venue, at_most: Decimal | None = None
) -> Decimal:
    """Close ``row``, or ``at_most`` of it, close-only; what is still open of that, base asset. The stops stay.

    At market in pieces, and what the market would not take by one limit within the venue's band. For when there is no
    database to keep intents in: of a part, what earlier calls have closed is not closed again. Raises ExchangeError.
    """
    rules, closes = venue.rules(row.symbol), _Closes(row, position_id=position_id, nonce=nonce, venue=venue)
    left = abs(row.quantity)
    if at_most is not None:
        left = min(left, max(at_most - closes.taken, Decimal(0)))
    for piece in pieces(left, rules):
        executed = closes.send(piece)
        left -= executed
        if executed < piece:
            break
    form = closing_form(left, mark_price=row.mark_price, is_too_thin=True, position_side=direction_of(row), rules=rules)
    if form is not None:
        left -= closes.send(form.quantity, price=form.price)
    still = same_row(row, venue.trading.positions(row.symbol))
    open_now = Decimal(0) if still is None else abs(still.quantity)
    return open_now if at_most is None else min(left, open_now)


class _Closes:
    """The close-only orders of one position that have no rows, each under the next id above those of the desk."""

    def __init__(self, row: VenuePosition, *, position_id: int, nonce: str, venue: Venue) -> None:
        """Asks for those of earlier calls. Raises ExchangeError."""
        self._row, self._trading = row, venue.trading
        self._nonce, self._position_id = nonce, position_id
        self._next = OUTSIDE_ATTEMPTS
        self.taken = Decimal(0)  # base asset
        while (earlier := self._trading.order(row.symbol, self._id())) is not None:
            self.taken += earlier.executed_quantity
            self._next += 1

    def send(self, quantity: Decimal, *, price: Decimal | None = None) -> Decimal:
        """At market without a price; what was executed. An id that the venue refused is used again."""
        try:
            state = self._trading.place_order(self._request(quantity, price))
        except OrderRefused as refused:
            log.warning("flatten_refused", symbol=self._row.symbol, reason=refused.reason)
            return Decimal(0)
        self._next += 1
        return state.executed_quantity

    def _request(self, quantity: Decimal, price: Decimal | None) -> OrderRequest:
        return OrderRequest(
            symbol=self._row.symbol,
            side=closing_side(self._row),
            position_side=self._row.position_side,
            order_type=OrderType.MARKET if price is None else OrderType.LIMIT,
            quantity=quantity,
            price=price,
            time_in_force=None if price is None else TimeInForce.IOC,
            reduce_only=self._row.position_side is PositionSide.BOTH,
            client_order_id=self._id(),
        )

    def _id(self) -> str:
        return str(ClientOrderId(self._nonce, self._position_id, Purpose.CLOSE.value, self._next))


def pieces(quantity: Decimal, rules: SymbolRules) -> Iterator[Decimal]:
    """``quantity`` in market orders that the venue takes, down to its last whole step."""
    left = floor_to_step(quantity, rules.market_step_size)
    while left > 0:
        piece = min(left, rules.market_max_quantity) if rules.market_max_quantity else left
        yield piece
        left -= piece


def same_row(row: VenuePosition, rows: Sequence[VenuePosition]) -> VenuePosition | None:
    """``row`` as it is now; None when it is flat or the other way."""
    for each in rows:
        if (each.symbol, each.position_side, closing_side(each)) == (row.symbol, row.position_side, closing_side(row)):
            return each
    return None
