"""Taking in fills: each trade once, the position always the sum of its fills."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from desk import events
from desk.event_kinds import EventKind
from desk.money import round_significant
from exchange.types import VenueTrade
from trading.core.states import EXIT_OF_PURPOSE, ExitReason, PositionStatus, Purpose
from trading.core.tally import Tally, tally
from trading.models import Fill, Order, Position

CENT_OF_CENT = Decimal("0.00000001")


def record_trade(trade: VenueTrade, *, position: Position, order: Order | None, now: datetime) -> bool:
    """Write one trade of the venue on ``position``; False when it is known already.

    ``order`` is ours that it filled, or None when somebody else's order changed the position.
    """
    with transaction.atomic():
        locked = Position.objects.select_for_update().get(pk=position.pk)
        fill, is_new = Fill.objects.get_or_create(
            account=locked.account,
            symbol=trade.symbol,
            trade_id=trade.trade_id,
            defaults=_fill_values(trade, position=locked, order=order),
        )
        if is_new:
            _recount(locked, fill, now=now)
    return is_new


def _fill_values(trade: VenueTrade, *, position: Position, order: Order | None) -> dict[str, object]:
    return {
        "position": position,
        "order": order,
        "side": trade.side.value,
        "price": trade.price,
        "quantity": trade.quantity,
        "realized_pnl": trade.realized_pnl,
        "commission": trade.commission,
        "commission_asset": trade.commission_asset,
        "is_maker": trade.is_maker,
        "at": trade.at,
    }


def _recount(position: Position, fill: Fill, *, now: datetime) -> None:
    """Bring the position's sums and status up to its fills; call it with the row locked."""
    sums = tally(position.fills.all(), entry_side=position.side.entry_side)
    was_open = position.quantity
    _take_over(position, sums)
    if sums.entered:
        position.filled_at = position.filled_at or fill.at
        _move(position, fill, now=now)
    if position.quantity > was_open and position.naked_since is None and not was_open:
        position.naked_since = timezone.now()
    if not position.quantity:
        position.naked_since = None
    position.save()
    _tell(position, fill, sums, now=now)


def _take_over(position: Position, sums: Tally) -> None:
    position.entered_quantity = sums.entered
    position.quantity = max(sums.open_quantity, Decimal(0))
    position.entry_price = None if sums.entry_price is None else round_significant(sums.entry_price)
    position.exit_price = None if sums.exit_price is None else round_significant(sums.exit_price)
    position.realized_pnl = sums.realized_pnl.quantize(CENT_OF_CENT)
    position.commission = sums.commission.quantize(CENT_OF_CENT)


def _move(position: Position, fill: Fill, *, now: datetime) -> None:
    if position.quantity and position.status == PositionStatus.PENDING:
        position.status = PositionStatus.OPEN
    elif position.quantity and position.status == PositionStatus.CLOSED:
        _reopen(position, now=now)
    elif not position.quantity and position.status == PositionStatus.OPEN:
        position.status, position.closing_at = PositionStatus.CLOSING, now
        position.exit_reason = _exit_reason(fill)


def _reopen(position: Position, *, now: datetime) -> None:
    """A fill of an order given up for lost came late: what it opened is a position again and is protected."""
    position.status, position.exit_reason, position.closed_at = PositionStatus.OPEN, "", None
    events.record(
        EventKind.REPAIRED, at=now, case=position.case, bot=position.bot, symbol=position.symbol, what="a late fill"
    )


def _exit_reason(fill: Fill) -> ExitReason:
    order = fill.order
    if order is None:
        return ExitReason.EXTERNAL
    return EXIT_OF_PURPOSE.get(Purpose(order.purpose), ExitReason.MANUAL)


def _tell(position: Position, fill: Fill, sums: Tally, *, now: datetime) -> None:
    is_entry = fill.side == position.side.entry_side.value
    events.record(
        EventKind.ENTRY_FILLED if is_entry else EventKind.EXIT_FILLED,
        at=fill.at,
        case=position.case,
        bot=position.bot,
        symbol=position.symbol,
        price=fill.price,
        quantity=fill.quantity,
        realized_pnl=fill.realized_pnl,
        commission=fill.commission,
        trade_id=fill.trade_id,
        open_quantity=position.quantity,
        purpose=fill.order.purpose if fill.order else "",
    )
