"""Commands on the ordinary book: place, test, cancel, cancel all, cancel all after a while."""

from decimal import Decimal
from typing import Any

from exchange.paper.core import checks
from exchange.paper.core.accounts import Account
from exchange.paper.core.answers import order_answer, order_result
from exchange.paper.core.execution import check_terms, execute
from exchange.paper.core.kinds import OrderType, PriceMatch, TimeInForce
from exchange.paper.core.orders import Order
from exchange.paper.core.parameters import Parameters
from exchange.paper.core.reading import (
    matched_price,
    read_good_till,
    read_position_side,
    read_price_match,
    read_reduce_only,
    read_response_type,
    read_self_trade,
    read_side,
)
from exchange.paper.core.refusals import VenueError
from exchange.paper.core.settlement import end_order, open_order
from exchange.paper.core.state import State
from exchange.types import VenueStatus

ZERO = Decimal(0)
CONDITIONAL_TYPES = frozenset(OrderType) - {OrderType.LIMIT, OrderType.MARKET}
AT_ONCE_TIF = frozenset({TimeInForce.IOC, TimeInForce.FOK})
CANCELLED_ALL = {"code": 200, "msg": "The operation of cancel all open order is done."}


def place_order(state: State, account: Account, parameters: Parameters) -> dict[str, Any]:
    """POST /fapi/v1/order. A marketable order fills at once, as taker, as far as the book goes."""
    order = _read(state, account, parameters)
    check_order(state, account, order)
    open_order(state, account, order)
    acknowledged = order_answer(state, order)
    execute(state, account, order)
    at_once = order.order_type is OrderType.MARKET or order.time_in_force in AT_ONCE_TIF
    return order_answer(state, order) if at_once and read_response_type(parameters) == "RESULT" else acknowledged


def check_only(state: State, account: Account, parameters: Parameters) -> dict[str, Any]:
    """POST /fapi/v1/order/test: every check, nothing placed."""
    order = _read(state, account, parameters)
    check_order(state, account, order)
    return order_result(order)


def cancel_order(state: State, account: Account, parameters: Parameters) -> dict[str, Any]:
    """DELETE /fapi/v1/order, by orderId or origClientOrderId (-2011)."""
    order = find_order(account, parameters)
    if order is None or not order.is_open:
        raise VenueError(-2011)
    end_order(state, account, order, VenueStatus.CANCELED)
    return order_answer(state, order)


def cancel_all_orders(state: State, account: Account, parameters: Parameters) -> dict[str, Any]:
    """DELETE /fapi/v1/allOpenOrders: ordinary orders of one symbol only."""
    symbol = parameters.mandatory("symbol")
    state.require_symbol(symbol)
    cancel_on(state, account, symbol)
    return CANCELLED_ALL


def set_countdown(state: State, account: Account, parameters: Parameters) -> dict[str, Any]:
    """POST /fapi/v1/countdownCancelAll, market ms; each call starts anew, 0 ends it."""
    symbol, countdown_ms = parameters.mandatory("symbol"), parameters.mandatory_integer("countdownTime")
    state.require_symbol(symbol)
    account.countdowns.pop(symbol, None)
    if countdown_ms:
        account.countdowns[symbol] = state.now_ms + countdown_ms
    return {"symbol": symbol, "countdownTime": str(countdown_ms)}


def cancel_on(state: State, account: Account, symbol: str) -> None:
    """Cancel the account's ordinary orders of a symbol."""
    for order in account.orders_on(symbol):
        end_order(state, account, order, VenueStatus.CANCELED)


def find_order(account: Account, parameters: Parameters) -> Order | None:
    """The order named by symbol and orderId or origClientOrderId; of equal client ids the newest."""
    symbol = parameters.mandatory("symbol")
    order_id = parameters.integer("orderId")
    if order_id is None:
        client_id = parameters.mandatory("origClientOrderId")
        order_id = account.order_ids.get((symbol, client_id))
    order = account.orders.get(order_id) if order_id is not None else None
    return order if order is not None and order.symbol == symbol else None


def check_order(state: State, account: Account, order: Order) -> None:
    """Everything that can refuse a new order, in the venue's order; cuts a reduce-only order to the position."""
    _check_identity(state, account, order)
    if order.price_match is not PriceMatch.NONE:
        order.price = matched_price(state, order.symbol, order.side, order.price_match)
    order.price = state.shown(order.symbol, order.price)
    order.stop_price = state.shown(order.symbol, ZERO)
    instrument, mark = state.instrument(order.symbol), state.mark_price(order.symbol)
    is_limit = order.order_type is OrderType.LIMIT
    if is_limit:
        checks.check_price(instrument, order.price)
        checks.check_price_band(instrument, order.price, side=order.side, mark=mark)
    checks.check_quantity(instrument, order.quantity, is_market=not is_limit)
    if order.is_close_only:
        order.quantity = checks.reducible_quantity(account, order)
    else:
        checks.check_notional(instrument, order.quantity * (order.price if is_limit else mark))
    checks.check_count(state, account, order.symbol)
    if not order.is_close_only:
        checks.check_margin(state, account, order, quote=state.quote(order.symbol))
    check_terms(state, order)


def _check_identity(state: State, account: Account, order: Order) -> None:
    state.require_trading(order.symbol)
    if order.client_order_id and any(o.client_order_id == order.client_order_id for o in account.open_orders.values()):
        raise VenueError(-4116)
    checks.check_position_side(account, order.position_side)


def _read(state: State, account: Account, parameters: Parameters) -> Order:
    symbol, side = parameters.mandatory("symbol"), read_side(parameters)
    order_type = _read_type(parameters)
    read_response_type(parameters)
    match = read_price_match(state, parameters, order_type)
    time_in_force, price = _read_terms(parameters, order_type, match)
    return Order(
        order_id=0,
        client_order_id=parameters.client_id("newClientOrderId") or "",
        symbol=symbol,
        side=side,
        position_side=read_position_side(parameters),
        order_type=order_type,
        time_in_force=time_in_force,
        quantity=parameters.mandatory_decimal("quantity"),
        price=price,
        reduce_only=read_reduce_only(account, parameters),
        created_ms=state.now_ms,
        updated_ms=state.now_ms,
        good_till_ms=read_good_till(parameters, time_in_force, state.now_ms),
        self_trade=read_self_trade(parameters),
        price_match=match,
    )


def _read_type(parameters: Parameters) -> OrderType:
    parameters.mandatory("type")
    order_type = parameters.choice("type", OrderType, code=-1116)
    if order_type is None or order_type in CONDITIONAL_TYPES:
        raise VenueError(-4120)
    return order_type


def _read_terms(parameters: Parameters, order_type: OrderType, match: PriceMatch) -> tuple[TimeInForce, Decimal]:
    """Time in force and price; a MARKET order has neither and is shown as GTC at 0."""
    if order_type is OrderType.MARKET:
        for name in ("timeInForce", "price"):
            if parameters.text(name) is not None:
                raise VenueError(-1106, name.lower())
        return TimeInForce.GTC, ZERO
    parameters.mandatory("timeInForce")
    time_in_force = parameters.choice("timeInForce", TimeInForce, code=-1115)
    if time_in_force is None or time_in_force is TimeInForce.GTE_GTC:
        raise VenueError(-1115)
    return time_in_force, ZERO if match is not PriceMatch.NONE else parameters.mandatory_decimal("price")
