"""An entry without a limit may pay more than its stop was reckoned from: then the stop keeps its distance to that."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from desk import events
from desk.event_kinds import EventKind
from desk.guarding import guarded
from exchange.types import SymbolRules
from risk.sizing import farthest_stop_ratio
from trading.core.exits import stop_by_price_paid, stop_price
from trading.core.states import Purpose
from trading.models import Position
from trading.services.legs import entry_is_final


def heed_price_paid(position: Position, rules: SymbolRules, *, now: datetime) -> None:
    """Want the stop nearer where the fills so far were worse than the price it was reckoned from; it never widens.

    Once, when the entry is through: what was paid is known then. A stop stays that was moved since, or that was asked
    for as a price, or of a position that was added to. Asks nothing of the venue: whoever protects the position moves
    what stands, and what goes wrong here keeps nobody from that.
    """
    with guarded("price_paid", symbol=position.symbol, position=position.pk):
        nearer = None if position.is_executing else _nearer_stop(position, rules)
        if nearer is not None and _is_by_ratio(position, rules) and _is_through(position):
            _want(position, nearer, now=now)


def _want(position: Position, stop: Decimal, *, now: datetime) -> None:
    """Unless another process moved the stop meanwhile."""
    with transaction.atomic():
        unmoved = Position.objects.filter(pk=position.pk, stop_price=position.stop_price)
        if unmoved.update(stop_price=stop):
            _tell(position, stop, now=now)
    position.refresh_from_db(fields=["stop_price"])


def _nearer_stop(position: Position, rules: SymbolRules) -> Decimal | None:
    if position.entry_price is None:
        return None
    return stop_by_price_paid(
        entry_price=position.entry_price,
        worst_entry_price=position.worst_entry_price,
        stop_loss_ratio=position.stop_loss_ratio,
        position_side=position.side,
        rules=rules,
        decision_price=position.decision_price,
        farthest_ratio=farthest_stop_ratio(position.leverage),
    )


def _is_by_ratio(position: Position, rules: SymbolRules) -> bool:
    """Whether the stop is where its ratio put it when the entry was decided."""
    planned = stop_price(
        worst_entry_price=position.worst_entry_price,
        stop_loss_ratio=position.stop_loss_ratio,
        position_side=position.side,
        rules=rules,
    )
    was_asked_for = position.signal is not None and bool(position.signal.terms)
    return position.stop_price == planned and not was_asked_for and not _was_added_to(position)


def _is_through(position: Position) -> bool:
    """Whether the entry is filled as far as it ever will be; the trade that fills it comes before its order's state."""
    asked = position.orders.filter(purpose=Purpose.ENTRY).values_list("quantity", flat=True)
    return position.entered_quantity >= sum(filter(None, asked)) or entry_is_final(position)


def _was_added_to(position: Position) -> bool:
    return position.orders.filter(purpose=Purpose.ADD).exists()


def _tell(position: Position, stop: Decimal, *, now: datetime) -> None:
    events.record(
        EventKind.STOP_BY_PRICE_PAID,
        at=now,
        case=position.case,
        bot=position.bot,
        symbol=position.symbol,
        price=stop,
        paid=position.entry_price,
        decided=position.worst_entry_price,
    )
