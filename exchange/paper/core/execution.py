"""A new order meets the book, its own account's resting orders in the way, and what becomes of the rest."""

from collections.abc import Iterator
from decimal import Decimal

from exchange.paper.core.accounts import Account
from exchange.paper.core.book import Level, depth_within, levels, take
from exchange.paper.core.forced import cover_shortfall
from exchange.paper.core.kinds import OrderType, SelfTrade, TimeInForce
from exchange.paper.core.orders import Order
from exchange.paper.core.refusals import VenueError
from exchange.paper.core.settlement import Expiry, end_order, fill_order, sweep
from exchange.paper.core.state import State
from exchange.types import Side, VenueStatus

POST_ONLY = frozenset({TimeInForce.GTX, TimeInForce.RPI})
PREVENTING = frozenset({TimeInForce.GTC, TimeInForce.GTD, TimeInForce.IOC})
EXPIRES_TAKER = frozenset({SelfTrade.EXPIRE_TAKER, SelfTrade.EXPIRE_BOTH})
EXPIRES_MAKER = frozenset({SelfTrade.EXPIRE_MAKER, SelfTrade.EXPIRE_BOTH})


def check_terms(state: State, order: Order) -> None:
    """Refuse what could not keep its word: post-only that takes (-5022), FOK too large (-5021), no price (-4131)."""
    symbol, side = order.symbol, order.side
    if state.disturbances is not None:
        state.disturbances.check_order(state, order)
    if order.order_type is OrderType.MARKET:
        if is_worse(state.quote(symbol).taker_price(side), worst_price(state, order), side):
            raise VenueError(-4131)
        return
    if order.time_in_force in POST_ONLY and state.quote(symbol).crosses(side, order.price):
        raise VenueError(-5022)
    if order.time_in_force is TimeInForce.FOK and depth_within(state, symbol, side, order.price) < order.quantity:
        raise VenueError(-5021)


def execute(state: State, account: Account, order: Order) -> None:
    """Fill an order that was just opened as far as the book goes; a resting type stays with the rest."""
    for level in _reachable(state, order):
        _prevent_self_trade(state, account, order, level.price)
        if not order.is_open:
            break
        quantity = min(order.remaining, level.quantity)
        if quantity:
            take(state, order.symbol, order.side, price=level.price, quantity=quantity)
            fill_order(state, account, order, quantity=quantity, price=level.price, is_maker=False)
        if not order.is_open:
            break
    if order.is_open and order.order_type is OrderType.MARKET:
        end_order(state, account, order, VenueStatus.EXPIRED, reason=Expiry.MARKET_REST)
    elif order.is_open and order.time_in_force in (TimeInForce.IOC, TimeInForce.FOK):
        end_order(state, account, order, VenueStatus.EXPIRED, reason=Expiry.IOC_REST)
    sweep(state, account, order.symbol)
    cover_shortfall(state, account)


def worst_price(state: State, order: Order) -> Decimal:
    """The limit, or for a MARKET order how far marketTakeBound lets it go from the mark price, USDT."""
    if order.order_type is OrderType.LIMIT:
        return order.price
    bound = state.instrument(order.symbol).take_bound
    return state.mark_price(order.symbol) * (1 + bound if order.side is Side.BUY else 1 - bound)


def is_worse(price: Decimal, limit: Decimal, taker_side: Side) -> bool:
    """Whether a taker of this side with this limit would not pay ``price``."""
    return price > limit if taker_side is Side.BUY else price < limit


def _reachable(state: State, order: Order) -> Iterator[Level]:
    """Levels within the order's worst price, then that of a limit itself with nothing on it."""
    limit = worst_price(state, order)
    offered = levels(state, order.symbol, order.side)
    if state.disturbances is not None:
        offered = state.disturbances.offered(state, order, offered)
    for level in offered:
        if is_worse(level.price, limit, order.side):
            break
        yield level
    if order.order_type is OrderType.LIMIT:
        yield Level(limit, Decimal(0))


def _prevent_self_trade(state: State, account: Account, order: Order, price: Decimal) -> None:
    """End what would trade with itself at ``price``, as the taker's mode says."""
    if order.time_in_force not in PREVENTING or order.self_trade is SelfTrade.NONE:
        return
    met = [
        other
        for other in account.orders_on(order.symbol)
        if other.side is not order.side and not is_worse(other.price, price, order.side)
    ]
    for other in met if order.self_trade in EXPIRES_MAKER else ():
        end_order(state, account, other, VenueStatus.EXPIRED_IN_MATCH, reason=Expiry.SELF_TRADE)
    if met and order.self_trade in EXPIRES_TAKER:
        is_ioc = order.time_in_force is TimeInForce.IOC
        reason = Expiry.IOC_SELF_TRADE if is_ioc else Expiry.SELF_TRADE
        end_order(state, account, order, VenueStatus.EXPIRED_IN_MATCH, reason=reason)
