"""What was done to a position since its entry, by our own rows."""

from decimal import Decimal

from trading.core.states import ChangeKind, ChangeStatus, Purpose
from trading.models import Position, PositionChange


def adds_and_reduces(position: Position, *, besides: PositionChange) -> tuple[int, int]:
    """How often the position was added to and reduced, what is at work counted in."""
    counted = [ChangeStatus.WORKING, ChangeStatus.DONE]
    kinds = list(position.changes.filter(status__in=counted).exclude(pk=besides.pk).values_list("kind", flat=True))
    return kinds.count(ChangeKind.ADD), kinds.count(ChangeKind.REDUCE)


def initial_quantity(position: Position) -> Decimal:
    """What the entry opened, adds left out; base asset. A position taken over began with what it then was."""
    fills = position.fills.filter(side=position.side.entry_side.value).exclude(order__purpose=Purpose.ADD)
    return sum((fill.quantity for fill in fills), Decimal(0)) or position.quantity
