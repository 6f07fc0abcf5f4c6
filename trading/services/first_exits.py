"""The first fill of an entry taken in the shortest way: one commit, then the stop leaves, then the take-profit.

The fill, the position it opens and the intents of both exits are committed together, claimed for sending; what the
venue answered is kept when both have left. Whatever is not as simple as that is left to the ordinary way, and so is
what this way leaves undone.
"""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.utils import timezone

from desk.event_kinds import EventKind
from exchange.types import AlgoOrderState, OrderState, VenueTrade
from trading.core.states import AT_VENUE, OrderStatus, PositionStatus, Purpose, from_venue
from trading.models import Order, Position
from trading.services import intents
from trading.services.advance import advance, apply_state, tell
from trading.services.fills import book_trade
from trading.services.nakedness import note_protected
from trading.services.price_paid import heed_price_paid
from trading.services.protect import climb
from trading.services.submit import dispatch
from trading.services.take_profit import heed_answer, price_by
from trading.venue import Venue

State = OrderState | AlgoOrderState
DONE = (OrderStatus.NEW, OrderStatus.PENDING, OrderStatus.REJECTED)  # of a take-profit: no question is open


def is_first_fill(order: Order) -> bool:
    """Whether a trade on ``order``, just read, may be the first of its position. Wrong guesses cost nothing."""
    return order.purpose == Purpose.ENTRY and order.position.status == PositionStatus.PENDING


class FirstFill(NamedTuple):
    """What became of it; ``is_done`` unless there is something to do about the position at once."""

    position: Position
    is_done: bool


class _Exits(NamedTuple):
    """Claimed and committed; without a take-profit where its price cannot be told yet, or there is none."""

    position: Position
    stop: Order
    take_profit: Order | None


class _Answer(NamedTuple):
    """What the venue said, and when (wall time)."""

    state: State
    at: datetime


def take_in_first_fill(trade: VenueTrade, entry: Order, venue: Venue) -> FirstFill | None:
    """Take in a trade of ``entry`` and place both exits, the stop first.

    None for a trade that is not the first, or is known already: it is left to the ordinary way.
    """
    exits = _open(trade, entry, venue)
    if exits is None:
        return None
    answer = _send(exits.stop, venue)
    if answer is None or from_venue(answer.state.status) not in AT_VENUE:
        return FirstFill(exits.position, is_done=_is_left_for_later(exits, answer, venue))
    if exits.take_profit is None:
        _keep_stop(exits, answer, now=venue.now())
        return FirstFill(exits.position, is_done=False)
    return _complete(exits, exits.take_profit, answer, venue)


def _open(trade: VenueTrade, entry: Order, venue: Venue) -> _Exits | None:
    """The fill and the exits it needs, in one commit; None where there are no simple first exits to send."""
    now = venue.now()
    try:
        with transaction.atomic():
            position = book_trade(trade, position=entry.position, order=entry, now=now)
            return None if position is None else _exits(position, venue, now=now)
    except IntegrityError:  # another process was here first where a lock locks nothing
        return None


def _exits(position: Position, venue: Venue, *, now: datetime) -> _Exits | None:
    """Asks nothing of the venue: a row is locked."""
    if position.status != PositionStatus.OPEN or position.is_shared:
        return None
    if position.orders.exclude(purpose=Purpose.ENTRY).exists():
        return None
    rules = venue.rules.known(position.symbol)
    if rules is not None:
        heed_price_paid(position, rules, now=now)
    price = None if rules is None else price_by(rules, position)
    return _Exits(
        position,
        stop=_claimed(position, Purpose.STOP, position.stop_price, now=now),
        take_profit=None if price is None else _claimed(position, Purpose.TAKE_PROFIT, price, now=now),
    )


def _claimed(position: Position, purpose: Purpose, trigger_price: Decimal, *, now: datetime) -> Order:
    sent_at = timezone.now()
    leg = intents.first_leg(position, purpose=purpose, trigger_price=trigger_price, now=now, sent_at=sent_at)
    tell(leg, EventKind.ORDER_SENT, now=now, waited_ms=0)
    return leg


def _send(leg: Order, venue: Venue) -> _Answer | None:
    state = dispatch(leg, venue)
    return None if state is None else _Answer(state, at=timezone.now())


def _is_left_for_later(exits: _Exits, answer: _Answer | None, venue: Venue) -> bool:
    """What follows a stop that does not stand: the take-profit waits, the ladder is climbed where it was refused.

    True where only time or the next sweep can help.
    """
    position, stop = exits.position, exits.stop
    if exits.take_profit is not None:
        advance(exits.take_profit, OrderStatus.PENDING, reason="waits for a stop")
    if answer is not None:
        apply_state(stop, answer.state, now=venue.now())
        return False
    if stop.status == OrderStatus.REJECTED and climb(position, stop, venue):
        return False
    return stop.status != OrderStatus.UNKNOWN and position.status == PositionStatus.OPEN


@transaction.atomic
def _keep_stop(exits: _Exits, answer: _Answer, *, now: datetime) -> None:
    _keep(exits.stop, answer, now=now)
    note_protected(exits.position, exits.stop, now=now, stood_at=answer.at)


def _keep(leg: Order, answer: _Answer, *, now: datetime) -> None:
    """What the venue said, as of when it said so."""
    Order.objects.filter(pk=leg.pk, answered_at=None).update(answered_at=answer.at)
    apply_state(leg, answer.state, now=now)


def _complete(exits: _Exits, take_profit: Order, stop_answer: _Answer, venue: Venue) -> FirstFill:
    """The take-profit follows the stop at once; then the rows say what the venue said of both."""
    sent_at = timezone.now()
    answer, now = _send(take_profit, venue), venue.now()
    with transaction.atomic():
        _keep_stop(exits, stop_answer, now=now)
        Order.objects.filter(pk=take_profit.pk).update(sent_at=sent_at)
        if answer is not None:
            _keep(take_profit, answer, now=now)
        heed_answer(exits.position, take_profit, now=now)
    is_done = take_profit.status in DONE and exits.position.status == PositionStatus.OPEN
    return FirstFill(exits.position, is_done=is_done)
