"""What stands at the venue beyond our unfinished positions: late entries of ours, orphans, and what is not ours."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from desk import events
from desk.event_kinds import EventKind
from desk.guarding import guarded
from desk.models import Event, Installation
from exchange.types import AlgoOrderState, OrderState, VenuePosition
from trading.core.client_ids import is_ours
from trading.core.states import ENTERING, LIVE, Book, OrderStatus, PositionStatus
from trading.models import Order
from trading.services.advance import apply_state
from trading.services.cancelling import cancel
from trading.services.emergency_rows import give_row, left_without_row
from trading.services.holdings import held_legs
from trading.services.submit import look_up
from trading.services.tending import tend
from trading.services.trade_sync import sync_trades
from trading.services.unknown_own import is_needed, tell_kept
from trading.venue import Venue

ENTRIES_ASKED = 5  # newest ones of a symbol
ASKED_FOR = timedelta(minutes=30)  # wall; how long each check asks for an entry given up


def note_foreign(rows: Sequence[VenuePosition], venue: Venue) -> None:
    """Positions that no row of ours explains: ours by an entry given up for lost, else told of once.

    ``rows`` may be older than our own rows are by now: what looks foreign is looked at again before it is called so.
    """
    held = held_legs(venue)
    for row in (row for row in rows if (row.symbol, row.position_side) not in held):
        with guarded("note_foreign", symbol=row.symbol):
            if (row.symbol, row.position_side) in held_legs(venue) or take_in_given_up(row.symbol, venue):
                continue
            for fresh in venue.trading.positions():  # of all: what is not ours has no part in what closing may use
                is_same = fresh.symbol == row.symbol and fresh.position_side is row.position_side
                if is_same and (fresh.symbol, fresh.position_side) not in held_legs(venue):
                    _tell_foreign(fresh, venue)


def take_in_given_up(symbol: str, venue: Venue) -> bool:
    """Ask once more for entries on ``symbol`` that nobody had answered for; True when one was filled after all."""
    given_up = Order.objects.filter(
        account=venue.account, symbol=symbol, purpose__in=ENTERING, status=OrderStatus.REJECTED, answered_at=None
    ).select_related("position__account", "position__bot")
    were_filled = [_take_in(entry, venue) for entry in given_up.order_by("-id")[:ENTRIES_ASKED]]
    return any(were_filled)


def _take_in(order: Order, venue: Venue) -> bool:
    """Bring a row up to what the venue says of its order; True when it was filled at all."""
    state = look_up(order, venue)
    if state is not None:
        apply_state(order, state, now=venue.now())
    if not order.executed_quantity:
        return False
    sync_trades(order.position, venue)
    tend(order.position, venue)
    return True


def resolve_given_up_exits(venue: Venue) -> None:
    """Ask once more for exits given up lately: one that came late stands beside its successor or outlives its position.

    Its own event may have passed unheard. Tending keeps one of both; what a position left that is over is cancelled.
    """
    given_up = Order.objects.filter(
        account=venue.account,
        status=OrderStatus.REJECTED,
        answered_at=None,
        sent_at__gte=timezone.now() - ASKED_FOR,
    ).exclude(purpose__in=ENTERING)
    for order in given_up.select_related("position__account", "position__bot"):
        with guarded("ask_for_exit_given_up", client_order_id=order.client_order_id):
            state = look_up(order, venue)
            if state is None or not apply_state(order, state, now=venue.now()):
                continue
            if order.position.status == PositionStatus.CLOSED and not order.is_final:
                cancel(order, venue)
            tend(order.position, venue)


def resolve_late(venue: Venue) -> None:
    """End orders that live although their position is over; entries given up lately are asked for once more."""
    orders = Order.objects.filter(account=venue.account, position__status=PositionStatus.CLOSED).select_related(
        "position__account", "position__bot"
    )
    lately = timezone.now() - ASKED_FOR
    given_up = orders.filter(purpose__in=ENTERING, status=OrderStatus.REJECTED, answered_at=None, sent_at__gte=lately)
    for entry in given_up:
        with guarded("ask_for_entry_given_up", client_order_id=entry.client_order_id):
            _take_in(entry, venue)
    for order in orders.filter(status__in=LIVE):
        with guarded("resolve_late_order", client_order_id=order.client_order_id):
            cancel(order, venue)
            if order.executed_quantity:
                sync_trades(order.position, venue)
                tend(order.position, venue)


def cancel_orphans(venue: Venue) -> None:
    """Orders of this installation whose position is over are cancelled by id; others stay.

    One that no row explains stays too while it closes something that is open: it may be all that protects it.
    """
    nonce = Installation.current().nonce
    standing: list[tuple[Book, AlgoOrderState | OrderState]] = [
        *((Book.ALGO, order) for order in venue.trading.open_algo_orders()),
        *((Book.ORDINARY, order) for order in venue.trading.open_orders()),
    ]
    for book, order in standing:
        if not is_ours(order.client_order_id, nonce=nonce):
            continue
        rows = Order.objects.filter(account=venue.account, book=book, client_order_id=order.client_order_id)
        row = rows.select_related("position__account", "position__bot").first()
        if row is None and _is_looked_after(order, venue):
            continue
        if row is None or row.position.status == PositionStatus.CLOSED:
            with guarded("cancel_orphan", client_order_id=order.client_order_id):
                if row is None and is_needed(order, venue):
                    tell_kept(order, venue)
                else:
                    _cancel_orphan(order, row, venue)


def _is_looked_after(order: AlgoOrderState | OrderState, venue: Venue) -> bool:
    """True for an order that left while the database was away: it gets its row, and tending decides about it.

    One that cannot get its row stays for as long as it may be all that protects something.
    """
    if not left_without_row(order.client_order_id):
        return False
    with guarded("take_in_emergency_order", client_order_id=order.client_order_id):
        row = give_row(order.client_order_id, order.symbol, venue)
        if row is None:
            return bool(venue.trading.positions(order.symbol))
        tend(row.position, venue)
    return True


def _cancel_orphan(order: AlgoOrderState | OrderState, row: Order | None, venue: Venue) -> None:
    if isinstance(order, AlgoOrderState):
        venue.trading.cancel_algo_order(order.symbol, order.client_order_id)
    else:
        venue.trading.cancel_order(order.symbol, order.client_order_id)
    events.record(
        EventKind.REPAIRED,
        at=venue.now(),
        account=venue.account,
        symbol=order.symbol,
        what="an order without a position was cancelled",
        client_order_id=order.client_order_id,
    )
    if row is not None:
        _take_in(row, venue)


def _tell_foreign(row: VenuePosition, venue: Venue) -> None:
    what, now = f"a position of {row.quantity:f}", venue.now()
    with transaction.atomic():
        about = Event.objects.filter(account=venue.account, symbol=row.symbol, kind=EventKind.FOREIGN_FOUND)
        if not about.filter(facts__what=what).exists():
            events.record(EventKind.FOREIGN_FOUND, at=now, account=venue.account, symbol=row.symbol, what=what)
