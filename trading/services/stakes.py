"""Closing what is ours without writing a row: found by what stands at the venue, and by what was last known of it."""

from collections.abc import Sequence
from decimal import Decimal

import structlog
from django.db.models import Max

from desk.models import Account
from exchange.errors import ExchangeError
from trading.core.client_ids import parse
from trading.core.stakes import EXITS, Known, Stake, stakes
from trading.core.states import PositionStatus, Purpose
from trading.models import Position
from trading.services import outside
from trading.venue import Venue

log = structlog.get_logger(__name__)

TAKE_PROFITS = frozenset({Purpose.TAKE_PROFIT.value})  # beside the stop they may leave a close no room


class Unproven(Exception):
    """Something is open where we had a position, and nothing tells whether it is still ours."""


def known_positions(account: Account) -> list[Known]:
    """What the rows say of every unfinished position. Raises django.db.Error."""
    unfinished = Position.objects.filter(account=account).exclude(status=PositionStatus.CLOSED).order_by("id")
    return [
        Known(
            position_id=position.pk,
            symbol=position.symbol,
            direction=position.side,
            position_side=position.position_side,
            quantity=position.quantity,
            is_shared=position.is_shared,
            newest_trade=position.newest_trade,
        )
        for position in unfinished.annotate(newest_trade=Max("fills__trade_id"))
    ]


def read_stakes(venue: Venue, *, nonce: str, known: Sequence[Known], symbol: str | None = None) -> list[Stake]:
    """What is open of ours, on ``symbol`` or everywhere. Raises ExchangeError."""
    rows = venue.trading.positions(symbol)
    return stakes(rows, venue.trading.open_algo_orders(symbol) if rows else [], known, nonce=nonce)


def close_stake(stake: Stake, venue: Venue, *, nonce: str) -> Decimal:
    """Close our part at market, close-only, and return what is left of it; its exits go when nothing is.

    Raises Unproven, ExchangeError.
    """
    if stake.known is not None:
        _require_as_known(stake.known, venue)
    left = _close(stake, venue, nonce=nonce)
    if left:
        _cancel_exits(stake, venue, nonce=nonce, purposes=TAKE_PROFITS)
        left = _close(stake, venue, nonce=nonce)
    if not left:
        _cancel_exits(stake, venue, nonce=nonce, purposes=EXITS)
    return left


def _close(stake: Stake, venue: Venue, *, nonce: str) -> Decimal:
    row = outside.same_row(stake.row, venue.trading.positions(stake.row.symbol))
    if row is None:
        return Decimal(0)
    return outside.flatten(row, position_id=stake.position_id, nonce=nonce, venue=venue, at_most=stake.quantity)


def _require_as_known(known: Known, venue: Venue) -> None:
    """Nothing was traded on the symbol since: what is open there is what the row knew."""
    if not known.quantity or known.newest_trade is None:
        raise Unproven(known.symbol)
    if venue.trading.trades(known.symbol, from_id=known.newest_trade + 1):
        raise Unproven(known.symbol)


def _cancel_exits(stake: Stake, venue: Venue, *, nonce: str, purposes: frozenset[str]) -> None:
    """An exit that stays behind would close what somebody else opens, or has, on the symbol."""
    for order in venue.trading.open_algo_orders(stake.row.symbol):
        parts = parse(order.client_order_id)
        if parts is None or (parts.nonce, parts.position_id) != (nonce, stake.position_id):
            continue
        if parts.purpose not in purposes:
            continue
        try:
            venue.trading.cancel_algo_order(order.symbol, order.client_order_id)
        except ExchangeError as error:
            log.warning("exit_not_cancelled", client_order_id=order.client_order_id, error=str(error))
