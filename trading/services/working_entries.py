"""Working entries: asked about every two seconds: a silent stream hides no fill; cancelled at their deadline."""

from django.utils import timezone

from desk.guarding import guarded
from desk.models import Bot
from trading.core.states import LIVE, UNRESOLVED, OrderStatus, PositionStatus, Purpose
from trading.models import Order, Position
from trading.services.advance import advance, apply_state
from trading.services.blocking import block_on
from trading.services.cancelling import cancel
from trading.services.holdings import joins_foreign
from trading.services.submit import look_up, resolve, submit
from trading.services.symbol_setup import NotReady, prepare_symbol
from trading.services.tending import tend
from trading.venue import Venue

SEND_AGAIN_AFTER_SECONDS = 1.0  # wall: a PENDING row younger than this is being sent by its creator


def work_entries(venue: Venue, *, may_send: bool = True) -> None:
    """One look at every living entry of the account, then at the positions behind them.

    Without ``may_send`` an entry that has not left yet stays where it is, or is dropped.
    """
    entries = Order.objects.filter(
        account=venue.account, purpose=Purpose.ENTRY, status__in=LIVE, execution__isnull=True
    )
    for entry in entries.select_related("position__account", "position__bot"):
        with guarded("work_entry", client_order_id=entry.client_order_id):
            _work(entry, venue, may_send=may_send)
        tend(entry.position, venue)


def _work(entry: Order, venue: Venue, *, may_send: bool) -> None:
    is_late = venue.now() >= entry.position.entry_deadline
    if entry.status == OrderStatus.PENDING:
        _send_or_drop(entry, venue, is_late=is_late, may_send=may_send)
    elif entry.status in UNRESOLVED:
        resolve(entry, venue)
    elif is_late:
        cancel(entry, venue)
    else:
        _poll(entry, venue)


def _send_or_drop(entry: Order, venue: Venue, *, is_late: bool, may_send: bool) -> None:
    """A row that was committed and not sent: its process died, or the venue could not be reached."""
    if is_late:
        advance(entry, OrderStatus.CANCELED, reason="not sent before its deadline")
    elif not _is_still_wanted(entry.position):
        advance(entry, OrderStatus.CANCELED, reason="no longer wanted before it was sent")
    elif may_send and _is_let_through(entry):
        send_entry(entry, venue)


def _is_still_wanted(position: Position) -> bool:
    """Neither asked to close, nor an automatic entry whose bot was switched off."""
    if position.status != PositionStatus.PENDING:
        return False
    return position.signal_id is None or Bot.objects.filter(pk=position.bot_id, auto_trade=True).exists()


def _is_let_through(entry: Order) -> bool:
    """Nobody else is sending it, and its symbol takes new risk."""
    is_mine = entry.position.signal_id is None or _has_waited(entry)
    return is_mine and block_on(entry.account, entry.symbol) is None


def _has_waited(entry: Order) -> bool:
    return (timezone.now() - entry.updated_at).total_seconds() > SEND_AGAIN_AFTER_SECONDS


def send_entry(entry: Order, venue: Venue) -> None:
    """Send an entry that waited for its turn, with leverage and margin type confirmed once more, and nobody joined.

    Raises ExchangeError.
    """
    position = entry.position
    if joins_foreign(position, venue):
        advance(entry, OrderStatus.CANCELED, reason="a position or order that is not ours stands on the symbol")
        return
    try:
        setup = prepare_symbol(position.symbol, leverage=position.leverage, venue=venue)
    except NotReady as error:
        advance(entry, OrderStatus.CANCELED, reason=str(error))
        return
    Position.objects.filter(pk=position.pk).update(hedge_mode=setup.hedge_mode)
    position.refresh_from_db()
    submit(entry, venue)


def _poll(entry: Order, venue: Venue) -> None:
    state = look_up(entry, venue)
    if state is not None:
        apply_state(entry, state, now=venue.now())
