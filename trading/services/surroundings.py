"""A look at everything open on the account: foreign orders, and traces of another installation of ours."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from desk import events
from desk.event_kinds import EventKind
from desk.guarding import guarded
from desk.lease import started_at
from desk.models import Event, Installation
from trading.core.blocks import BlockReason
from trading.core.rivals import Standing, Trace, standing, trace_of
from trading.models import Fill, Order
from trading.services.blocking import StandingOrder, block_account, lift_account, note_orders
from trading.services.ledger import COMMISSION
from trading.services.strangers import name_of
from trading.services.tending import unfinished
from trading.services.unknown_own import is_unknown_own
from trading.venue import Venue
from trading.venue_memory import Look

log = structlog.get_logger(__name__)

BLOCKS = {
    Standing.LEFT_BEHIND: BlockReason.RIVAL_ORDERS,
    Standing.LATER: BlockReason.RIVAL_AT_WORK,
    Standing.COPIED: BlockReason.OWN_UNKNOWN,
}
LISTED_WITHIN = timedelta(minutes=10)  # market; rows of income may be listed later than what they tell of
TRADES_ASKED = 5  # newest trades, one a symbol, whose orders are asked for


def look_around(venue: Venue) -> Standing:
    """Note foreign orders and another installation, and say where we stand. Raises ExchangeError. Weight 80 to 110."""
    orders: Sequence[StandingOrder] = [*venue.trading.open_algo_orders(), *venue.trading.open_orders()]
    note_orders(orders, venue)
    start = started_at()
    traces = [*_of_orders(orders), *_of_trades(start, venue)]
    found = standing(traces, started_at=start, at_work_since=_at_work_since(venue))
    _note(found, traces, venue)
    return found


def _of_orders(orders: Iterable[StandingOrder]) -> Iterator[Trace]:
    for order in orders:
        trace = _trace(order.client_order_id, at=order.updated_at)
        if trace is not None:
            yield trace


def _trace(client_order_id: str, *, at: datetime) -> Trace | None:
    nonce = Installation.current().nonce
    if is_unknown_own(client_order_id):
        return Trace(at=at, client_order_id=client_order_id, nonce=nonce, is_of_copy=True)
    return trace_of(client_order_id, at=at, nonce=nonce)


def _of_trades(start: datetime, venue: Venue) -> Iterator[Trace]:
    """Orders behind the newest trades since ``start`` that none of our rows has."""
    strange = _strange_trades(start, venue)
    for symbol, trade_id in list(strange.items())[-TRADES_ASKED:]:
        for trade in venue.trading.trades(symbol, from_id=trade_id)[:1]:
            name = name_of(symbol, trade.order_id, venue)
            trace = None if name is None else _trace(name, at=trade.at)
            if trace is not None:
                yield trace


def _strange_trades(start: datetime, venue: Venue) -> dict[str, int]:
    """The newest such trade of each symbol, that of the newest last; income is read since the last look."""
    look, now = venue.memory.look, venue.now()
    if look is None or look.since != start:
        look = Look(since=start, until=start)
    strange = {symbol: trade_id for symbol, trade_id in look.strange.items() if not _is_booked(symbol, trade_id, venue)}
    since = max(start, look.until - LISTED_WITHIN)
    known = set(Fill.objects.filter(account=venue.account, at__gte=since).values_list("symbol", "trade_id"))
    for row in venue.trading.income(start=since):
        if row.income_type != COMMISSION or not row.trade_id.isdecimal() or (row.symbol, int(row.trade_id)) in known:
            continue
        if int(row.trade_id) > strange.get(row.symbol, 0):
            strange.pop(row.symbol, None)
            strange[row.symbol] = int(row.trade_id)
    venue.memory.look = Look(since=start, until=now, strange=strange)
    return strange


def _is_booked(symbol: str, trade_id: int, venue: Venue) -> bool:
    return Fill.objects.filter(account=venue.account, symbol=symbol, trade_id=trade_id).exists()


def _at_work_since(venue: Venue) -> datetime | None:
    """Market time of the oldest order of ours that belongs to an unfinished position."""
    ours = Order.objects.filter(position__in=unfinished(venue.account), sent_at__isnull=False)
    oldest = ours.order_by("created_at").first()
    return None if oldest is None else oldest.created_at


def _note(found: Standing, traces: Sequence[Trace], venue: Venue) -> None:
    lift_account(venue.account, [reason for place, reason in BLOCKS.items() if place is not found])
    if found is Standing.ALONE:
        return
    newest = max(traces, key=lambda trace: (trace.is_of_copy, trace))
    with guarded("note_rival", nonce=newest.nonce), transaction.atomic():
        reason = BLOCKS.get(found)
        is_new = reason is None or block_account(venue.account, reason, detail=newest.client_order_id, now=venue.now())
        if is_new and not _was_told(found, newest.nonce, venue):
            _tell(found, newest, venue)


def _was_told(found: Standing, nonce: str, venue: Venue) -> bool:
    told = Event.objects.filter(account=venue.account, kind=EventKind.RIVAL_FOUND, at__gte=started_at())
    return told.filter(facts__nonce=nonce, facts__standing=found.value).exists()


def _tell(found: Standing, trace: Trace, venue: Venue) -> None:
    log.error("rival_found", nonce=trace.nonce, client_order_id=trace.client_order_id, standing=found.value)
    events.record(
        EventKind.RIVAL_FOUND,
        at=venue.now(),
        account=venue.account,
        nonce=trace.nonce,
        client_order_id=trace.client_order_id,
        standing=found.value,
    )
