"""How much worse than decided an order was filled, and the alarm when it was too much."""

from datetime import datetime
from decimal import Decimal

from pydantic import ValidationError

from desk import events
from desk.event_kinds import EventKind
from desk.models import Event
from exchange.types import Side
from signals.strategies.registry import UnknownStrategy, config_of
from trading.core.slippage import slippage_bps
from trading.models import Fill


def slippage_of(fill: Fill) -> Decimal | None:
    """Basis points against the middle of the book at the decision, positive when it cost us; None where unknown."""
    if fill.order is None or fill.order.reference_price is None:
        return None
    return slippage_bps(price=fill.price, reference=fill.order.reference_price, side=Side(fill.side))


def tell_slippage(fill: Fill, slippage: Decimal, *, now: datetime) -> None:
    """Record the alarm, once for an order; call it in the transaction that writes the fill."""
    position, order = fill.position, fill.order
    if slippage <= 0 or order is None:
        return
    limit = _limit(fill)
    if not limit or slippage <= limit:
        return
    told = Event.objects.filter(case=position.case, kind=EventKind.SLIPPAGE_HIGH)
    if told.filter(facts__client_order_id=order.client_order_id).exists():
        return
    events.record(
        EventKind.SLIPPAGE_HIGH,
        at=now,
        case=position.case,
        bot=position.bot,
        symbol=position.symbol,
        purpose=order.purpose,
        client_order_id=order.client_order_id,
        price=fill.price,
        reference_price=order.reference_price,
        slippage_bps=slippage,
        limit=str(limit),
    )


def _limit(fill: Fill) -> int:
    """Basis points of the settings the position was opened with; 0 for no alarm, also where they are not valid."""
    try:
        return config_of(fill.position.config_version).slippage_alarm_bps
    except (ValidationError, UnknownStrategy):
        return 0
