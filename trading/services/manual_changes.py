"""What a person may change of a living position: its take-profit, its stop, its working entry."""

from datetime import datetime
from decimal import ROUND_UP, Decimal

from django.db import transaction

from desk import events
from desk.event_kinds import EventKind
from desk.money import SIGNIFICANT_DIGITS
from exchange.rules import stop_loss_trigger, take_profit_trigger
from exchange.types import PositionSide, SymbolRules
from risk.sizing import STOP_TO_LIQUIDATION
from trading.core.states import PositionStatus
from trading.models import Position

RATIO_EXPONENT = -10
EVERY_CHECK = ["2h", "12h"]  # a take-profit set by hand is not judged again


class ExitRefused(ValueError):
    """An exit there makes no sense for the position as it stands; nothing was changed."""


def request_take_profit(
    position: Position, *, price: Decimal, rules: SymbolRules, author: str, now: datetime
) -> Decimal:
    """Want the take-profit at ``price``; the trigger on the tick is returned, and tending replaces the order."""
    entry_price, trigger = _entry_price(position), checked_take_profit(position, price=price, rules=rules)
    ratio = _rounded_up(abs(trigger / entry_price - 1))
    _keep(
        position, author=author, now=now, what="take-profit", price=trigger, take_profit_ratio=ratio, judged=EVERY_CHECK
    )
    return trigger


def checked_take_profit(position: Position, *, price: Decimal, rules: SymbolRules) -> Decimal:
    """The trigger that a take-profit at ``price`` comes to. Raises ExitRefused; changes nothing."""
    entry_price = _entry_price(position)
    trigger = take_profit_trigger(price, position_side=position.side, rules=rules)
    if not _is_beyond(trigger, entry_price, position.side):
        raise ExitRefused(f"a take-profit of a {position.direction} lies beyond its entry price {entry_price:f}")
    if trigger < rules.min_price or (rules.max_price and trigger > rules.max_price):
        raise ExitRefused(f"the exchange takes no order at {trigger:f}")
    return trigger


def _rounded_up(ratio: Decimal) -> Decimal:
    """So that the price that comes of it lies a hair beyond the trigger and rounds back to its tick."""
    exponent = max(ratio.adjusted() - SIGNIFICANT_DIGITS + 1, RATIO_EXPONENT)
    return ratio.quantize(Decimal(1).scaleb(exponent), rounding=ROUND_UP)


def request_stop(position: Position, *, price: Decimal, rules: SymbolRules, author: str, now: datetime) -> Decimal:
    """Want the base stop at ``price``; the trigger on the tick is returned, and tending moves it without a gap."""
    trigger = checked_stop(position, price=price, rules=rules)
    _keep(position, author=author, now=now, what="stop", price=trigger, stop_price=trigger)
    return trigger


def checked_stop(position: Position, *, price: Decimal, rules: SymbolRules) -> Decimal:
    """The trigger that a stop at ``price`` comes to. Raises ExitRefused; changes nothing."""
    entry_price = _entry_price(position)
    trigger = stop_loss_trigger(price, position_side=position.side, rules=rules)
    mark = position.mark_price or entry_price
    if _is_beyond(trigger, mark, position.side) or trigger == mark:
        raise ExitRefused(f"the price {mark:f} stands beyond such a stop already: close the position instead")
    if position.liquidation_price is not None:
        widest = abs(position.liquidation_price - entry_price) * STOP_TO_LIQUIDATION
        if not _is_beyond(trigger, entry_price, position.side) and abs(trigger - entry_price) > widest:
            raise ExitRefused(f"a stop at {trigger:f} lies too close to liquidation at {position.liquidation_price:f}")
    return trigger


def _entry_price(position: Position) -> Decimal:
    if position.status != PositionStatus.OPEN or position.entry_price is None:
        raise ExitRefused(f"{position.symbol} is not open")
    entry_price: Decimal = position.entry_price
    return entry_price


def _is_beyond(price: Decimal, other: Decimal, side: PositionSide) -> bool:
    """Whether ``price`` lies on the profitable side of ``other``."""
    return price > other if side is PositionSide.LONG else price < other


def _keep(position: Position, *, author: str, now: datetime, what: str, price: Decimal, **values: object) -> None:
    with transaction.atomic():
        changed = Position.objects.filter(pk=position.pk, status=PositionStatus.OPEN).update(**values)
        if not changed:
            raise ExitRefused(f"{position.symbol} is no longer open")
        events.record(
            EventKind.LEG_REQUESTED,
            at=now,
            case=position.case,
            bot=position.bot,
            symbol=position.symbol,
            what=what,
            price=price,
            author=author,
        )
    position.refresh_from_db()


def request_entry_cancel(position: Position, *, author: str, now: datetime) -> None:
    """Want the working entry gone; what has filled stays a position. A worker cancels it at its next look."""
    with transaction.atomic():
        Position.objects.filter(pk=position.pk).update(entry_deadline=now)
        events.record(
            EventKind.LEG_REQUESTED,
            at=now,
            case=position.case,
            bot=position.bot,
            symbol=position.symbol,
            what="entry cancelled",
            price="",
            author=author,
        )
