"""Reconciling: our rows brought in step with the venue's, after each start, each connect, and every check."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from desk import events
from desk.event_kinds import EventKind
from desk.guarding import guarded
from desk.models import Account
from desk.money import round_significant
from exchange.types import VenuePosition
from trading.core.states import AT_VENUE, ENTERING, LIVE, UNRESOLVED, UNSENT, PositionStatus
from trading.models import Order, Position
from trading.services.advance import apply_state
from trading.services.blocking import note_positions
from trading.services.disappearance import end_if_gone
from trading.services.found_flat import count_flat
from trading.services.judging import judge_position
from trading.services.leftovers import (
    cancel_orphans,
    note_foreign,
    resolve_given_up_exits,
    resolve_late,
    take_in_given_up,
)
from trading.services.liquidation_net import keep_from_liquidation
from trading.services.listing import Listing, due_for_look, is_heard
from trading.services.muster import Muster, muster
from trading.services.own_orders import fills_are_missing
from trading.services.quiet import is_quiet
from trading.services.submit import look_up, resolve
from trading.services.surroundings import look_around
from trading.services.tending import tend, unfinished
from trading.services.trade_sync import sync_trades
from trading.services.unheard_exits import bring_up_to_date
from trading.services.venue_position import open_at_venue, open_quantity, row_of
from trading.venue import Venue


def reconcile(venue: Venue) -> None:
    """Compare everything of the account that is not over with the venue and mend it. Raises ExchangeError when the
    venue cannot be read at all; one position's failure does not end the others."""
    _compare_all(venue, is_heard=False)
    cancel_orphans(venue)
    with guarded("look_around", account=venue.account.name):
        look_around(venue)


def check(venue: Venue) -> None:
    """The regular check: compare, mend, and let each position's strategy judge it.

    Weight 10, and 1 for each position whose orders are asked about (trading.services.listing says of how many).
    """
    _compare_all(venue, is_heard=is_heard(venue.account))
    for position in unfinished(venue.account):
        with guarded("judge", symbol=position.symbol, position=position.pk):
            if position.status == PositionStatus.OPEN and judge_position(position, venue):
                tend(position, venue)


def _compare_all(venue: Venue, *, is_heard: bool) -> None:
    rows = venue.trading.positions()
    held = muster(venue.account)
    with guarded("mark", account=venue.account.name):
        _mark(held.positions, rows, venue)
    due = due_for_look(held.positions, is_heard=is_heard)
    listing = Listing(venue, symbols=len(due))
    for position in held.positions:
        if not _is_in_order(position, held, rows, listing if position.pk in due else None, venue=venue):
            _reconcile_position(position, rows, listing, venue)
            tend(position, venue)
    listing.keep()
    with guarded("resolve_given_up_exits", account=venue.account.name):
        resolve_given_up_exits(venue)
    with guarded("resolve_late_orders", account=venue.account.name):
        resolve_late(venue)
    with guarded("note_foreign", account=venue.account.name):
        note_foreign(rows, venue)
    with guarded("note_blocks", account=venue.account.name):
        note_positions(_seen_anew(rows, venue), venue)
    with guarded("read_balances", account=venue.account.name):
        _read_balances(venue)


def _is_in_order(
    position: Position, held: Muster, rows: Sequence[VenuePosition], listing: Listing | None, *, venue: Venue
) -> bool:
    """Whether nothing is to be done about ``position``, by our rows, the venue's, and its orders where they are due."""
    living = held.orders_of(position)
    with guarded("look_at_orders", symbol=position.symbol, position=position.pk):
        if held.lacks_fills(position) or not is_quiet(position, living, rows, venue):
            return False
        return listing is None or not listing.unlisted(position, living)
    return False


def _seen_anew(rows: Sequence[VenuePosition], venue: Venue) -> Sequence[VenuePosition]:
    """The rows once more where they differ from ours by now, so that nothing is called so that has just happened."""
    ours = {(position.symbol, position.quantity) for position in unfinished(venue.account) if position.quantity}
    theirs = {(row.symbol, abs(row.quantity)) for row in rows}
    return rows if ours == theirs else venue.trading.positions()


def _reconcile_position(position: Position, rows: Sequence[VenuePosition], listing: Listing, venue: Venue) -> None:
    with guarded("reconcile_quantity", symbol=position.symbol, position=position.pk):
        _reconcile_quantity(position, rows, venue)
    with guarded("reconcile_orders", symbol=position.symbol, position=position.pk):
        _reconcile_orders(position, listing, venue)


def _mark(positions: Sequence[Position], rows: Sequence[VenuePosition], venue: Venue) -> None:
    marked = [(position, row) for position in positions if (row := row_of(position, rows)) is not None]
    now = venue.now()
    for position, row in marked:
        price = row.liquidation_price
        position.mark_price, position.marked_at = row.mark_price, now
        position.liquidation_price = None if price is None else round_significant(price)
    fields = ["mark_price", "liquidation_price", "marked_at"]
    Position.objects.bulk_update([position for position, _row in marked], fields)
    for position, _row in marked:
        keep_from_liquidation(position, venue)


def _reconcile_quantity(position: Position, rows: Sequence[VenuePosition], venue: Venue) -> None:
    """Our fills explain what is open; what is more is somebody else's, what is less has gone somehow."""
    open_there = open_quantity(position, rows)
    if open_there != position.quantity:
        open_there = _look_again(position, venue)
    position.refresh_from_db()
    if open_there > position.quantity:
        take_in_given_up(position.symbol, venue)
        _ask_for_entries(position, venue)
        open_there = _look_again(position, venue)
    if fills_are_missing(position):
        return
    _note_shared(position, is_shared=open_there > position.quantity, venue=venue)
    count_flat(position, is_flat=not open_there, venue=venue)


def _ask_for_entries(position: Position, venue: Venue) -> None:
    """What our own living entries opened unheard is no surplus, however late the venue tells of their trades."""
    for order in position.orders.filter(purpose__in=ENTERING, status__in=LIVE).select_related("position__account"):
        bring_up_to_date(order, venue)


def _look_again(position: Position, venue: Venue) -> Decimal:
    """What is open there by a fresh reading that is older than our trades: a fill in between looks like no surplus."""
    open_there = open_at_venue(position, venue)
    sync_trades(position, venue)
    position.refresh_from_db()
    return open_there


def _note_shared(position: Position, *, is_shared: bool, venue: Venue) -> None:
    """Quantity of others in our position makes our exits orders by quantity; tending replaces them."""
    if is_shared == position.is_shared:
        return
    now = venue.now()
    with transaction.atomic():
        Position.objects.filter(pk=position.pk).update(is_shared=is_shared)
        if is_shared:
            _tell(EventKind.FOREIGN_FOUND, position, what="quantity in our position", at=now)
    position.refresh_from_db()


def _reconcile_orders(position: Position, listing: Listing, venue: Venue) -> None:
    """Ask about every living order the venue does not list as open, and about those whose sending is in doubt."""
    living = list(position.orders.filter(status__in=LIVE - UNSENT | UNRESOLVED))
    unlisted = {order.pk for order in listing.unlisted(position, living)}
    for order in living:
        with guarded("ask_for_order", client_order_id=order.client_order_id):
            if order.status not in AT_VENUE:
                resolve(order, venue)
            elif order.pk in unlisted:
                _ask(order, venue)


def _ask(order: Order, venue: Venue) -> None:
    state = look_up(order, venue)
    moved = end_if_gone(order, venue) if state is None else apply_state(order, state, now=venue.now())
    if moved:
        _tell(
            EventKind.REPAIRED, order.position, what=f"{order.purpose} order is {order.status}",
            client_order_id=order.client_order_id, at=venue.now(),
        )  # fmt: skip
    if order.executed_quantity:
        sync_trades(order.position, venue)


def _tell(kind: EventKind, position: Position, *, what: str, at: datetime, **facts: Any) -> None:
    events.record(kind, at=at, case=position.case, bot=position.bot, symbol=position.symbol, what=what, **facts)


def _read_balances(venue: Venue) -> None:
    snapshot, now = venue.trading.account(), venue.now()
    Account.objects.filter(pk=venue.account.pk).update(
        wallet_balance=round_significant(snapshot.wallet_balance),
        available_balance=round_significant(snapshot.available_balance),
        unrealized_pnl=round_significant(snapshot.unrealized_pnl),
        balances_at=now,
    )
