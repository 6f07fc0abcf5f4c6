"""Which symbols take no new risk, and why: kept at each check, asked before each entry, shown everywhere."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from django.db.models import Q

from desk.guarding import guarded
from desk.models import Account, Installation
from exchange.types import AlgoOrderState, OrderState, VenuePosition
from trading.core.blocks import BlockReason
from trading.core.client_ids import is_ours
from trading.core.states import UNRESOLVED
from trading.models import Order, SymbolBlock
from trading.services.holdings import held_legs
from trading.services.muster import lacking_fills
from trading.services.tending import unfinished
from trading.services.venue_position import open_quantity
from trading.venue import Venue

EVERY_SYMBOL = ""  # symbol of a block on the whole account
DETAIL_LENGTH = 200

Causes = Mapping[str, str]  # symbol → detail
StandingOrder = OrderState | AlgoOrderState


def note_positions(rows: Sequence[VenuePosition], venue: Venue) -> None:
    """Blocks that follow from positions, by ``rows`` of the venue read after our own were brought in step."""
    held = unfinished(venue.account)
    lacking = lacking_fills(held)
    ours = {(position.symbol, position.position_side) for position in held}
    strange = [row for row in rows if (row.symbol, row.position_side) not in ours]
    ours_by_now = held_legs(venue) if strange else frozenset()
    theirs = {row.symbol: f"{row.quantity:f}" for row in strange if (row.symbol, row.position_side) not in ours_by_now}
    joined = {position.symbol: "" for position in held if position.is_shared}
    unexplained = {
        position.symbol: f"{open_quantity(position, rows):f} open, {position.quantity:f} by our rows"
        for position in held
        if not position.is_shared and (position.pk in lacking or open_quantity(position, rows) != position.quantity)
    }
    _keep(BlockReason.FOREIGN_POSITION, theirs, venue)
    _keep(BlockReason.FOREIGN_QUANTITY, joined, venue)
    _keep(BlockReason.UNRECONCILED, unexplained, venue)
    note_unresolved(venue)


def note_unresolved(venue: Venue) -> None:
    orders = Order.objects.filter(account=venue.account, status__in=UNRESOLVED).order_by("id")
    _keep(BlockReason.UNRESOLVED_ORDER, {order.symbol: order.client_order_id for order in orders}, venue)


def note_orders(standing: Iterable[StandingOrder], venue: Venue) -> None:
    """Blocks that follow from ``standing``, all open orders of the account."""
    nonce = Installation.current().nonce
    theirs = {
        order.symbol: order.client_order_id for order in standing if not is_ours(order.client_order_id, nonce=nonce)
    }
    _keep(BlockReason.FOREIGN_ORDER, theirs, venue)


def block_account(account: Account, reason: BlockReason, *, detail: str, now: datetime) -> bool:
    """Block every symbol; True when it was not blocked so before."""
    _block, is_new = SymbolBlock.objects.update_or_create(
        account=account,
        symbol=EVERY_SYMBOL,
        reason=reason,
        defaults={"detail": detail[:DETAIL_LENGTH]},
        create_defaults={"detail": detail[:DETAIL_LENGTH], "since": now},
    )
    return is_new


def lift_account(account: Account, reasons: Collection[BlockReason]) -> None:
    SymbolBlock.objects.filter(account=account, symbol=EVERY_SYMBOL, reason__in=reasons).delete()


def _keep(reason: BlockReason, causes: Causes, venue: Venue) -> None:
    """Bring the blocks for ``reason`` in step with their causes; what goes on keeps the time it began."""
    with guarded("keep_blocks", reason=reason.value):
        blocks = SymbolBlock.objects.filter(account=venue.account, reason=reason).exclude(symbol=EVERY_SYMBOL)
        known = set(blocks.values_list("symbol", flat=True))
        if known - causes.keys():
            blocks.exclude(symbol__in=causes).delete()
        now = venue.now()
        new = [
            SymbolBlock(account=venue.account, symbol=symbol, reason=reason, detail=detail[:DETAIL_LENGTH], since=now)
            for symbol, detail in causes.items()
            if symbol not in known
        ]
        SymbolBlock.objects.bulk_create(new, ignore_conflicts=True)


def block_on(account: Account, symbol: str) -> SymbolBlock | None:
    """Why nothing new may be entered on ``symbol``: the block that has lasted longest, or None."""
    blocks = SymbolBlock.objects.filter(Q(symbol=symbol) | Q(symbol=EVERY_SYMBOL), account=account)
    return blocks.order_by("since", "id").first()
