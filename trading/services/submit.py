"""Sending an intent once, and finding out what became of one whose answer was lost."""

from datetime import timedelta
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from desk.event_kinds import EventKind
from exchange.errors import (
    BadCredentials,
    ExchangeError,
    NotSent,
    OrderCode,
    OrderRefused,
    OutcomeUnknown,
    RateLimited,
)
from exchange.types import AlgoOrderRequest, AlgoOrderState, OrderRequest, OrderState, OrderType, Side, TimeInForce
from trading.core.good_till import good_till
from trading.core.latency import milliseconds
from trading.core.states import ENTERING, Book, OrderStatus, Purpose
from trading.models import Order
from trading.services.advance import advance, apply_state, tell
from trading.services.breaker_gate import breaker_refusal
from trading.services.calling_off import is_called_off
from trading.venue import Venue

log = structlog.get_logger(__name__)

LOST_AFTER = {  # wall: a SUBMITTING row this old has lost its process; a second stop does no harm
    Purpose.ENTRY: timedelta(seconds=15),
    Purpose.ADD: timedelta(seconds=15),
    Purpose.REDUCE: timedelta(seconds=15),
    Purpose.STOP: timedelta(seconds=2),
    Purpose.INNER_STOP: timedelta(seconds=2),
    Purpose.TAKE_PROFIT: timedelta(seconds=15),
    Purpose.CLOSE: timedelta(seconds=15),
}
PROPAGATION = {  # wall: how long "no such order" is not proof that an order never arrived
    Purpose.ENTRY: timedelta(seconds=60),
    Purpose.ADD: timedelta(seconds=60),
    Purpose.REDUCE: timedelta(seconds=60),
    Purpose.STOP: timedelta(seconds=1),
    Purpose.INNER_STOP: timedelta(seconds=1),
    Purpose.TAKE_PROFIT: timedelta(seconds=10),
    Purpose.CLOSE: timedelta(seconds=3),
}
UNASKABLE = {  # wall: how long an unknown outcome is waited for while the venue cannot even be asked
    Purpose.STOP: timedelta(seconds=3),
    Purpose.INNER_STOP: timedelta(seconds=3),
    Purpose.CLOSE: timedelta(seconds=15),
}
AT_MARKET_WITHIN = timedelta(seconds=30)  # wall; what fills at any price waits no longer than its price is known
_DUPLICATE = (OrderCode.DUPLICATE_CLIENT_ID, OrderCode.DUPLICATE_ALGO_ID)


def submit(order: Order, venue: Venue) -> None:
    """Send a PENDING order once. The row was committed before; a crash in here leaves SUBMITTING to be resolved."""
    if order.status != OrderStatus.PENDING:
        return
    if not _claim(order, venue):
        return
    state = dispatch(order, venue)
    if state is not None:
        apply_state(order, state, now=venue.now())


def dispatch(order: Order, venue: Venue) -> OrderState | AlgoOrderState | None:
    """Send a row that was claimed, once. What the venue answered, which is to be kept; None where it accepted nothing
    that is known of: the row says then what is known."""
    try:
        return _send(order, venue)
    except (NotSent, RateLimited) as error:  # nothing reached the matching engine: the row waits for its next turn
        advance(order, OrderStatus.PENDING, reason=str(error))
    except OrderRefused as error:
        _refused(order, error, venue)
    except BadCredentials as error:
        _reject(order, venue, reason=str(error))
    except OutcomeUnknown as error:
        _unknown(order, venue, reason=str(error))
    return None


def _claim(order: Order, venue: Venue) -> bool:
    """Take the row for sending and record that it leaves; False when another process took it first."""
    now, sent_at = venue.now(), timezone.now()
    changes: dict[str, Any] = {"sent_at": sent_at}
    if order.good_till is not None:  # the row may have waited for its turn
        changes["good_till"] = good_till(order.good_till, now=now, speed=venue.clock.speed)
    with transaction.atomic():
        obstacle = _obstacle(order)
        if obstacle is not None:
            advance(order, OrderStatus.CANCELED, reason=obstacle)
            return False
        is_ours = advance(order, OrderStatus.SUBMITTING, **changes)
        if is_ours:
            tell(order, EventKind.ORDER_SENT, now=now, waited_ms=milliseconds(order.committed_at, sent_at))
    return is_ours


def _obstacle(order: Order) -> str | None:
    """What has changed since the order was committed so that it may leave no more."""
    stopped_by = breaker_refusal(order.account) if order.purpose in ENTERING else None
    if stopped_by is not None:
        return str(stopped_by)
    if is_called_off(order.execution_id):
        return "called off before it was sent"
    is_at_market, committed_at = order.purpose in ENTERING and order.price is None, order.committed_at
    if is_at_market and committed_at is not None and timezone.now() - committed_at > AT_MARKET_WITHIN:
        return "at market, and not sent while its price was known"
    return None


def _send(order: Order, venue: Venue) -> OrderState | AlgoOrderState:
    if order.book == Book.ALGO:
        return venue.trading.place_algo_order(algo_request(order))
    return venue.trading.place_order(order_request(order))


def order_request(order: Order) -> OrderRequest:
    """An ordinary order as the boundary takes it. Raises ValueError for a row without a quantity."""
    if order.quantity is None:
        raise ValueError(f"order {order.client_order_id} has no quantity")
    return OrderRequest(
        symbol=order.symbol,
        side=Side(order.side),
        position_side=order.position.position_side,
        order_type=OrderType(order.order_type),
        quantity=order.quantity,
        client_order_id=order.client_order_id,
        price=order.price,
        time_in_force=_time_in_force(order),
        good_till=order.good_till,
        reduce_only=order.reduce_only,
    )


def _time_in_force(order: Order) -> TimeInForce | None:
    if order.order_type != OrderType.LIMIT:
        return None
    if order.is_immediate:
        return TimeInForce.IOC
    return TimeInForce.GTD if order.good_till else TimeInForce.GTC


def algo_request(order: Order) -> AlgoOrderRequest:
    """A conditional order as the boundary takes it. Raises ValueError for a row without a trigger."""
    if order.trigger_price is None:
        raise ValueError(f"order {order.client_order_id} has no trigger price")
    return AlgoOrderRequest(
        symbol=order.symbol,
        side=Side(order.side),
        position_side=order.position.position_side,
        order_type=OrderType(order.order_type),
        trigger_price=order.trigger_price,
        client_order_id=order.client_order_id,
        quantity=order.quantity,
        close_position=order.close_position,
        reduce_only=order.reduce_only,
    )


def _refused(order: Order, error: OrderRefused, venue: Venue) -> None:
    if error.code in _DUPLICATE:  # an earlier sending of this very row lives
        _unknown(order, venue, reason=str(error))
    else:
        _reject(order, venue, reason=error.reason, code=error.code)


def _reject(order: Order, venue: Venue, *, reason: str, code: int | None = None) -> None:
    now = venue.now()
    with transaction.atomic():
        if advance(order, OrderStatus.REJECTED, reason=reason, reason_code=code, answered_at=timezone.now()):
            latency_ms = milliseconds(order.sent_at, order.answered_at)
            tell(order, EventKind.ORDER_REFUSED, now=now, reason=reason, code=code, latency_ms=latency_ms)


def _abandon(order: Order, venue: Venue, *, reason: str) -> None:
    """Give up an order that nobody answered for; without ``answered_at`` it differs from a refused one."""
    now = venue.now()
    with transaction.atomic():
        if advance(order, OrderStatus.REJECTED, reason=reason):
            tell(order, EventKind.ORDER_REFUSED, now=now, reason=reason, code=None)


def was_abandoned(order: Order) -> bool:
    """Whether the row was given up without a word of the venue: the order may exist after all."""
    return order.status == OrderStatus.REJECTED and order.answered_at is None


def _unknown(order: Order, venue: Venue, *, reason: str) -> None:
    now = venue.now()
    with transaction.atomic():
        if advance(order, OrderStatus.UNKNOWN, reason=reason):
            log.warning("order_outcome_unknown", client_order_id=order.client_order_id, reason=reason)
            tell(order, EventKind.ORDER_UNKNOWN, now=now, reason=reason)


def resolve(order: Order, venue: Venue) -> None:
    """Ask the venue what became of an UNKNOWN order, or of a SUBMITTING one whose process is gone.

    "No such order" counts only after the propagation window; the order is then abandoned as REJECTED. Should it
    appear after all, it is taken in like any other. A stop or a close is abandoned too when the venue cannot be asked
    for some seconds: a second one does no harm.
    """
    purpose = Purpose(order.purpose)
    if order.status == OrderStatus.SUBMITTING and not is_older(order, LOST_AFTER[purpose]):
        return
    try:
        state = look_up(order, venue)
    except ExchangeError as error:
        log.warning("order_query_failed", client_order_id=order.client_order_id, error=str(error))
        if purpose in UNASKABLE and is_older(order, UNASKABLE[purpose]):
            _abandon(order, venue, reason="no answer, and no way to ask")
        return
    if state is not None:
        apply_state(order, state, now=venue.now())
    elif is_older(order, PROPAGATION[purpose]):
        _abandon(order, venue, reason="never arrived at the exchange")


def look_up(order: Order, venue: Venue) -> OrderState | AlgoOrderState | None:
    """What the venue says of ``order`` by its client order id, or None. Raises ExchangeError."""
    if order.book == Book.ALGO:
        return venue.trading.algo_order(order.symbol, order.client_order_id)
    return venue.trading.order(order.symbol, order.client_order_id)


def is_older(order: Order, age: timedelta) -> bool:
    """Whether the order was sent longer ago than ``age`` (wall)."""
    return order.sent_at is not None and timezone.now() - order.sent_at > age
