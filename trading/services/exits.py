"""Carrying out a close: entry cancelled first, then close-only, verified to zero, then the legs swept."""

from datetime import datetime
from decimal import Decimal

import structlog
from django.db import transaction

from desk import events
from desk.event_kinds import EventKind
from desk.guarding import guarded
from desk.money import round_significant
from exchange.errors import OrderCode
from exchange.types import OrderType
from trading.core.closing_form import closing_form
from trading.core.states import LIVE, SIZING, UNRESOLVED, ExitReason, OrderStatus, PositionStatus, Purpose
from trading.core.tally import tally
from trading.models import Order, Position
from trading.services import intents
from trading.services.cancelling import cancel
from trading.services.decision_price import middle_price
from trading.services.found_flat import take_back
from trading.services.own_orders import fills_are_missing
from trading.services.patience import is_due
from trading.services.submit import resolve, submit
from trading.services.trade_sync import sync_trades
from trading.services.unheard_exits import bring_up_to_date, given_up_exits, is_told_apart
from trading.services.venue_position import open_in, row_of
from trading.venue import Venue

log = structlog.get_logger(__name__)

UNHURRIED = frozenset(
    {
        ExitReason.TAKE_PROFIT,
        ExitReason.TIME_LIMIT,
        ExitReason.STRATEGY_EXIT,
        ExitReason.AI_CLOSE,
        ExitReason.MANUAL,
    }
)
NEEDS_ROOM = (OrderCode.REDUCE_ONLY_REJECTED, OrderCode.REDUCE_ONLY_FAILED)


def work_closing(position: Position, venue: Venue) -> None:
    """Do the next steps of closing ``position``; called again and again until the row is CLOSED.

    The stop stays until our trades say that nothing of ours is open, or reconciling has found nothing open in so many
    checks in a row that it believes it without a trade, and still nothing is. What somebody else has on the symbol is
    left alone.
    """
    if not _entry_is_over(position, venue):
        return
    row = row_of(position, venue.trading.positions(position.symbol))
    open_quantity = open_in(position, row)
    is_read = _are_trades_read(position, venue, open_quantity=open_quantity)
    position.refresh_from_db()
    if fills_are_missing(position):
        return
    if position.is_shared and not (is_read and is_told_apart(position, open_quantity=open_quantity, venue=venue)):
        return
    if take_back(position, open_quantity=open_quantity, venue=venue):
        return
    if row is not None and open_quantity and position.quantity:
        _send_close(position, venue, quantity=min(open_quantity, position.quantity), mark_price=row.mark_price)
    elif not position.quantity and _legs_are_swept(position, venue):
        _finish(position, now=venue.now())


def _are_trades_read(position: Position, venue: Venue, *, open_quantity: Decimal) -> bool:
    """Whether every trade is here. Nobody is asked while the venue shows open what our rows do, none of it others':
    it is half the weight of a close, and twenty of them are to leave on one process's reserve."""
    is_agreed = open_quantity == position.quantity > 0 and not position.is_shared
    if is_agreed and not fills_are_missing(position):
        return True
    with guarded("trades_of_closing", symbol=position.symbol) as reading:
        sync_trades(position, venue)
    return not reading.failed


def _entry_is_over(position: Position, venue: Venue) -> bool:
    """Cancel what works to change the size; True once nothing can fill behind the close that opens anything.

    A part close without an answer is not waited for: it closes only, like the close.
    """
    working = list(position.orders.filter(purpose__in=SIZING, status__in=LIVE))
    for order in working:
        cancel(order, venue)
    return all(order.is_final or _is_unheard_reduction(order) for order in working)


def _is_unheard_reduction(order: Order) -> bool:
    return order.purpose == Purpose.REDUCE and order.status in UNRESOLVED


def _send_close(position: Position, venue: Venue, *, quantity: Decimal, mark_price: Decimal) -> None:
    """One close-only order, at most as large as the venue takes in one piece."""
    order = position.orders.filter(purpose=Purpose.CLOSE, status__in=LIVE).first()
    if order is None and is_due(position, Purpose.CLOSE):
        order = _new_close(position, venue, quantity=quantity, mark_price=mark_price)
    if order is None:
        return
    submit(order, venue)
    if order.status in UNRESOLVED:
        resolve(order, venue)
    if order.reason_code in NEEDS_ROOM:
        _make_room_for_close(position, venue)
    if order.executed_quantity:
        sync_trades(position, venue)


def _new_close(position: Position, venue: Venue, *, quantity: Decimal, mark_price: Decimal) -> Order | None:
    """At market; what is too fine for that, or what the book did not fill, within the venue's price band."""
    form = closing_form(
        quantity,
        mark_price=mark_price,
        is_too_thin=_market_was_too_thin(position),
        position_side=position.side,
        rules=venue.rules(position.symbol),
    )
    if form is None:
        log.error("too_fine_to_close", symbol=position.symbol, quantity=f"{quantity:f}")
        return None
    return intents.close(
        position,
        quantity=form.quantity,
        price=form.price,
        now=venue.now(),
        reference_price=_decision_price(position, venue),
    )


def _market_was_too_thin(position: Position) -> bool:
    """Whether the newest close was at market, and was refused or expired for want of a counterparty."""
    newest = position.orders.filter(purpose=Purpose.CLOSE).order_by("-attempt").first()
    if newest is None or newest.order_type != OrderType.MARKET:
        return False
    return newest.status == OrderStatus.EXPIRED or newest.reason_code == OrderCode.TOO_THIN


def _decision_price(position: Position, venue: Venue) -> Decimal | None:
    """What the close is measured against; one that protects waits for no book."""
    if position.exit_reason not in UNHURRIED:
        return None
    price = middle_price(position.symbol, venue)
    return None if price is None else round_significant(price)


def _make_room_for_close(position: Position, venue: Venue) -> None:
    """Other close-only orders cover the whole position (-2022, -4118): the take-profit goes, the stop stays."""
    for leg in position.orders.filter(purpose=Purpose.TAKE_PROFIT, status__in=LIVE):
        cancel(leg, venue)


def _legs_are_swept(position: Position, venue: Venue) -> bool:
    """Cancel what is left of the position's orders; True when every one is final.

    An exit that was given up without an answer is asked for once more: what stands for ours would close the next.
    """
    with guarded("exits_given_up", symbol=position.symbol) as asking:
        for order in given_up_exits(position):
            bring_up_to_date(order, venue)
    for order in position.orders.filter(status__in=LIVE):
        with guarded("sweep", client_order_id=order.client_order_id):
            cancel(order, venue)
    return not asking.failed and not position.orders.filter(status__in=LIVE).exists()


@transaction.atomic
def _finish(position: Position, *, now: datetime) -> None:
    reason = ExitReason(position.exit_reason)
    if not position.entered_quantity:
        reason = ExitReason.ENTRY_UNFILLED
    finished = Position.objects.filter(pk=position.pk, status=PositionStatus.CLOSING, quantity=0).update(
        status=PositionStatus.CLOSED, exit_reason=reason, closed_at=now, naked_since=None
    )
    position.refresh_from_db()
    if finished:
        sums = tally(position.fills.all(), entry_side=position.side.entry_side)
        events.record(
            EventKind.POSITION_CLOSED,
            at=now,
            case=position.case,
            bot=position.bot,
            symbol=position.symbol,
            reason=str(reason.label),
            reason_code=reason.value,
            result=f"{sums.result:.4f}",
            entry_price=position.entry_price,
            exit_price=position.exit_price,
            other_commissions={asset: f"{paid:f}" for asset, paid in sums.other_commissions.items()},
        )
