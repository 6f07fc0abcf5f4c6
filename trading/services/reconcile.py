"""Reconciling: our rows brought in step with the venue's, after each start, each connect, and every check."""

from collections.abc import Sequence

import structlog
from django.db import transaction

from desk import events
from desk.event_kinds import EventKind
from desk.models import Account, Event, Installation
from desk.money import round_significant
from exchange.errors import ExchangeError
from exchange.types import AlgoOrderState, VenuePosition
from trading.core.client_ids import is_ours
from trading.core.states import AT_VENUE, LIVE, UNSENT, Book, OrderStatus, PositionStatus, Purpose
from trading.models import Order, Position
from trading.services.advance import apply_state
from trading.services.judging import judge
from trading.services.protect import note_naked
from trading.services.submit import look_up, resolve
from trading.services.tending import tend, unfinished
from trading.services.trade_sync import sync_trades
from trading.services.venue_position import open_quantity, row_of
from trading.venue import Venue

log = structlog.get_logger(__name__)


def reconcile(venue: Venue) -> None:
    """Compare everything of the account that is not over with the venue and mend it. Raises ExchangeError when the
    venue cannot be read at all; one position's failure does not end the others."""
    _compare_all(venue)
    _cancel_orphans(venue)


def check(venue: Venue) -> None:
    """The regular check: compare, mend, and let each position's strategy judge it. Weight 10, and 2 a position."""
    _compare_all(venue)
    for position in unfinished(venue.account):
        if position.status == PositionStatus.OPEN and judge(position, venue):
            tend(position, venue)


def _compare_all(venue: Venue) -> None:
    rows = venue.trading.positions()
    for position in unfinished(venue.account):
        _reconcile_position(position, rows, venue)
        tend(position, venue)
    _note_foreign(rows, venue)
    _read_balances(venue)


def _reconcile_position(position: Position, rows: Sequence[VenuePosition], venue: Venue) -> None:
    try:
        _mark(position, rows, venue)
        if open_quantity(position, rows) != position.quantity:
            sync_trades(position, venue)
        _reconcile_orders(position, venue)
    except ExchangeError as error:
        log.warning("reconcile_interrupted", symbol=position.symbol, error=str(error))


def _mark(position: Position, rows: Sequence[VenuePosition], venue: Venue) -> None:
    row = row_of(position, rows)
    if row is None:
        return
    Position.objects.filter(pk=position.pk).update(
        mark_price=row.mark_price,
        liquidation_price=None if row.liquidation_price is None else round_significant(row.liquidation_price),
        marked_at=venue.now(),
    )


def _reconcile_orders(position: Position, venue: Venue) -> None:
    """Ask about every living order the venue does not list as open, and about those whose sending is in doubt."""
    symbol = position.symbol
    standing = {order.client_order_id for order in venue.trading.open_algo_orders(symbol)}
    standing |= {order.client_order_id for order in venue.trading.open_orders(symbol)}
    for order in position.orders.filter(status__in=LIVE - UNSENT | {OrderStatus.SUBMITTING}):
        if order.status not in AT_VENUE:
            resolve(order, venue)
        elif order.client_order_id not in standing:
            _ask(order, venue)


def _ask(order: Order, venue: Venue) -> None:
    state = look_up(order, venue)
    if state is None:
        log.error("order_vanished", client_order_id=order.client_order_id)
        return
    if apply_state(order, state, now=venue.now()):
        _note_repair(order, venue)
    if order.is_final and order.purpose == Purpose.STOP and order.book == Book.ALGO:
        note_naked(order.position)
    if order.executed_quantity:
        sync_trades(order.position, venue)


def _note_repair(order: Order, venue: Venue) -> None:
    position = order.position
    events.record(
        EventKind.REPAIRED,
        at=venue.now(),
        case=position.case,
        bot=position.bot,
        symbol=order.symbol,
        what=f"{order.purpose} order is {order.status}",
        client_order_id=order.client_order_id,
    )


def _cancel_orphans(venue: Venue) -> None:
    """Conditional orders of this installation whose position is over are cancelled by id; others stay."""
    nonce = Installation.current().nonce
    ours = [order for order in venue.trading.open_algo_orders() if is_ours(order.client_order_id, nonce=nonce)]
    for order in ours:
        row = Order.objects.filter(account=venue.account, client_order_id=order.client_order_id).first()
        if row is None or row.position.status == PositionStatus.CLOSED:
            _cancel_orphan(order, venue)


def _cancel_orphan(order: AlgoOrderState, venue: Venue) -> None:
    venue.trading.cancel_algo_order(order.symbol, order.client_order_id)
    events.record(
        EventKind.REPAIRED,
        at=venue.now(),
        account=venue.account,
        symbol=order.symbol,
        what="an order without a position was cancelled",
        client_order_id=order.client_order_id,
    )


def _note_foreign(rows: Sequence[VenuePosition], venue: Venue) -> None:
    """Positions at the venue that no row of ours explains are told of once."""
    for row in rows:
        held = Position.objects.filter(account=venue.account, symbol=row.symbol).exclude(status=PositionStatus.CLOSED)
        if held.exists():
            continue
        what = f"a position of {row.quantity:f}"
        told = Event.objects.filter(kind=EventKind.FOREIGN_FOUND, symbol=row.symbol, facts__what=what)
        if not told.exists():
            events.record(EventKind.FOREIGN_FOUND, at=venue.now(), account=venue.account, symbol=row.symbol, what=what)


def _read_balances(venue: Venue) -> None:
    snapshot = venue.trading.account()
    with transaction.atomic():
        Account.objects.filter(pk=venue.account.pk).update(
            wallet_balance=round_significant(snapshot.wallet_balance),
            available_balance=round_significant(snapshot.available_balance),
            unrealized_pnl=round_significant(snapshot.unrealized_pnl),
            balances_at=venue.now(),
        )
