"""Commands on the ordinary book: place, cancel, cancel all."""

from decimal import Decimal
from typing import Any

from exchange.paper.core import checks
from exchange.paper.core.accounts import Account
from exchange.paper.core.answers import order_short
from exchange.paper.core.orders import Order
from exchange.paper.core.parameters import Parameters
from exchange.paper.core.refusals import VenueError
from exchange.paper.core.settlement import IOC_REST, end_order, fill_order, open_order, sweep
from exchange.paper.core.state import State
from exchange.paper.core.venue import Quote
from exchange.types import OrderType, PositionSide, Side, TimeInForce, VenueStatus

ZERO = Decimal(0)
CONDITIONAL_TYPES = frozenset({"STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET"})
RESTING_TIF = frozenset({TimeInForce.GTC, TimeInForce.GTX, TimeInForce.GTD})
AT_ONCE_TIF = frozenset({TimeInForce.IOC, TimeInForce.FOK})
MIN_GOOD_TILL_MS = 600_000
MAX_GOOD_TILL_MS = 253_402_300_799_000
RESPONSE_TYPES = frozenset({"ACK", "RESULT"})
CANCELLED_ALL = {"code": 200, "msg": "The operation of cancel all open order is done."}


def place_order(state: State, account: Account, parameters: Parameters) -> dict[str, Any]:
    """POST /fapi/v1/order. A marketable order fills at once, as taker, at the best price."""
    order = _read(state, account, parameters)
    quote = _check(state, account, order)
    at_once = order.order_type is OrderType.MARKET or order.time_in_force in AT_ONCE_TIF
    open_order(state, account, order)
    acknowledged = order_short(order)
    if order.order_type is OrderType.MARKET or quote.crosses(order.side, order.price):
        price = quote.taker_price(order.side)
        fill_order(state, account, order, quantity=order.quantity, price=price, is_maker=False)
        sweep(state, account, order.symbol)
    elif order.time_in_force is TimeInForce.IOC:
        end_order(state, account, order, VenueStatus.EXPIRED, reason=IOC_REST)
    return order_short(order) if at_once and parameters.text("newOrderRespType") == "RESULT" else acknowledged


def cancel_order(state: State, account: Account, parameters: Parameters) -> dict[str, Any]:
    """DELETE /fapi/v1/order, by orderId or origClientOrderId (-2011)."""
    order = find_order(account, parameters)
    if order is None or not order.is_open:
        raise VenueError(-2011)
    end_order(state, account, order, VenueStatus.CANCELED)
    return order_short(order)


def cancel_all_orders(state: State, account: Account, parameters: Parameters) -> dict[str, Any]:
    """DELETE /fapi/v1/allOpenOrders: ordinary orders of one symbol only."""
    symbol = parameters.mandatory("symbol")
    state.require_symbol(symbol)
    for order in account.orders_on(symbol):
        end_order(state, account, order, VenueStatus.CANCELED)
    return CANCELLED_ALL


def find_order(account: Account, parameters: Parameters) -> Order | None:
    """The order named by symbol and orderId or origClientOrderId; of equal client ids the newest."""
    symbol = parameters.mandatory("symbol")
    order_id = parameters.integer("orderId")
    if order_id is None:
        client_id = parameters.mandatory("origClientOrderId")
        order_id = account.order_ids.get((symbol, client_id))
    order = account.orders.get(order_id) if order_id is not None else None
    return order if order is not None and order.symbol == symbol else None


def read_position_side(parameters: Parameters) -> PositionSide:
    return parameters.choice("positionSide", PositionSide, code=-4060) or PositionSide.BOTH


def read_side(parameters: Parameters) -> Side:
    parameters.mandatory("side")
    side = parameters.choice("side", Side, code=-1117)
    assert side is not None
    return side


def read_reduce_only(account: Account, parameters: Parameters) -> bool:
    """reduceOnly, which hedge mode does not know (-1106)."""
    if account.hedge_mode and parameters.text("reduceOnly") is not None:
        raise VenueError(-1106, "reduceonly")
    return parameters.flag("reduceOnly")


def _read(state: State, account: Account, parameters: Parameters) -> Order:
    symbol, side = parameters.mandatory("symbol"), read_side(parameters)
    order_type = _read_type(parameters)
    if (parameters.text("newOrderRespType") or "ACK") not in RESPONSE_TYPES:
        raise VenueError(-1136)
    time_in_force, price = _read_terms(parameters, order_type)
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
        good_till_ms=_read_good_till(parameters, time_in_force, state.now_ms),
    )


def _read_type(parameters: Parameters) -> OrderType:
    name = parameters.mandatory("type")
    if name in CONDITIONAL_TYPES:
        raise VenueError(-4120)
    if name not in (OrderType.LIMIT, OrderType.MARKET):
        raise VenueError(-1116)
    return OrderType(name)


def _read_terms(parameters: Parameters, order_type: OrderType) -> tuple[TimeInForce, Decimal]:
    """Time in force and price; a MARKET order has neither and is shown as GTC at 0."""
    if order_type is OrderType.MARKET:
        for name in ("timeInForce", "price"):
            if parameters.text(name) is not None:
                raise VenueError(-1106, name.lower())
        return TimeInForce.GTC, ZERO
    parameters.mandatory("timeInForce")
    time_in_force = parameters.choice("timeInForce", TimeInForce, code=-1115)
    if time_in_force is None or time_in_force not in RESTING_TIF | AT_ONCE_TIF:
        raise VenueError(-1115)
    return time_in_force, parameters.mandatory_decimal("price")


def _read_good_till(parameters: Parameters, time_in_force: TimeInForce, now_ms: int) -> int:
    """goodTillDate in ms, whole seconds; 0 for all but GTD (-5040)."""
    if time_in_force is not TimeInForce.GTD:
        return 0
    good_till = parameters.mandatory_integer("goodTillDate")
    if not now_ms + MIN_GOOD_TILL_MS < good_till < MAX_GOOD_TILL_MS:
        raise VenueError(-5040)
    return good_till // 1000 * 1000


def _check(state: State, account: Account, order: Order) -> Quote:
    """Everything that can refuse the order, in the venue's order; cuts a reduce-only order to the position."""
    state.require_trading(order.symbol)
    if order.client_order_id and any(o.client_order_id == order.client_order_id for o in account.open_orders.values()):
        raise VenueError(-4116)
    checks.check_position_side(account, order.position_side)
    instrument, mark = state.instrument(order.symbol), state.last_price(order.symbol)
    quote = instrument.quote(mark)
    is_limit = order.order_type is OrderType.LIMIT
    if is_limit:
        checks.check_price(instrument, order.price)
        checks.check_price_band(instrument, order.price, side=order.side, mark=mark)
    checks.check_quantity(instrument, order.quantity, is_market=not is_limit)
    if order.is_close_only:
        order.quantity = checks.reducible_quantity(account, order)
    else:
        checks.check_notional(instrument, order.quantity * (order.price if is_limit else mark))
    if len(account.orders_on(order.symbol)) >= instrument.max_open_orders:
        raise VenueError(-2025)
    if not order.is_close_only:
        checks.check_margin(state, account, order, quote=quote)
    if is_limit:
        _check_terms(order, quote)
    return quote


def _check_terms(order: Order, quote: Quote) -> None:
    crosses = quote.crosses(order.side, order.price)
    if order.time_in_force is TimeInForce.GTX and crosses:
        raise VenueError(-5022)
    if order.time_in_force is TimeInForce.FOK and not crosses:
        raise VenueError(-5021)
