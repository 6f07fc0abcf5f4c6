"""The algo book: conditional orders are placed, wait for a price, and fire an ordinary order of their own."""

from decimal import Decimal
from typing import Any

from exchange.paper.core import checks, events
from exchange.paper.core.accounts import Account
from exchange.paper.core.algo_reading import check_algo, read_algo, working_price
from exchange.paper.core.answers import algo_placed
from exchange.paper.core.execution import check_terms, execute
from exchange.paper.core.kinds import OrderType, PriceMatch, TimeInForce
from exchange.paper.core.orders import AlgoOrder, Order
from exchange.paper.core.parameters import Parameters
from exchange.paper.core.reading import matched_price
from exchange.paper.core.refusals import VenueError
from exchange.paper.core.settlement import end_algo, open_order, step_algo
from exchange.paper.core.state import State
from exchange.paper.core.trading import CANCELLED_ALL
from exchange.types import VenueStatus

ZERO = Decimal(0)


def place_algo_order(state: State, account: Account, parameters: Parameters) -> dict[str, Any]:
    """POST /fapi/v1/algoOrder. Margin is checked when it fires, not now."""
    algo = read_algo(state, account, parameters)
    check_algo(state, account, algo, parameters)
    algo.price, algo.trigger_price = (state.shown(algo.symbol, price) for price in (algo.price, algo.trigger_price))
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


def look_at(state: State, account: Account, algo: AlgoOrder) -> None:
    """Let a waiting order see the price now: a trail follows it, and what is met fires.

    With priceProtect it goes on waiting while mark and last price are further apart than the symbol's bound.
    """
    price = working_price(state, algo)
    is_met = algo.is_met(price)
    if algo.trail and not is_met and algo.trail.observe(price, algo.side):
        state.emit(account, "ALGO_UPDATE", events.algo_event(algo))
    if is_met and not (algo.price_protect and _is_torn(state, algo.symbol)):
        fire(state, account, algo)


def fire(state: State, account: Account, algo: AlgoOrder) -> None:
    """Trigger an open conditional order now: its child meets the book, or it ends REJECTED with a reason."""
    del account.open_algos[algo.algo_id]
    algo.triggered_ms = state.now_ms
    step_algo(state, account, algo, VenueStatus.TRIGGERING)
    try:
        child = _child(state, algo)
        child.quantity = _child_quantity(state, account, child, algo)
        check_terms(state, child)
    except VenueError as refusal:
        step_algo(state, account, algo, VenueStatus.REJECTED, reject_reason=refusal.message)
        return
    open_order(state, account, child)
    execute(state, account, child)
    algo.child = child
    step_algo(state, account, algo, VenueStatus.TRIGGERED)
    if not child.is_open:
        step_algo(state, account, algo, VenueStatus.FINISHED)


def _is_torn(state: State, symbol: str) -> bool:
    mark = state.mark_price(symbol)
    return abs(mark - state.last_price(symbol)) / mark > state.instrument(symbol).trigger_protect


def _child(state: State, algo: AlgoOrder) -> Order:
    price = algo.price
    if algo.price_match is not PriceMatch.NONE:
        price = matched_price(state, algo.symbol, algo.side, algo.price_match)
    is_limit = algo.child_type is OrderType.LIMIT
    return Order(
        order_id=0,
        client_order_id=algo.client_algo_id,
        symbol=algo.symbol,
        side=algo.side,
        position_side=algo.position_side,
        order_type=algo.child_type,
        time_in_force=_child_time_in_force(algo) if is_limit else TimeInForce.GTC,
        quantity=algo.quantity,
        price=state.shown(algo.symbol, price),
        stop_price=algo.trigger_price,
        reduce_only=algo.reduce_only or algo.close_position,
        created_ms=state.now_ms,
        updated_ms=state.now_ms,
        good_till_ms=algo.good_till_ms if is_limit else 0,
        self_trade=algo.self_trade,
        price_match=algo.price_match,
        algo=algo,
    )


def _child_time_in_force(algo: AlgoOrder) -> TimeInForce:
    return TimeInForce.GTC if algo.time_in_force is TimeInForce.GTE_GTC else algo.time_in_force


def _child_quantity(state: State, account: Account, child: Order, algo: AlgoOrder) -> Decimal:
    """Quantity of the child at the trigger. A closing child takes precedence over resting close-only orders."""
    held = account.position(child.symbol, child.position_side).closable(child.side)
    if algo.close_position:
        return held
    if not child.is_close_only:
        checks.check_margin(state, account, child, quote=state.quote(child.symbol))
        return algo.quantity
    if not held or (not child.reduce_only and algo.quantity > held):
        raise VenueError(-2022)
    return min(algo.quantity, held)
