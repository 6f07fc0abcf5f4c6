"""A net under every stop: none may lie so near to liquidation that the venue could come first."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from desk import events
from desk.event_kinds import EventKind
from desk.guarding import guarded
from exchange.rules import stop_loss_trigger
from exchange.types import PositionSide, SymbolRules
from risk.sizing import STOP_TO_LIQUIDATION
from trading.core.states import PositionStatus
from trading.models import Position
from trading.venue import Venue


def keep_from_liquidation(position: Position, venue: Venue) -> None:
    """Want the stop nearer where it lies beyond 0.8 of the way to the liquidation that the venue told last.

    It stays where the mark price stands beyond that point already: the venue would refuse such a stop. Asks nothing of
    the venue; whoever tends the position moves what stands.
    """
    with guarded("keep_from_liquidation", symbol=position.symbol, position=position.pk):
        rules = venue.rules.known(position.symbol)
        stop = None if rules is None or position.status != PositionStatus.OPEN else _nearer_stop(position, rules)
        if stop is not None:
            _want(position, stop, now=venue.now())


def _nearer_stop(position: Position, rules: SymbolRules) -> Decimal | None:
    entry, liquidation, mark = position.entry_price, position.liquidation_price, position.mark_price
    if entry is None or liquidation is None or mark is None:
        return None
    way = STOP_TO_LIQUIDATION * (liquidation - entry)
    farthest = stop_loss_trigger(entry + way, position_side=position.side, rules=rules)
    if position.side is PositionSide.LONG:
        return farthest if way < 0 and position.stop_price < farthest < mark else None
    return farthest if way > 0 and position.stop_price > farthest > mark else None


def _want(position: Position, stop: Decimal, *, now: datetime) -> None:
    """Unless another process moved the stop meanwhile."""
    old = position.stop_price
    with transaction.atomic():
        if Position.objects.filter(pk=position.pk, status=PositionStatus.OPEN, stop_price=old).update(stop_price=stop):
            events.record(
                EventKind.REPAIRED,
                at=now,
                case=position.case,
                bot=position.bot,
                symbol=position.symbol,
                what=f"the stop at {old:f} lay too near to liquidation at {position.liquidation_price:f}, "
                f"wanted at {stop:f}",
            )
    position.refresh_from_db(fields=["stop_price"])
