"""Taking in fills: each trade once, the position always the sum of its fills."""

from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone

from desk import events
from desk.event_kinds import EventKind
from desk.money import round_significant
from exchange.types import VenueTrade
from trading.core.states import EXIT_OF_PURPOSE, ExitReason, PositionStatus, Purpose, exit_of_client_id
from trading.core.tally import Tally, tally
from trading.models import Fill, Order, Position
from trading.services.locking import locked_row
from trading.services.nakedness import is_covered, seconds_since
from trading.services.slippage_alarm import slippage_of, tell_slippage

CENT_OF_CENT = Decimal("0.00000001")
RECOUNTED = (
    *("status", "exit_reason", "filled_at", "closing_at", "closed_at", "naked_since", "worst_naked_seconds"),
    *("entered_quantity", "quantity", "entry_price", "exit_price", "realized_pnl", "commission"),
)


def record_trade(
    trade: VenueTrade, *, position: Position, order: Order | None, now: datetime, closed_by: str = ""
) -> bool:
    """Write one trade of the venue on ``position``; False when it is known already.

    ``order`` is ours that it filled, or None when somebody else's order, ``closed_by``, changed the position.
    """
    return book_trade(trade, position=position, order=order, now=now, closed_by=closed_by) is not None


def book_trade(
    trade: VenueTrade, *, position: Position, order: Order | None, now: datetime, closed_by: str = ""
) -> Position | None:
    """As record_trade; the row the trade was written on, as it is now, or None when it was known already."""
    with transaction.atomic():
        locked = _locked_holder(position, trade)
        fill = _fill(trade, position=locked, order=order)
        if fill is not None:
            _recount(locked, fill, now=now, closed_by=closed_by)
    return None if fill is None else locked


def _fill(trade: VenueTrade, *, position: Position, order: Order | None) -> Fill | None:
    """The new row, or None for a trade that has one."""
    identity = {"account_id": position.account_id, "symbol": trade.symbol, "trade_id": trade.trade_id}
    try:
        with transaction.atomic():
            return Fill.objects.create(**identity, **_fill_values(trade, position=position, order=order))
    except IntegrityError:
        if not Fill.objects.filter(**identity).exists():
            raise
        return None


def _locked_holder(position: Position, trade: VenueTrade) -> Position:
    """``position``, or the one that holds its symbol by now where a late fill enters after all."""
    locked = locked_row(position)
    if locked.status != PositionStatus.CLOSED or trade.side is not locked.side.entry_side:
        return locked
    holding = Position.objects.filter(account=locked.account, symbol=locked.symbol, direction=locked.direction)
    holder = holding.exclude(status=PositionStatus.CLOSED).select_for_update(no_key=True).first()
    return holder or locked


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


def _recount(position: Position, fill: Fill, *, now: datetime, closed_by: str) -> None:
    """Bring the position's sums and status up to its fills; call it with the row locked."""
    is_first = not position.entered_quantity and position.exit_price is None  # an exit may be heard of before its entry
    sums = tally([fill] if is_first else position.fills.all(), entry_side=position.side.entry_side)
    is_exit = fill.side != position.side.entry_side.value
    _take_over(position, sums)
    if is_exit and position.status == PositionStatus.CLOSED:  # found flat before its trades were seen
        position.quantity = Decimal(0)
    if is_exit:
        _explain(position, fill, sums, closed_by=closed_by)
    if sums.entered:
        position.filled_at = position.filled_at or fill.at
        _move(position, fill, now=now, closed_by=closed_by)
    _count_naked(position)
    position.save(update_fields=RECOUNTED)
    _tell(position, fill, sums, now=now)


def _count_naked(position: Position) -> None:
    """Begin to count when something is open that no stop covers; nothing open ends the count."""
    if position.quantity and position.naked_since is None and not is_covered(position):
        position.naked_since = timezone.now()
    elif not position.quantity and position.naked_since is not None:
        position.worst_naked_seconds = max(position.worst_naked_seconds, seconds_since(position.naked_since))
        position.naked_since = None


def _take_over(position: Position, sums: Tally) -> None:
    position.entered_quantity = sums.entered
    position.quantity = max(sums.open_quantity, Decimal(0))
    position.entry_price = None if sums.entry_price is None else round_significant(sums.entry_price)
    position.exit_price = None if sums.exit_price is None else round_significant(sums.exit_price)
    position.realized_pnl = sums.realized_pnl.quantize(CENT_OF_CENT)
    position.commission = sums.commission.quantize(CENT_OF_CENT)


def _move(position: Position, fill: Fill, *, now: datetime, closed_by: str) -> None:
    if position.quantity and position.status == PositionStatus.PENDING:
        position.status = PositionStatus.OPEN
    elif position.quantity and position.status == PositionStatus.CLOSED:
        _reopen(position, now=now)
    elif not position.quantity and position.status in (PositionStatus.PENDING, PositionStatus.OPEN):
        position.status, position.closing_at = PositionStatus.CLOSING, now
        position.exit_reason = _exit_reason(_newest_exit(position, fill), closed_by)


def _explain(position: Position, fill: Fill, sums: Tally, *, closed_by: str) -> None:
    """The last trade of a position that was given up without one tells what closed it."""
    if position.exit_reason == ExitReason.RECONCILE and sums.open_quantity <= 0:
        position.exit_reason = _exit_reason(_newest_exit(position, fill), closed_by)


def _reopen(position: Position, *, now: datetime) -> None:
    """A fill of an order given up for lost came late: what it opened is a position again and is protected."""
    position.status, position.exit_reason, position.closed_at = PositionStatus.OPEN, "", None
    events.record(
        EventKind.REPAIRED, at=now, case=position.case, bot=position.bot, symbol=position.symbol, what="a late fill"
    )


def _newest_exit(position: Position, fill: Fill) -> Fill:
    """``fill``, unless it is an entry that was heard of after what closed it."""
    exits = position.fills.filter(side=position.side.close_side.value).order_by("at", "trade_id")
    return fill if fill.side == position.side.close_side.value else exits.last() or fill


def _exit_reason(fill: Fill, closed_by: str) -> ExitReason:
    order = fill.order
    if order is None:
        return exit_of_client_id(closed_by)
    return EXIT_OF_PURPOSE.get(Purpose(order.purpose), ExitReason.MANUAL)


def _tell(position: Position, fill: Fill, sums: Tally, *, now: datetime) -> None:
    is_entry = fill.side == position.side.entry_side.value
    slippage = slippage_of(fill)
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
        client_order_id=fill.order.client_order_id if fill.order else "",
        slippage_bps=slippage,
    )
    if slippage is not None:
        tell_slippage(fill, slippage, now=now)
