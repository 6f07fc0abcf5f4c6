"""A conditional order from its request, and everything that can refuse it before it waits."""

from decimal import Decimal

from exchange.paper.core import checks
from exchange.paper.core.accounts import Account
from exchange.paper.core.kinds import CLOSING_ALGOS, LIMIT_ALGOS, OrderType, PriceMatch, TimeInForce
from exchange.paper.core.orders import AlgoOrder, Trail, is_close_side
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
from exchange.paper.core.state import State
from exchange.types import Side, WorkingType

ZERO = Decimal(0)
MAX_OPEN_ALGOS = 200
MIN_CALLBACK, MAX_CALLBACK = Decimal("0.1"), Decimal(20)  # percent, since 2026-10-23


def read_algo(state: State, account: Account, parameters: Parameters) -> AlgoOrder:
    if parameters.mandatory("algoType") != "CONDITIONAL":
        raise VenueError(-1130, "algoType")
    symbol, side, order_type = parameters.mandatory("symbol"), read_side(parameters), _read_type(parameters)
    read_response_type(parameters)
    close_position = _read_close_position(parameters, order_type)
    match = read_price_match(state, parameters, order_type)
    time_in_force = _read_time_in_force(parameters, order_type, close_position=close_position)
    return AlgoOrder(
        algo_id=0,
        client_algo_id=parameters.client_id("clientAlgoId") or "",
        symbol=symbol,
        side=side,
        position_side=read_position_side(parameters),
        order_type=order_type,
        time_in_force=time_in_force,
        quantity=_read_quantity(parameters, close_position=close_position),
        trigger_price=_read_trigger(parameters, order_type),
        working_type=parameters.choice("workingType", WorkingType, code=-4031) or WorkingType.CONTRACT_PRICE,
        close_position=close_position,
        reduce_only=read_reduce_only(account, parameters),
        price_protect=parameters.flag("priceProtect"),
        created_ms=state.now_ms,
        updated_ms=state.now_ms,
        price=_read_price(parameters, order_type, match),
        good_till_ms=read_good_till(parameters, time_in_force, state.now_ms),
        self_trade=read_self_trade(parameters, default=state.terms.algo_self_trade),
        price_match=match,
    )


def check_algo(state: State, account: Account, algo: AlgoOrder, parameters: Parameters) -> None:
    """Everything that can refuse the order, in the venue's order; a trailing one gets its trail."""
    state.require_trading(algo.symbol)
    if algo.client_algo_id and any(a.client_algo_id == algo.client_algo_id for a in account.open_algos.values()):
        raise VenueError(-20132)
    checks.check_position_side(account, algo.position_side)
    _check_prices(state, algo)
    _check_size(state, account, algo)
    if _lacks_position(account, algo) and state.terms.gte_needs_position:
        raise VenueError(-4509)
    working = working_price(state, algo)
    if algo.order_type is OrderType.TRAILING_STOP_MARKET:
        algo.trail = _read_trail(parameters, algo.side, working)
        algo.trail.observe(working, algo.side)
    if algo.is_met(working):
        raise VenueError(-2021)
    if algo.close_position and any(_is_twin(algo, other) for other in account.algos_on(algo.symbol)):
        raise VenueError(-4130)
    if len(account.open_algos) >= MAX_OPEN_ALGOS:
        raise VenueError(-4045)


def working_price(state: State, algo: AlgoOrder) -> Decimal:
    """The price that fires it, now."""
    if algo.working_type is WorkingType.MARK_PRICE:
        return state.mark_price(algo.symbol)
    return state.last_price(algo.symbol)


def _read_type(parameters: Parameters) -> OrderType:
    parameters.mandatory("type")
    order_type = parameters.choice("type", OrderType, code=-1116)
    if order_type is None or order_type in (OrderType.LIMIT, OrderType.MARKET):
        raise VenueError(-1116)
    return order_type


def _read_close_position(parameters: Parameters, order_type: OrderType) -> bool:
    close_position = parameters.flag("closePosition")
    if close_position and order_type not in CLOSING_ALGOS:
        raise VenueError(-4136, order_type, "true")
    return close_position


def _read_time_in_force(parameters: Parameters, order_type: OrderType, *, close_position: bool) -> TimeInForce:
    """GTC, GTE_GTC or GTD; a type with a limit price also IOC, FOK and GTX. closePosition is always GTE_GTC."""
    time_in_force = parameters.choice("timeInForce", TimeInForce, code=-1115) or TimeInForce.GTC
    waiting = {TimeInForce.GTC, TimeInForce.GTE_GTC, TimeInForce.GTD}
    if order_type in LIMIT_ALGOS:
        waiting |= {TimeInForce.IOC, TimeInForce.FOK, TimeInForce.GTX}
    if time_in_force not in waiting:
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


def _read_trigger(parameters: Parameters, order_type: OrderType) -> Decimal:
    """triggerPrice; a trailing order has none, and sending one counts as already passed (-2021)."""
    if order_type is not OrderType.TRAILING_STOP_MARKET:
        return parameters.mandatory_decimal("triggerPrice")
    if parameters.decimal("triggerPrice"):
        raise VenueError(-2021)
    return ZERO


def _read_price(parameters: Parameters, order_type: OrderType, match: PriceMatch) -> Decimal:
    if order_type not in LIMIT_ALGOS or match is not PriceMatch.NONE:
        return ZERO
    return parameters.mandatory_decimal("price")


def _read_trail(parameters: Parameters, side: Side, working: Decimal) -> Trail:
    """callbackRate in percent, and activatePrice on the far side of the price, which is its default (-4135)."""
    rate = parameters.mandatory_decimal("callbackRate")
    if not MIN_CALLBACK <= rate <= MAX_CALLBACK:
        raise VenueError(-1130, "callbackRate")
    activate = parameters.decimal("activatePrice")
    if activate is None:
        return Trail(activate_price=working, callback_ratio=rate / 100)
    if activate >= working if side is Side.BUY else activate <= working:
        raise VenueError(-4135)
    return Trail(activate_price=activate, callback_ratio=rate / 100)


def _check_prices(state: State, algo: AlgoOrder) -> None:
    instrument = state.instrument(algo.symbol)
    if algo.order_type is not OrderType.TRAILING_STOP_MARKET and algo.trigger_price <= 0:
        raise VenueError(-4006)
    if algo.trigger_price and state.terms.checks_trigger_tick:
        checks.check_price(instrument, algo.trigger_price)
    if algo.price_match is not PriceMatch.NONE:
        algo.price = matched_price(state, algo.symbol, algo.side, algo.price_match)
    elif algo.price:
        checks.check_price(instrument, algo.price)
        checks.check_limit_near_trigger(instrument, algo.price, side=algo.side, trigger=algo.trigger_price)
    elif algo.order_type in LIMIT_ALGOS:
        raise VenueError(-4013)


def _check_size(state: State, account: Account, algo: AlgoOrder) -> None:
    closes_leg = is_close_side(algo.position_side, algo.side)
    if algo.close_position:
        if account.hedge_mode and not closes_leg:
            raise VenueError(-4138)
        return
    instrument = state.instrument(algo.symbol)
    checks.check_quantity(instrument, algo.quantity, is_market=algo.order_type not in LIMIT_ALGOS)
    if not algo.reduce_only and not closes_leg:
        at = algo.price or algo.trigger_price or state.last_price(algo.symbol)
        checks.check_notional(instrument, algo.quantity * at)


def _lacks_position(account: Account, algo: AlgoOrder) -> bool:
    return algo.needs_position and not account.position(algo.symbol, algo.position_side).closable(algo.side)


def _is_twin(algo: AlgoOrder, other: AlgoOrder) -> bool:
    return (
        other.close_position
        and other.order_type is algo.order_type
        and other.side is algo.side
        and other.position_side is algo.position_side
    )
