"""Request parameters of orders, as the venue accepts them and nothing besides (-1106 punishes a parameter too many)."""

from exchange.rules import plain
from exchange.types import AlgoOrderRequest, OrderRequest, OrderType, PositionSide, TimeInForce, to_ms

ORDINARY = frozenset({OrderType.LIMIT, OrderType.MARKET})
TAKES_AT_ONCE = frozenset({TimeInForce.IOC, TimeInForce.FOK})


def order_params(request: OrderRequest) -> dict[str, str]:
    """Parameters of POST /fapi/v1/order. Raises ValueError for a request no venue would take."""
    _check_order(request)
    params = {
        "symbol": request.symbol,
        "side": request.side.value,
        "type": request.order_type.value,
        "quantity": plain(request.quantity),
        "newClientOrderId": request.client_order_id,
        **_direction(request.position_side, reduce_only=request.reduce_only),
    }
    if request.order_type is OrderType.LIMIT:
        params |= _limit_params(request)
    # RESULT answers with the final state where the order ends at once; the default answers NEW before matching.
    if request.order_type is OrderType.MARKET or request.time_in_force in TAKES_AT_ONCE:
        params["newOrderRespType"] = "RESULT"
    return params


def _check_order(request: OrderRequest) -> None:
    if request.order_type not in ORDINARY:
        raise ValueError(f"{request.order_type} is a conditional order")
    if (request.price is not None) is not (request.order_type is OrderType.LIMIT):
        raise ValueError("a price belongs to LIMIT orders, and to them only")
    if (request.good_till is not None) is not (request.time_in_force is TimeInForce.GTD):
        raise ValueError("good_till belongs to GTD orders, and to them only")


def _limit_params(request: OrderRequest) -> dict[str, str]:
    assert request.price is not None
    params = {"price": plain(request.price), "timeInForce": (request.time_in_force or TimeInForce.GTC).value}
    if request.good_till is not None:
        params["goodTillDate"] = str(to_ms(request.good_till))
    return params


def algo_order_params(request: AlgoOrderRequest) -> dict[str, str]:
    """Parameters of POST /fapi/v1/algoOrder. Raises ValueError for a request no venue would take."""
    _check_algo_order(request)
    params = {
        "algoType": "CONDITIONAL",
        "symbol": request.symbol,
        "side": request.side.value,
        "type": request.order_type.value,
        "triggerPrice": plain(request.trigger_price),
        "workingType": request.working_type.value,
        "priceProtect": "true" if request.price_protect else "false",
        "clientAlgoId": request.client_order_id,
        **_direction(request.position_side, reduce_only=request.reduce_only),
    }
    if request.quantity is None:
        return params | {"closePosition": "true"}
    return params | {"quantity": plain(request.quantity)}


def _check_algo_order(request: AlgoOrderRequest) -> None:
    if request.order_type in ORDINARY:
        raise ValueError(f"{request.order_type} is no conditional order")
    if request.close_position is (request.quantity is not None):
        raise ValueError("exactly one of close_position and quantity is given")
    if request.close_position and request.reduce_only:
        raise ValueError("close_position excludes reduce_only")


def _direction(position_side: PositionSide, *, reduce_only: bool) -> dict[str, str]:
    """One-way: reduceOnly where asked; hedge: positionSide, which makes reduceOnly an error."""
    if position_side is PositionSide.BOTH:
        return {"reduceOnly": "true"} if reduce_only else {}
    if reduce_only:
        raise ValueError("reduce_only is refused in hedge mode: the position side implies it")
    return {"positionSide": position_side.value}
