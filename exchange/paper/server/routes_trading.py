"""Order endpoints of both books, and the account's own fills."""

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any

from exchange.paper.core import answers
from exchange.paper.core.amendment import amendment_row
from exchange.paper.core.conditional import find_algo
from exchange.paper.core.forced import FORCED_PREFIXES
from exchange.paper.core.orders import AlgoOrder, Fill, Order
from exchange.paper.core.parameters import Parameters
from exchange.paper.core.refusals import VenueError
from exchange.paper.core.trading import check_only, find_order
from exchange.paper.server.history import is_remembered, week_of
from exchange.paper.server.routing import Access, Call, Handler, Route, Routes, listed_symbol, signed


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
    if found is None or not is_remembered(found, call.now_ms):
        raise VenueError(-2013)
    return answers.order_long(found)


def open_order(call: Call) -> dict[str, Any]:
    found = find_order(call.account, call.parameters)
    if found is None or not found.is_open:
        raise VenueError(-2013)
    return answers.order_long(found)


def open_orders(call: Call) -> list[dict[str, Any]]:
    symbol = listed_symbol(call)
    return [answers.order_long(o) for o in call.account.open_orders.values() if symbol in (None, o.symbol)]


def all_orders(call: Call) -> list[dict[str, Any]]:
    """Orders of a symbol from orderId on, or by time; without either the newest of a week."""
    symbol, from_id = listed_symbol(call), call.parameters.integer("orderId")
    rows = [o for o in call.account.orders.values() if symbol in (None, o.symbol) and is_remembered(o, call.now_ms)]
    chosen: Sequence[Order]
    if from_id is not None:
        call.parameters.mandatory("symbol")
        chosen = [o for o in rows if o.order_id >= from_id][: _limit(call, 500)]
    else:
        chosen = week_of(call, rows, time=attrgetter("created_ms"), limit=_limit(call, 500))
    return [answers.order_listed(o) for o in chosen]


def algo_order(call: Call) -> dict[str, Any]:
    found = find_algo(call.account, call.parameters)
    if found is None:
        raise VenueError(-2013)
    return answers.algo_read(found)


def open_algo_orders(call: Call) -> list[dict[str, Any]]:
    symbol, algo_id = listed_symbol(call), call.parameters.integer("algoId")
    rows = [a for a in call.account.open_algos.values() if symbol in (None, a.symbol)]
    return [answers.algo_listed(a) for a in rows if algo_id in (None, a.algo_id)]


def all_algo_orders(call: Call) -> list[dict[str, Any]]:
    symbol, from_id = call.parameters.mandatory("symbol"), call.parameters.integer("algoId")
    rows = [a for a in call.account.algos.values() if a.symbol == symbol]
    chosen: Sequence[AlgoOrder]
    if from_id is not None:
        chosen = [a for a in rows if a.algo_id >= from_id][: _limit(call, 500)]
    else:
        chosen = week_of(call, rows, time=attrgetter("created_ms"), limit=_limit(call, 500))
    return [answers.algo_listed(a) for a in chosen]


def user_trades(call: Call) -> list[dict[str, Any]]:
    """Fills of a symbol: from fromId on, of one order, or of a period; without any the newest of a week."""
    parameters, symbol = call.parameters, call.parameters.mandatory("symbol")
    call.host.state.require_symbol(symbol)
    order_id, from_id = parameters.integer("orderId"), parameters.integer("fromId")
    rows = [f for f in call.account.fills if f.symbol == symbol and order_id in (None, f.order_id)]
    chosen: Sequence[Fill]
    if from_id is not None:
        if parameters.period() != (None, None):
            raise VenueError(-1128)
        chosen = [f for f in rows if f.trade_id >= from_id][: _limit(call, 500)]
    elif order_id is not None and parameters.period() == (None, None):
        chosen = rows[-_limit(call, 500) :]
    else:
        chosen = week_of(call, rows, time=attrgetter("at_ms"), limit=_limit(call, 500))
    return [answers.trade_row(f) for f in chosen]


def amend_order(call: Call) -> dict[str, Any]:
    return amended(call, call.values)


def amended(call: Call, values: Mapping[str, str]) -> dict[str, Any]:
    """Change the order that ``values`` name; ``modifyId`` must be a whole number (-1102)."""
    Parameters(values).integer("modifyId")
    return answers.numbered_change(call.command_with("amend_order", values))


def check_order(call: Call) -> Any:
    """Every check of a new order; nothing is placed, so nothing is written down."""
    return check_only(call.host.state, call.account, call.parameters)


def set_countdown(call: Call) -> Any:
    return call.command("set_countdown")


def amendments(call: Call) -> list[dict[str, Any]]:
    """Modifications of the symbol's orders, or of one."""
    symbol = call.parameters.mandatory("symbol")
    order_id, client_id = call.parameters.integer("orderId"), call.parameters.text("origClientOrderId")
    rows = [
        row
        for row in call.account.amendments
        if row.order.symbol == symbol
        and order_id in (None, row.order.order_id)
        and client_id in (None, row.order.client_order_id)
    ]
    start, end = call.parameters.period()
    limit = call.parameters.limit(default=50, maximum=100)
    chosen = answers.window(rows, time=attrgetter("at_ms"), start=start, end=end, limit=limit)
    return [row | {"amendment": answers.numbered_change(row["amendment"])} for row in map(amendment_row, chosen)]


def forced_orders(call: Call) -> list[dict[str, Any]]:
    """Orders of the exchange that closed positions: liquidations, auto-deleveraging."""
    symbol, kind = listed_symbol(call), call.parameters.text("autoCloseType")
    if kind is not None and kind not in FORCED_PREFIXES:
        raise VenueError(-1130, "autoCloseType")
    prefixes = tuple(FORCED_PREFIXES.values()) if kind is None else (FORCED_PREFIXES[kind],)
    rows = [o for o in call.account.orders.values() if o.client_order_id.startswith(prefixes)]
    start, end = call.parameters.period()
    chosen = answers.window(
        [o for o in rows if symbol in (None, o.symbol)],
        time=attrgetter("created_ms"),
        start=start,
        end=end,
        limit=call.parameters.limit(default=50, maximum=100),
    )
    return [answers.order_long(o) for o in chosen]


def _limit(call: Call, default: int) -> int:
    return call.parameters.limit(default=default, maximum=1000)


def _placing(handler: Handler) -> Route:
    return Route(handler=handler, access=Access.SIGNED, weight=0, orders=(1, 1))


ROUTES: Routes = {
    ("POST", "/fapi/v1/order"): _placing(place_order),
    ("PUT", "/fapi/v1/order"): _placing(amend_order),
    ("POST", "/fapi/v1/order/test"): _placing(check_order),
    ("GET", "/fapi/v1/orderAmendment"): signed(amendments),
    ("POST", "/fapi/v1/countdownCancelAll"): signed(set_countdown, 10),
    ("GET", "/fapi/v1/forceOrders"): signed(forced_orders, 20, 50),
    ("GET", "/fapi/v1/order"): signed(order),
    ("DELETE", "/fapi/v1/order"): signed(cancel_order),
    ("DELETE", "/fapi/v1/allOpenOrders"): signed(cancel_all_orders),
    ("GET", "/fapi/v1/openOrder"): signed(open_order),
    ("GET", "/fapi/v1/openOrders"): signed(open_orders, 1, 40),
    ("GET", "/fapi/v1/allOrders"): signed(all_orders, 5),
    ("POST", "/fapi/v1/algoOrder"): _placing(place_algo_order),
    ("GET", "/fapi/v1/algoOrder"): signed(algo_order),
    ("DELETE", "/fapi/v1/algoOrder"): signed(cancel_algo_order),
    ("DELETE", "/fapi/v1/algoOpenOrders"): signed(cancel_all_algo_orders),
    ("GET", "/fapi/v1/openAlgoOrders"): signed(open_algo_orders, 1, 40),
    ("GET", "/fapi/v1/allAlgoOrders"): signed(all_algo_orders, 5),
    ("GET", "/fapi/v1/userTrades"): signed(user_trades, 5),
}
