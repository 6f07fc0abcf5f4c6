"""The algo book: conditional orders are placed, wait for the last price, and fire a market order of their own."""

from decimal import Decimal
from typing import Any

from exchange.paper.core import checks, events
from exchange.paper.core.accounts import Account
from exchange.paper.core.answers import algo_placed
from exchange.paper.core.orders import AlgoOrder, Order, is_close_side
from exchange.paper.core.parameters import Parameters
from exchange.paper.core.refusals import VenueError
from exchange.paper.core.settlement import end_algo, fill_order, open_order, sweep
from exchange.paper.core.state import State
from exchange.paper.core.trading import CANCELLED_ALL, read_position_side, read_reduce_only, read_side
from exchange.types import OrderType, TimeInForce, VenueStatus, WorkingType

ZERO = Decimal(0)
FIRING_TYPES = frozenset({OrderType.STOP_MARKET, OrderType.TAKE_PROFIT_MARKET})
WAITING_TIF = frozenset({TimeInForce.GTC, TimeInForce.GTE_GTC})
MAX_OPEN_ALGOS = 200


def place_algo_order(state: State, account: Account, parameters: Parameters) -> dict[str, Any]:
    """POST /fapi/v1/algoOrder for STOP_MARKET and TAKE_PROFIT_MARKET. Margin is checked when it fires, not now."""
    algo = _read(state, account, parameters)
    _check(state, account, algo)
    algo.algo_id = state.numbers.next_algo()
    algo.client_algo_id = algo.client_algo_id or f"auto-{algo.algo_id}"
    account.add_algo(algo)
    state.emit(account, "ALGO_UPDATE", events.algo_event(algo))
    return algo_placed(algo)


def cancel_algo_order(state: State, account: Account, parameters: Parameters) -> dict[str, Any]:
    """DELETE /fapi/v1/algoOrder, by algoId or clientAlgoId (-2011)."""
    algo = find_algo(account, parameters)
    if algo is None or not algo.is_open:
        raise VenueError(-2011)
    end_algo(state, account, algo, VenueStatus.CANCELED)
    return {"algoId": algo.algo_id, "clientAlgoId": algo.client_algo_id, "code": "200", "msg": "success"}


def cancel_all_algo_orders(state: State, account: Account, parameters: Parameters) -> dict[str, Any]:
    """DELETE /fapi/v1/algoOpenOrders: conditional orders of one symbol."""
    symbol = parameters.mandatory("symbol")
    state.require_symbol(symbol)
    for algo in account.algos_on(symbol):
        end_algo(state, account, algo, VenueStatus.CANCELED)
    return CANCELLED_ALL


def find_algo(account: Account, parameters: Parameters) -> AlgoOrder | None:
    """The conditional order named by algoId or clientAlgoId; of equal client ids the newest."""
    algo_id = parameters.integer("algoId")
    if algo_id is None:
        algo_id = account.algo_ids.get(parameters.mandatory("clientAlgoId"))
    return account.algos.get(algo_id) if algo_id is not None else None


def fire(state: State, account: Account, algo: AlgoOrder) -> None:
    """Trigger an open conditional order now: its child fills at the best price, or it ends REJECTED with a reason."""
    del account.open_algos[algo.algo_id]
    algo.triggered_ms = state.now_ms
    _step(state, account, algo, VenueStatus.TRIGGERING)
    child = _child(state, algo)
    try:
        child.quantity = _child_quantity(state, account, child, algo)
    except VenueError as refusal:
        _step(state, account, algo, VenueStatus.REJECTED, reject_reason=refusal.message)
        return
    open_order(state, account, child)
    price = state.taker_price(child.symbol, child.side)
    fill_order(state, account, child, quantity=child.quantity, price=price, is_maker=False)
    algo.child = child
    _step(state, account, algo, VenueStatus.TRIGGERED)
    _step(state, account, algo, VenueStatus.FINISHED)
    sweep(state, account, algo.symbol)


def _step(state: State, account: Account, algo: AlgoOrder, status: VenueStatus, *, reject_reason: str = "") -> None:
    algo.status, algo.updated_ms = status, state.now_ms
    state.emit(account, "ALGO_UPDATE", events.algo_event(algo, reject_reason=reject_reason))


def _child(state: State, algo: AlgoOrder) -> Order:
    return Order(
        order_id=0,
        client_order_id=algo.client_algo_id,
        symbol=algo.symbol,
        side=algo.side,
        position_side=algo.position_side,
        order_type=OrderType.MARKET,
        time_in_force=TimeInForce.GTC,
        quantity=algo.quantity,
        price=ZERO,
        reduce_only=algo.reduce_only or algo.close_position,
        created_ms=state.now_ms,
        updated_ms=state.now_ms,
        algo=algo,
    )


def _child_quantity(state: State, account: Account, child: Order, algo: AlgoOrder) -> Decimal:
    """Quantity of the child at the trigger. A closing child takes precedence over resting close-only orders."""
    held = account.position(child.symbol, child.position_side).closable(child.side)
    if algo.close_position:
        return held
    if not child.is_close_only:
        checks.check_margin(state, account, child, quote=state.quote(child.symbol))
        return child.quantity
    if not held or (not child.reduce_only and child.quantity > held):
        raise VenueError(-2022)
    return min(child.quantity, held)


def _read(state: State, account: Account, parameters: Parameters) -> AlgoOrder:
    if parameters.mandatory("algoType") != "CONDITIONAL":
        raise VenueError(-1130, "algoType")
    symbol, side = parameters.mandatory("symbol"), read_side(parameters)
    parameters.mandatory("type")
    order_type = parameters.choice("type", OrderType, code=-1116)
    if order_type is None or order_type not in FIRING_TYPES:
        raise VenueError(-1116)
    close_position = parameters.flag("closePosition")
    return AlgoOrder(
        algo_id=0,
        client_algo_id=parameters.client_id("clientAlgoId") or "",
        symbol=symbol,
        side=side,
        position_side=read_position_side(parameters),
        order_type=order_type,
        time_in_force=_read_time_in_force(parameters, close_position=close_position),
        quantity=_read_quantity(parameters, close_position=close_position),
        trigger_price=parameters.mandatory_decimal("triggerPrice"),
        working_type=parameters.choice("workingType", WorkingType, code=-4031) or WorkingType.CONTRACT_PRICE,
        close_position=close_position,
        reduce_only=read_reduce_only(account, parameters),
        price_protect=parameters.flag("priceProtect"),
        created_ms=state.now_ms,
        updated_ms=state.now_ms,
    )


def _read_time_in_force(parameters: Parameters, *, close_position: bool) -> TimeInForce:
    """GTC or GTE_GTC; closePosition is always GTE_GTC."""
    time_in_force = parameters.choice("timeInForce", TimeInForce, code=-1115) or TimeInForce.GTC
    if time_in_force not in WAITING_TIF:
        raise VenueError(-1115)
    return TimeInForce.GTE_GTC if close_position else time_in_force


def _read_quantity(parameters: Parameters, *, close_position: bool) -> Decimal:
    if not close_position:
        return parameters.mandatory_decimal("quantity")
    if parameters.decimal("quantity"):
        raise VenueError(-4137)
    if parameters.text("reduceOnly") is not None:
        raise VenueError(-1106, "reduceonly")
    return ZERO


def _check(state: State, account: Account, algo: AlgoOrder) -> None:
    """Everything that can refuse the order, in the venue's order."""
    state.require_trading(algo.symbol)
    if algo.client_algo_id and any(a.client_algo_id == algo.client_algo_id for a in account.open_algos.values()):
        raise VenueError(-20132)
    checks.check_position_side(account, algo.position_side)
    if algo.trigger_price <= 0:
        raise VenueError(-4006)
    _check_size(state, account, algo)
    if algo.needs_position and not account.position(algo.symbol, algo.position_side).closable(algo.side):
        raise VenueError(-4509)
    if algo.is_met(state.last_price(algo.symbol)):
        raise VenueError(-2021)
    if algo.close_position and any(_is_twin(algo, other) for other in account.algos_on(algo.symbol)):
        raise VenueError(-4130)
    if len(account.open_algos) >= MAX_OPEN_ALGOS:
        raise VenueError(-4045)


def _check_size(state: State, account: Account, algo: AlgoOrder) -> None:
    closes_leg = is_close_side(algo.position_side, algo.side)
    if algo.close_position:
        if account.hedge_mode and not closes_leg:
            raise VenueError(-4138)
        return
    instrument = state.instrument(algo.symbol)
    checks.check_quantity(instrument, algo.quantity, is_market=True)
    if not algo.reduce_only and not closes_leg:
        checks.check_notional(instrument, algo.quantity * algo.trigger_price)


def _is_twin(algo: AlgoOrder, other: AlgoOrder) -> bool:
    return (
        other.close_position
        and other.order_type is algo.order_type
        and other.side is algo.side
        and other.position_side is algo.position_side
    )
