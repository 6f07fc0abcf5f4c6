"""Protection without the database: a close-only stop by what an event said, its id fixed by its cause.

No line here reads or writes a row. A line of the local journal comes first instead of the intent; where even that
cannot be written, the stop leaves all the same.
"""

import threading
import time
from collections import Counter, defaultdict
from decimal import Decimal
from typing import Any

import structlog

from exchange.errors import ExchangeError, OrderCode, OrderRefused, OutcomeUnknown
from exchange.types import (
    AlgoOrderRequest,
    AlgoOrderState,
    OrderRequest,
    OrderType,
    PositionSide,
    TimeInForce,
    VenuePosition,
)
from trading.core.client_ids import parse
from trading.core.closing_form import closing_form
from trading.core.emergency_ids import emergency_id
from trading.core.exits import stop_price
from trading.core.states import Purpose
from trading.emergency_journal import EmergencyJournal, Step
from trading.emergency_picture import STOPS, Exposure, Picture
from trading.venue import Venue

log = structlog.get_logger(__name__)

DEFAULT_STOP_RATIO = Decimal("0.18")  # what a bot is shipped with; the position's own stop replaces it
UNSEEN_SECONDS = 5.0  # wall; how long "no position" is not believed of what has just been filled
APPEARS_WITHIN_SECONDS = 3.0  # wall; how long "no such order" is no proof of a close without an answer
MOST_REFUSALS = 3  # of the stop, after which it is closed at market
STANDS_ALREADY = frozenset({OrderCode.CLOSE_POSITION_EXISTS, OrderCode.DUPLICATE_ALGO_ID})
PRICE_IS_THERE = frozenset({OrderCode.WOULD_TRIGGER, OrderCode.WOULD_TRIGGER_ALGO})
NOTHING_TO_CLOSE = frozenset({OrderCode.REDUCE_ONLY_REJECTED, OrderCode.REDUCE_ONLY_FAILED})


class LastResort:
    """Sends for one account what a position needs while the database is away. Thread-safe."""

    def __init__(self, venue: Venue, *, journal: EmergencyJournal, picture: Picture, nonce: str) -> None:
        self._venue = venue
        self._journal = journal
        self._picture = picture
        self._nonce = nonce
        self._locks: defaultdict[int, threading.Lock] = defaultdict(threading.Lock)  # one try at a time for a position
        self._refusals: Counter[int] = Counter()
        self._first_seen: dict[int, float] = {}
        self._closed: defaultdict[tuple[int, Decimal], Decimal] = defaultdict(
            Decimal
        )  # by position and what its rows show
        self._thin: set[int] = set()  # positions whose close at market the book could not take
        self._unheard: dict[int, tuple[str, float]] = {}  # id of a close without an answer, when it was sent

    def protect(self, exposure: Exposure) -> bool:
        """One try; True when a stop stands for ``exposure``, or nothing of it is open. Raises ExchangeError."""
        with self._locks[exposure.position_id]:
            self._first_seen.setdefault(exposure.position_id, time.monotonic())
            if self._stands(exposure):
                return True
            if self._refusals[exposure.position_id] >= MOST_REFUSALS:
                return self._close(exposure)
            return self._place(self._stop_request(exposure), exposure)

    def forget(self, position_id: int) -> None:
        """The database has taken over."""
        self._refusals.pop(position_id, None)
        self._first_seen.pop(position_id, None)
        for known in [key for key in self._closed if key[0] == position_id]:
            del self._closed[known]
        self._unheard.pop(position_id, None)
        self._thin.discard(position_id)

    def _stands(self, exposure: Exposure) -> bool:
        try:
            standing = self._venue.trading.open_algo_orders(exposure.symbol)
        except ExchangeError as error:  # a second stop does no harm, none does
            log.warning("standing_stops_not_read", symbol=exposure.symbol, error=str(error))
            return False
        return any(self._covers(order, exposure) for order in standing)

    def _covers(self, order: AlgoOrderState, exposure: Exposure) -> bool:
        parts = parse(order.client_order_id)
        if parts is None or parts.nonce != self._nonce or parts.purpose not in STOPS:
            return False
        if order.side is not exposure.direction.close_side or order.position_side is not exposure.position_side:
            return False
        return order.close_position or order.quantity >= exposure.quantity

    def _stop_request(self, exposure: Exposure) -> AlgoOrderRequest:
        """For whatever is open; by quantity where not all of it is ours."""
        known = self._picture.get(exposure.position_id)
        return AlgoOrderRequest(
            symbol=exposure.symbol,
            side=exposure.direction.close_side,
            position_side=exposure.position_side,
            order_type=OrderType.STOP_MARKET,
            trigger_price=self._trigger(exposure),
            client_order_id=self._id(exposure, Purpose.STOP),
            **_form(exposure, by_quantity=known is not None and known.is_shared),
        )

    def _trigger(self, exposure: Exposure) -> Decimal:
        known = self._picture.get(exposure.position_id)
        if known is not None:
            return known.stop_price
        return stop_price(
            worst_entry_price=exposure.reference_price,
            stop_loss_ratio=DEFAULT_STOP_RATIO,
            position_side=exposure.direction,
            rules=self._venue.rules(exposure.symbol),
        )

    def _id(self, exposure: Exposure, purpose: Purpose) -> str:
        return emergency_id(
            nonce=self._nonce,
            position_id=exposure.position_id,
            purpose=purpose,
            cause=exposure.cause,
            number=exposure.number,
        )

    def _place(self, request: AlgoOrderRequest, exposure: Exposure) -> bool:
        """The id is used by one order at most, whatever its form, so an unknown outcome may be sent again."""
        self._note(Step.SENDING, request, purpose="stop", trigger=request.trigger_price, quantity=request.quantity)
        try:
            self._venue.trading.place_algo_order(request)
        except OrderRefused as refused:
            return self._refused(refused, request, exposure)
        except OutcomeUnknown as error:
            self._note(Step.UNKNOWN, request, reason=error)
            return False
        self._note(Step.ACCEPTED, request)
        log.error("emergency_stop_placed", symbol=request.symbol, client_order_id=request.client_order_id)
        return True

    def _refused(self, refused: OrderRefused, request: AlgoOrderRequest, exposure: Exposure) -> bool:
        if refused.code in STANDS_ALREADY:
            self._note(Step.ACCEPTED, request, reason=refused)
            return True
        self._note(Step.REFUSED, request, reason=refused)
        log.error("emergency_stop_refused", symbol=request.symbol, code=refused.code, reason=refused.reason)
        if refused.code in PRICE_IS_THERE:
            return self._close(exposure)
        if refused.code != OrderCode.NO_POSITION:
            self._refusals[exposure.position_id] += 1
            return False
        if request.close_position:
            return self._place(_by_quantity(request, exposure), exposure)
        return time.monotonic() - self._first_seen[exposure.position_id] > UNSEEN_SECONDS

    def _close(self, exposure: Exposure) -> bool:
        """Close-only, at most what is open of ours; True when nothing of it is open any more."""
        row = self._row(exposure)
        quantity = self._open_of_ours(exposure, row)
        if row is None or not quantity:
            return True
        request = self._close_request(exposure, quantity=quantity, mark_price=row.mark_price)
        if request is None:
            log.error("too_fine_to_close", symbol=exposure.symbol, quantity=f"{quantity:f}")
            return False
        self._note(Step.SENDING, request, purpose="close", quantity=request.quantity)
        try:
            state = self._venue.trading.place_order(request)
        except OrderRefused as refused:
            self._note(Step.REFUSED, request, reason=refused)
            if refused.code == OrderCode.TOO_THIN:
                self._thin.add(exposure.position_id)
            return refused.code in NOTHING_TO_CLOSE and not self._open_of_ours(exposure, self._row(exposure))
        except OutcomeUnknown as error:
            self._unheard[exposure.position_id] = (request.client_order_id, time.monotonic())
            self._note(Step.UNKNOWN, request, reason=error)
            return False
        self._closed[self._as_rows_know(exposure)] += state.executed_quantity
        if state.executed_quantity < request.quantity:
            self._thin.add(exposure.position_id)
        self._note(Step.ACCEPTED, request)
        log.error("emergency_close_sent", symbol=request.symbol, client_order_id=request.client_order_id)
        return not self._open_of_ours(exposure, self._row(exposure))

    def _close_request(self, exposure: Exposure, *, quantity: Decimal, mark_price: Decimal) -> OrderRequest | None:
        """None for what is too fine for any order."""
        form = closing_form(
            quantity,
            mark_price=mark_price,
            is_too_thin=exposure.position_id in self._thin,
            position_side=exposure.direction,
            rules=self._venue.rules(exposure.symbol),
        )
        if form is None:
            return None
        return OrderRequest(
            symbol=exposure.symbol,
            side=exposure.direction.close_side,
            position_side=exposure.position_side,
            order_type=OrderType.MARKET if form.price is None else OrderType.LIMIT,
            quantity=form.quantity,
            price=form.price,
            time_in_force=None if form.price is None else TimeInForce.IOC,
            client_order_id=self._id(exposure, Purpose.CLOSE),
            reduce_only=exposure.position_side is PositionSide.BOTH,
        )

    def _open_of_ours(self, exposure: Exposure, row: VenuePosition | None) -> Decimal:
        """Where others have a part in what is open, what our closes have taken is not taken again."""
        known, ours = self._picture.get(exposure.position_id), exposure.quantity
        if known is not None and known.is_shared:
            self._hear_of_close(exposure)
            ours = max(ours - self._closed[self._as_rows_know(exposure)], Decimal(0))
        return min(ours, Decimal(0) if row is None else abs(row.quantity))

    def _hear_of_close(self, exposure: Exposure) -> None:
        """Ask for the close whose answer was lost. Raises ExchangeError: nothing is closed while it may yet appear."""
        unheard = self._unheard.get(exposure.position_id)
        if unheard is None:
            return
        client_order_id, sent_at = unheard
        state = self._venue.trading.order(exposure.symbol, client_order_id)
        if state is not None:
            self._closed[self._as_rows_know(exposure)] += state.executed_quantity
        elif time.monotonic() - sent_at < APPEARS_WITHIN_SECONDS:
            raise OutcomeUnknown(f"close {client_order_id} may yet appear")
        del self._unheard[exposure.position_id]

    def _as_rows_know(self, exposure: Exposure) -> tuple[int, Decimal]:
        """Rows that have counted a close show less open: then nothing is taken off a second time."""
        known = self._picture.get(exposure.position_id)
        return exposure.position_id, known.quantity if known else Decimal(0)

    def _row(self, exposure: Exposure) -> VenuePosition | None:
        """What the venue shows as open that way, of everybody."""
        for row in self._venue.trading.positions(exposure.symbol):
            is_same_way = row.quantity < 0 if exposure.direction is PositionSide.SHORT else row.quantity > 0
            if row.position_side is exposure.position_side and is_same_way:
                return row
        return None

    def _note(self, step: Step, request: AlgoOrderRequest | OrderRequest, **facts: Any) -> None:
        """A disk that takes no line keeps no stop from leaving."""
        try:
            self._journal.write(step, client_order_id=request.client_order_id, symbol=request.symbol, **facts)
        except OSError as error:
            log.exception("journal_not_written", client_order_id=request.client_order_id, error=str(error))


def _form(exposure: Exposure, *, by_quantity: bool) -> dict[str, Any]:
    if not by_quantity:
        return {"close_position": True}
    return {"quantity": exposure.quantity, "reduce_only": exposure.position_side is PositionSide.BOTH}


def _by_quantity(request: AlgoOrderRequest, exposure: Exposure) -> AlgoOrderRequest:
    return AlgoOrderRequest(
        symbol=request.symbol,
        side=request.side,
        position_side=request.position_side,
        order_type=request.order_type,
        trigger_price=request.trigger_price,
        client_order_id=request.client_order_id,
        **_form(exposure, by_quantity=True),
    )
