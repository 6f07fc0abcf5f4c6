"""Order endpoints of both books, and the account's own fills."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from exchange.paper.core import answers
from exchange.paper.core.conditional import find_algo
from exchange.paper.core.orders import AlgoOrder, Fill, Order
from exchange.paper.core.refusals import VenueError
from exchange.paper.core.trading import find_order
from exchange.paper.server.routing import Access, Call, Handler, Route, Routes


def place_order(call: Call) -> Any:
    return call.command("place_order")


def cancel_order(call: Call) -> Any:
    return call.command("cancel_order")


def cancel_all_orders(call: Call) -> Any:
    return call.command("cancel_all_orders")


def place_algo_order(call: Call) -> Any:
    return call.command("place_algo_order")


def cancel_algo_order(call: Call) -> Any:
    return call.command("cancel_algo_order")


def cancel_all_algo_orders(call: Call) -> Any:
    return call.command("cancel_all_algo_orders")


def order(call: Call) -> dict[str, Any]:
    found = find_order(call.account, call.parameters)
    if found is None:
        raise VenueError(-2013)
    return answers.order_long(found)


def open_order(call: Call) -> dict[str, Any]:
    found = find_order(call.account, call.parameters)
    if found is None or not found.is_open:
        raise VenueError(-2013)
    return answers.order_long(found)


def open_orders(call: Call) -> list[dict[str, Any]]:
    symbol = _symbol(call)
    return [answers.order_long(o) for o in call.account.open_orders.values() if symbol in (None, o.symbol)]


def all_orders(call: Call) -> list[dict[str, Any]]:
    """Orders by id from orderId on, or by time; without either the newest."""
    symbol, from_id = _symbol(call), call.parameters.integer("orderId")
    rows = [o for o in call.account.orders.values() if symbol in (None, o.symbol)]
    chosen: Sequence[Order]
    if from_id is not None:
        chosen = [o for o in rows if o.order_id >= from_id][: _limit(call, 500)]
    else:
        start, end = call.parameters.period()
        created = attrgetter("created_ms")
        chosen = answers.window(rows, time=created, start=start, end=end, limit=_limit(call, 500))
    return [answers.order_listed(o) for o in chosen]


def algo_order(call: Call) -> dict[str, Any]:
    found = find_algo(call.account, call.parameters)
    if found is None:
        raise VenueError(-2013)
    return answers.algo_read(found)


def open_algo_orders(call: Call) -> list[dict[str, Any]]:
    symbol, algo_id = _symbol(call), call.parameters.integer("algoId")
    rows = [a for a in call.account.open_algos.values() if symbol in (None, a.symbol)]
    return [answers.algo_listed(a) for a in rows if algo_id in (None, a.algo_id)]


def all_algo_orders(call: Call) -> list[dict[str, Any]]:
    symbol, from_id = call.parameters.mandatory("symbol"), call.parameters.integer("algoId")
    start, end = call.parameters.period()
    rows = [a for a in call.account.algos.values() if a.symbol == symbol]
    chosen: Sequence[AlgoOrder]
    if from_id is not None:
        chosen = [a for a in rows if a.algo_id >= from_id][: _limit(call, 500)]
    else:
        created = attrgetter("created_ms")
        chosen = answers.window(rows, time=created, start=start, end=end, limit=_limit(call, 500))
    return [answers.algo_listed(a) for a in chosen]


def user_trades(call: Call) -> list[dict[str, Any]]:
    """Fills of a symbol: from fromId on, of one order, or of a period; without any the newest."""
    parameters, symbol = call.parameters, call.parameters.mandatory("symbol")
    call.host.state.require_symbol(symbol)
    order_id, from_id = parameters.integer("orderId"), parameters.integer("fromId")
    rows = [f for f in call.account.fills if f.symbol == symbol and order_id in (None, f.order_id)]
    chosen: Sequence[Fill]
    if from_id is not None:
        chosen = [f for f in rows if f.trade_id >= from_id][: _limit(call, 500)]
    else:
        start, end = parameters.period()
        chosen = answers.window(rows, time=attrgetter("at_ms"), start=start, end=end, limit=_limit(call, 500))
    return [answers.trade_row(f) for f in chosen]


def _symbol(call: Call) -> str | None:
    symbol = call.parameters.text("symbol")
    if symbol is not None:
        call.host.state.require_symbol(symbol)
    return symbol


def _limit(call: Call, default: int) -> int:
    return call.parameters.limit(default=default, maximum=1000)


def _signed(handler: Handler, weight: int = 1, weight_for_all: int | None = None) -> Route:
    return Route(handler=handler, access=Access.SIGNED, weight=weight, weight_for_all=weight_for_all)


def _placing(handler: Handler) -> Route:
    return Route(handler=handler, access=Access.SIGNED, weight=0, is_order=True)


ROUTES: Routes = {
    ("POST", "/fapi/v1/order"): _placing(place_order),
    ("GET", "/fapi/v1/order"): _signed(order),
    ("DELETE", "/fapi/v1/order"): _signed(cancel_order),
    ("DELETE", "/fapi/v1/allOpenOrders"): _signed(cancel_all_orders),
    ("GET", "/fapi/v1/openOrder"): _signed(open_order),
    ("GET", "/fapi/v1/openOrders"): _signed(open_orders, 1, 40),
    ("GET", "/fapi/v1/allOrders"): _signed(all_orders, 5),
    ("POST", "/fapi/v1/algoOrder"): _placing(place_algo_order),
    ("GET", "/fapi/v1/algoOrder"): _signed(algo_order),
    ("DELETE", "/fapi/v1/algoOrder"): _signed(cancel_algo_order),
    ("DELETE", "/fapi/v1/algoOpenOrders"): _signed(cancel_all_algo_orders),
    ("GET", "/fapi/v1/openAlgoOrders"): _signed(open_algo_orders, 1, 40),
    ("GET", "/fapi/v1/allAlgoOrders"): _signed(all_algo_orders, 5),
    ("GET", "/fapi/v1/userTrades"): _signed(user_trades, 5),
}
