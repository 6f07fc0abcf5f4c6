"""The take-profit: placed after the stop, and replaced when the position is judged anew; cancel first, then place."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from desk.event_kinds import EventKind
from exchange.types import SymbolRules
from trading.core.exits import take_profit_price
from trading.core.states import AT_VENUE, ExitReason, OrderStatus, Purpose
from trading.models import Order, Position
from trading.services import intents
from trading.services.cancelling import cancel
from trading.services.exit_requests import request_close
from trading.services.legs import PRICE_ALREADY_THERE, entry_is_final, living_legs, tell_leg, work_leg
from trading.services.patience import is_due
from trading.venue import Venue


def ensure_take_profit(position: Position, venue: Venue) -> None:
    """See that the take-profit the position wants stands; a price that is there already closes at market."""
    wanted = wanted_price(position, venue)
    if wanted is None:
        return
    order = _standing(position, wanted, venue) or _new(position, wanted, venue)
    if order is None:
        return
    was_working = order.status in AT_VENUE
    work_leg(order, venue)
    if not was_working:
        heed_answer(position, order, now=venue.now())


def heed_answer(position: Position, order: Order, *, now: datetime) -> None:
    """Note that a take-profit has come to stand, or close where its price is there already."""
    if order.status == OrderStatus.REJECTED and order.reason_code in PRICE_ALREADY_THERE:
        request_close(position, reason=ExitReason.TAKE_PROFIT, author="protection", now=now)
    elif order.status in AT_VENUE:
        _note(position, order, now=now)


def wanted_price(position: Position, venue: Venue) -> Decimal | None:
    """Trigger from the average fill and the ratio in force; None where the tick is too coarse for it."""
    return None if position.entry_price is None else price_by(venue.rules(position.symbol), position)


def price_by(rules: SymbolRules, position: Position) -> Decimal | None:
    """As wanted_price."""
    if position.entry_price is None:
        return None
    price = take_profit_price(
        entry_price=position.entry_price,
        take_profit_ratio=position.take_profit_ratio,
        position_side=position.side,
        rules=rules,
    )
    return None if price == position.entry_price else price


def _standing(position: Position, wanted: Decimal, venue: Venue) -> Order | None:
    """The living take-profit that is wanted, or one that cannot be cancelled; every other is cancelled."""
    kept: Order | None = None
    for order in living_legs(position, Purpose.TAKE_PROFIT):
        if kept is None and _fits(order, position, wanted):
            kept = order
            continue
        cancel(order, venue)
        kept = kept if order.is_final else order
    return kept


def _fits(order: Order, position: Position, wanted: Decimal) -> bool:
    """While the entry can still move the average, any price will do."""
    if position.is_shared and order.quantity != position.quantity:
        return False
    return order.trigger_price == wanted or not entry_is_final(position)


def _new(position: Position, wanted: Decimal, venue: Venue) -> Order | None:
    if not is_due(position, Purpose.TAKE_PROFIT):
        return None
    quantity = position.quantity if position.is_shared else None
    return intents.take_profit(position, trigger_price=wanted, quantity=quantity, now=venue.now())


def _note(position: Position, order: Order, *, now: datetime) -> None:
    with transaction.atomic():
        Position.objects.filter(pk=position.pk).update(take_profit_price=order.trigger_price)
        tell_leg(position, EventKind.TAKE_PROFIT_PLACED, now=now, price=order.trigger_price, order=order)
