"""The first fill of an entry taken in the shortest way: fill and stop in one commit, then the stop leaves.

The fill, the position it opens and the intent of its stop are committed together, claimed for sending; the
take-profit's intent with the stop's answer. Whatever is not as simple as that is left to the ordinary way, and so is
what this way leaves undone.
"""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.utils import timezone

from desk.event_kinds import EventKind
from desk.guarding import guarded
from exchange.types import AlgoOrderState, OrderState, VenueTrade
from trading.core.states import AT_VENUE, OrderStatus, PositionStatus, Purpose
from trading.models import Order, Position
from trading.services import intents
from trading.services.advance import apply_state, tell
from trading.services.fills import book_trade
from trading.services.locking import locked_row
from trading.services.nakedness import note_protected
from trading.services.protect import climb
from trading.services.submit import dispatch
from trading.services.take_profit import heed_answer, wanted_price
from trading.venue import Venue

Answer = OrderState | AlgoOrderState


def is_first_fill(order: Order) -> bool:
    """Whether a trade on ``order``, just read, may be the first of its position. Wrong guesses cost nothing."""
    return order.purpose == Purpose.ENTRY and order.position.status == PositionStatus.PENDING


class FirstFill(NamedTuple):
    """What became of it; ``is_done`` unless there is something to do about the position at once."""

    position: Position
    is_done: bool


def take_in_first_fill(trade: VenueTrade, entry: Order, venue: Venue) -> FirstFill | None:
    """Take in a trade of ``entry`` and place both exits.

    None for a trade that is not the first, or is known already: it is left to the ordinary way.
    """
    stop = _open(trade, entry, venue)
    if stop is None:
        return None
    answer = dispatch(stop, venue)
    if answer is None:
        return FirstFill(stop.position, is_done=_is_left_for_later(stop, venue))
    take_profit = _protect(stop, answer, venue)
    if take_profit is None:
        return FirstFill(stop.position, is_done=False)
    return _complete(take_profit, venue)


def _is_left_for_later(stop: Order, venue: Venue) -> bool:
    """Climb the ladder where the stop was refused; True where only time or the next sweep can help."""
    if stop.status == OrderStatus.REJECTED and climb(stop.position, stop, venue):
        return False
    return stop.status != OrderStatus.UNKNOWN and stop.position.status == PositionStatus.OPEN


def _open(trade: VenueTrade, entry: Order, venue: Venue) -> Order | None:
    """The fill and the stop it needs, in one commit; None where there is no simple first stop to send."""
    now = venue.now()
    try:
        with transaction.atomic():
            position = book_trade(trade, position=entry.position, order=entry, now=now)
            if position is None or position.is_shared or position.orders.exclude(purpose=Purpose.ENTRY).exists():
                return None
            return _claimed(position, Purpose.STOP, position.stop_price, now=now)
    except IntegrityError:  # another process was here first where a lock locks nothing
        return None


def _claimed(position: Position, purpose: Purpose, trigger_price: Decimal, *, now: datetime) -> Order | None:
    if position.status != PositionStatus.OPEN:
        return None
    leg = intents.first_leg(
        position, purpose=purpose, trigger_price=trigger_price, now=now, sent_at=timezone.now()
    )  # fmt: skip
    tell(leg, EventKind.ORDER_SENT, now=now, waited_ms=0)
    return leg


def _protect(stop: Order, answer: Answer, venue: Venue) -> Order | None:
    """Keep the stop's answer; the take-profit that follows it, or None where none can or need be sent."""
    now, trigger = venue.now(), _take_profit_trigger(stop.position, venue)
    with transaction.atomic():
        apply_state(stop, answer, now=now)
        if stop.status not in AT_VENUE:
            return None
        position = locked_row(stop.position)
        note_protected(position, stop, now=now)
        if trigger is None or position.orders.filter(purpose=Purpose.TAKE_PROFIT).exists():
            return None
        return _claimed(position, Purpose.TAKE_PROFIT, trigger, now=now)


def _take_profit_trigger(position: Position, venue: Venue) -> Decimal | None:
    """None too where the contract's rules cannot be read now."""
    with guarded("take_profit_price", symbol=position.symbol):
        return wanted_price(position, venue)
    return None


def _complete(take_profit: Order, venue: Venue) -> FirstFill:
    answer, now = dispatch(take_profit, venue), venue.now()
    position = take_profit.position
    with transaction.atomic():
        if answer is not None:
            apply_state(take_profit, answer, now=now)
        heed_answer(position, take_profit, now=now)
    is_known = take_profit.status in (OrderStatus.NEW, OrderStatus.PENDING, OrderStatus.REJECTED)
    return FirstFill(position, is_done=is_known and position.status == PositionStatus.OPEN)
