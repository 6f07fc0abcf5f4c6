"""Reading the venue's trades for what the stream did not tell."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

import structlog

from exchange.types import VenueTrade
from trading.core.beside import ForeignTrade, most_of_ours
from trading.core.states import Book, ExitReason, OrderStatus, PositionStatus
from trading.core.tally import tally
from trading.models import Fill, Order, Position
from trading.services.advance import apply_state
from trading.services.emergency_rows import give_row, left_without_row
from trading.services.fills import CENT_OF_CENT, record_trade
from trading.services.own_orders import child_of, order_by_venue_id, ordinary_row
from trading.services.strangers import keep_name, known_name
from trading.services.submit import look_up
from trading.services.unheard_exits import exits_are_heard
from trading.services.venue_position import open_at_venue
from trading.venue import Venue

log = structlog.get_logger(__name__)

MARGIN = timedelta(seconds=1)  # clocks of order and trade rows at the venue may differ by milliseconds
SPAN = timedelta(days=7)  # market; what one answer covers at most
PAGE = 1000  # trades in one answer at most
SETTLED_AFTER = timedelta(seconds=30)  # market; by then the venue's positions show what a trade has closed
SETTLED_WALL_SECONDS = 5  # in a fast replay positions are read later than that


class Told(NamedTuple):
    """A trade of somebody else's order that the stream told of; the venue may list it later."""

    trade: VenueTrade
    client_order_id: str


class _Theirs(NamedTuple):
    """A trade of somebody else's order, and what of it is booked as a close of ours already."""

    trade: VenueTrade
    client_order_id: str
    booked: Decimal | None = None


def sync_trades(position: Position, venue: Venue, *, told: Told | None = None) -> int:
    """Record every trade of the position since its birth that we do not have; how many were new.

    A trade on an order of ours is ours, and its position's. A trade of somebody else's order, and what was ``told`` of
    one, is so only as far as the venue shows less open than our rows do.
    """
    known = set(
        Fill.objects.filter(account=position.account, symbol=position.symbol).values_list("trade_id", flat=True)
    )
    booked = dict(Fill.objects.filter(position=position, order=None).values_list("trade_id", "quantity"))
    trades = {
        trade.trade_id: trade
        for trade in [*([] if told is None else [told.trade]), *_trades_since_birth(position, venue)]
        if trade.position_side is position.position_side
    }
    theirs: list[_Theirs] = []
    new = 0
    for trade_id, trade in sorted(trades.items()):
        if trade_id in known:
            theirs += [_Theirs(trade, "", booked[trade_id])] if trade_id in booked else []
            continue
        origin = _origin(trade, position, venue, told)
        if isinstance(origin, Order):
            new += record_trade(trade, position=origin.position, order=origin, now=venue.now())
        elif origin is None:
            log.warning("trade_of_unseen_order", symbol=trade.symbol, trade_id=trade.trade_id)
        else:
            theirs.append(_Theirs(trade, origin))
    return new + _take_in_theirs(theirs, position, venue)


def _trades_since_birth(position: Position, venue: Venue) -> Iterator[VenueTrade]:
    """Every trade on the symbol, over all pages and spans."""
    start, now = position.created_at - MARGIN, venue.now()
    is_long_ago = now - start > SPAN
    page = venue.trading.trades(position.symbol, start=start)
    while not page and start + SPAN < now:
        start += SPAN
        page = venue.trading.trades(position.symbol, start=start)
    while page:
        yield from page
        if len(page) < PAGE and not is_long_ago:
            return
        page = venue.trading.trades(position.symbol, from_id=page[-1].trade_id + 1)


def _origin(trade: VenueTrade, position: Position, venue: Venue, told: Told | None) -> Order | str | None:
    """Our order that a trade filled, or somebody else's client order id, or None while the venue cannot name it."""
    known = order_by_venue_id(position, trade.order_id)
    if known is not None:
        return known
    is_told = told is not None and trade.order_id == told.trade.order_id
    name = told.client_order_id if told is not None and is_told else known_name(trade.symbol, trade.order_id, venue)
    state = None if name else venue.trading.order_by_id(trade.symbol, trade.order_id)
    name = name or (state.client_order_id if state else None)
    if name is None:
        return None
    if left_without_row(name):
        give_row(name, trade.symbol, venue)
    row = ordinary_row(position, name) or _child_not_yet_known(position, trade.order_id, venue)
    if row is None:
        keep_name(trade.symbol, trade.order_id, name, venue)
        return name
    state = state or venue.trading.order_by_id(trade.symbol, trade.order_id)
    if state is not None:
        apply_state(row, state, now=venue.now())
    return row


def _child_not_yet_known(position: Position, order_id: int, venue: Venue) -> Order | None:
    """Ask the conditional orders that may have fired unheard for the order they became."""
    never_fired = [OrderStatus.PENDING, OrderStatus.CANCELED, OrderStatus.REJECTED]
    for leg in position.orders.filter(book=Book.ALGO, child_order_id=None).exclude(status__in=never_fired):
        state = look_up(leg, venue)
        if state is not None:
            apply_state(leg, state, now=venue.now())
        if leg.child_order_id == order_id:
            return child_of(leg)
    return None


def _take_in_theirs(theirs: list[_Theirs], position: Position, venue: Venue) -> int:
    """Book what others closed of ours: as much as is gone, oldest trade first. What they had beside ours is theirs.

    Nothing while an order of ours may be what took it: the venue tells of a trade later than of what it left open.
    """
    position.refresh_from_db()
    settled_until = position.trades_of_others_until or 0
    most = _most_of_ours(theirs, position)
    unsettled = [each for each in theirs if each.trade.trade_id in most and each.trade.trade_id > settled_until]
    if not unsettled:
        return 0
    gone = _gone(position, venue)
    if was_given_up(position):
        unsettled = [each for each in unsettled if each.trade.at <= (position.closing_at or position.created_at)]
    elif gone <= 0:
        _settle(position, [each.trade for each in unsettled], venue)
        return 0
    if not exits_are_heard(position, venue):
        return 0
    new = 0
    for trade, client_order_id, _booked in unsettled:
        quantity = min(most[trade.trade_id], gone)
        if quantity <= 0:
            continue
        part = _part(trade, quantity)
        gone -= part.quantity
        new += record_trade(part, position=position, order=None, closed_by=client_order_id, now=venue.now())
    return new


def _most_of_ours(theirs: list[_Theirs], position: Position) -> dict[int, Decimal]:
    """By id, the most that each close of others not yet booked can have taken of ours.

    All of it for a position that was taken over: what they opened just before is ours by now.
    """
    closes = {each.trade.trade_id: each for each in theirs if each.trade.side is position.side.close_side}
    if position.fills.filter(trade_id=-position.pk).exists():
        return {trade_id: each.trade.quantity for trade_id, each in closes.items() if each.booked is None}
    return most_of_ours(
        ForeignTrade(
            trade_id=each.trade.trade_id,
            closes=each.trade.trade_id in closes,
            quantity=each.trade.quantity,
            booked=each.booked,
        )
        for each in theirs
    )


def was_given_up(position: Position) -> bool:
    """Whether nothing was found open of it, and no trade told why."""
    return not position.quantity and position.exit_reason == ExitReason.RECONCILE


def _gone(position: Position, venue: Venue) -> Decimal:
    """Base asset that our fills have open and the venue has not. What it shows after a close is another position's."""
    ours: Decimal = position.quantity
    if was_given_up(position):
        ours = tally(position.fills.all(), entry_side=position.side.entry_side).open_quantity
    return ours if position.status == PositionStatus.CLOSED else ours - open_at_venue(position, venue)


def _settle(position: Position, trades: list[VenueTrade], venue: Venue) -> None:
    """Nothing of ours is gone: trades that positions would show by now took none of it, and never will have."""
    age = max(SETTLED_AFTER, timedelta(seconds=SETTLED_WALL_SECONDS * float(venue.clock.speed)))
    settled = [trade.trade_id for trade in trades if trade.at < venue.now() - age]
    if settled:
        Position.objects.filter(pk=position.pk).update(trades_of_others_until=max(settled))


def _part(trade: VenueTrade, quantity: Decimal) -> VenueTrade:
    if quantity == trade.quantity:
        return trade
    share = quantity / trade.quantity
    return replace(
        trade,
        quantity=quantity,
        realized_pnl=(trade.realized_pnl * share).quantize(CENT_OF_CENT),
        commission=(trade.commission * share).quantize(CENT_OF_CENT),
    )
