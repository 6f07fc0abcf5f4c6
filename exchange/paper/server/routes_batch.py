"""Several orders in one request: each is placed, changed or cancelled on its own, and answered at its place."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from exchange.paper.core.refusals import VenueError
from exchange.paper.server.routes_trading import amended
from exchange.paper.server.routing import Access, Call, Handler, Route, Routes, signed

MAX_PLACED, MAX_CANCELLED = 5, 10
ID_LISTS = {
    "orderId": ("orderIdList", "orderidlist"),
    "origClientOrderId": ("origClientOrderIdList", "origclientorderidlist"),
}


def place_orders(call: Call) -> Any:
    return _each(lambda values: call.command_with("place_order", values), _orders(call))


def amend_orders(call: Call) -> Any:
    return _each(lambda values: amended(call, values), _orders(call))


def cancel_orders(call: Call) -> Any:
    """By orderIdList or origClientOrderIdList; some clients spell them in lower case."""
    symbol = call.parameters.mandatory("symbol")
    call.host.state.require_symbol(symbol)
    for name, spellings in ID_LISTS.items():
        for spelling in spellings:
            if call.parameters.text(spelling) is not None:
                ids = _list(call, spelling)
                if len(ids) > MAX_CANCELLED:
                    raise VenueError(-4032)
                named = [{"symbol": symbol, name: _text(item)} for item in ids]
                return _each(lambda values: call.command_with("cancel_order", values), named)
    raise VenueError(-1102, "orderIdList")


def _each(
    execute: Callable[[Mapping[str, str]], dict[str, Any]], items: Sequence[Mapping[str, str]]
) -> list[dict[str, Any]]:
    answers = []
    for values in items:
        try:
            answers.append(execute(values))
        except VenueError as refusal:
            answers.append({"code": refusal.code, "msg": refusal.message})
    return answers


def _orders(call: Call) -> list[dict[str, str]]:
    items = _list(call, "batchOrders")
    if not 1 <= len(items) <= MAX_PLACED:
        raise VenueError(-4082, len(items))
    if not all(isinstance(item, dict) for item in items):
        raise VenueError(-1130, "batchOrders")
    return [{name: _text(value) for name, value in item.items() if value is not None} for item in items]


def _list(call: Call, name: str) -> list[Any]:
    """A list in JSON text (-1102 absent, -1130 something else)."""
    try:
        found = orjson.loads(call.parameters.mandatory(name))
    except orjson.JSONDecodeError:
        raise VenueError(-1130, name) from None
    if not isinstance(found, list):
        raise VenueError(-1130, name)
    return found


def _text(value: Any) -> str:
    """A JSON value as a request would hold it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _placing(handler: Handler) -> Route:
    return Route(handler=handler, access=Access.SIGNED, weight=5, orders=(5, 1))


ROUTES: Routes = {
    ("POST", "/fapi/v1/batchOrders"): _placing(place_orders),
    ("PUT", "/fapi/v1/batchOrders"): _placing(amend_orders),
    ("DELETE", "/fapi/v1/batchOrders"): signed(cancel_orders),
}
