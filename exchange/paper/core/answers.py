"""Answers of the trading endpoints, spelled and typed as the venue does (texts stay texts)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from exchange.paper.core.accounts import Account
from exchange.paper.core.events import CHILD_KNOWN, CONDITIONAL, average, callback_percent
from exchange.paper.core.ledger import Income
from exchange.paper.core.margin import maximum_notional
from exchange.paper.core.orders import AlgoOrder, Fill, Order
from exchange.paper.core.state import State
from exchange.rules import plain
from exchange.types import Side, VenueStatus

Row = TypeVar("Row")


def order_short(order: Order) -> dict[str, Any]:
    """Answer of placing and cancelling; without average price and quote since 2026-06."""
    return {
        "orderId": order.order_id, "symbol": order.symbol, "status": order.status,
        "clientOrderId": order.client_order_id, "price": f"{order.price:f}", "origQty": plain(order.quantity),
        "executedQty": plain(order.executed), "cumQty": plain(order.executed), "timeInForce": order.time_in_force,
        **_order_flags(order), "updateTime": order.updated_ms,
    }  # fmt: skip


def order_answer(state: State, order: Order) -> dict[str, Any]:
    """``order_short``, with average price and quote where the terms still show them."""
    return order_result(order) if state.terms.shows_average else order_short(order)


def order_result(order: Order) -> dict[str, Any]:
    return order_short(order) | {"avgPrice": average(order), "cumQuote": plain(order.quote)}


def numbered_change(answer: Mapping[str, Any]) -> dict[str, Any]:
    """``answer`` with its ``modifyId``, a text of digits, as a number; left out where none was given."""
    rest = {name: value for name, value in answer.items() if name != "modifyId"}
    return rest | {"modifyId": int(answer["modifyId"])} if answer.get("modifyId") else rest


def order_long(order: Order) -> dict[str, Any]:
    """Answer of the endpoints that read orders."""
    return {
        "avgPrice": average(order), "clientOrderId": order.client_order_id, "cumQuote": plain(order.quote),
        "executedQty": plain(order.executed), "orderId": order.order_id, "origQty": plain(order.quantity),
        "price": f"{order.price:f}", "status": order.status, "symbol": order.symbol, "time": order.created_ms,
        "timeInForce": order.time_in_force, "updateTime": order.updated_ms, **_order_flags(order),
    }  # fmt: skip


def order_listed(order: Order) -> dict[str, Any]:
    """Row of allOrders."""
    return order_long(order) | {"pair": order.symbol, "cumBase": plain(order.executed)}


def algo_placed(algo: AlgoOrder) -> dict[str, Any]:
    """Answer of placing a conditional order."""
    return _algo(algo) | _trail(algo)


def algo_read(algo: AlgoOrder) -> dict[str, Any]:
    """Answer of querying one conditional order."""
    child = algo.child if algo.status in CHILD_KNOWN else None
    actual = {"actualType": child.order_type if child else "", "actualQty": plain(child.executed) if child else "0"}
    return _algo(algo) | _algo_actual(algo) | actual | (_trail(algo) if algo.trail else {})


def algo_listed(algo: AlgoOrder) -> dict[str, Any]:
    """Row of openAlgoOrders and allAlgoOrders."""
    legs = {"tpTriggerPrice": "0.000", "tpPrice": "0.000", "slTriggerPrice": "0.000", "slPrice": "0.000"}
    return _algo(algo) | _algo_actual(algo) | legs | (_trail(algo) if algo.trail else {})


def trade_row(fill: Fill) -> dict[str, Any]:
    """Row of userTrades."""
    return {
        "buyer": fill.side is Side.BUY, "commission": plain(fill.commission), "commissionAsset": fill.commission_asset,
        "id": fill.trade_id, "maker": fill.is_maker, "orderId": fill.order_id, "price": plain(fill.price),
        "qty": plain(fill.quantity), "quoteQty": plain(fill.price * fill.quantity), "baseQty": plain(fill.quantity),
        "marginAsset": "USDT", "realizedPnl": plain(fill.realized_pnl), "side": fill.side,
        "positionSide": fill.position_side, "symbol": fill.symbol, "pair": fill.symbol, "time": fill.at_ms,
    }  # fmt: skip


def income_row(row: Income) -> dict[str, Any]:
    """Row of income."""
    return {
        "symbol": row.symbol, "incomeType": row.income_type, "income": plain(row.amount), "asset": row.asset,
        "info": row.info, "time": row.at_ms, "tranId": row.transaction_id, "tradeId": row.trade_id,
    }  # fmt: skip


def maximum_notional_text(state: State, account: Account, symbol: str) -> str:
    """maxNotionalValue of a symbol at the leverage in force."""
    return plain(maximum_notional(state.brackets(symbol), state.setting(account, symbol).leverage))


def window(
    rows: Iterable[Row], *, time: Callable[[Row], int], start: int | None, end: int | None, limit: int
) -> Sequence[Row]:
    """Rows of a period, oldest first: the first ones from ``start``, without it the newest."""
    found = [row for row in rows if (start is None or time(row) >= start) and (end is None or time(row) <= end)]
    return found[:limit] if start is not None else found[-limit:]


def _order_flags(order: Order) -> dict[str, Any]:
    algo = order.algo
    trail = (
        {}
        if algo is None or algo.trail is None
        else {"activatePrice": plain(algo.trail.activate_price), "priceRate": callback_percent(algo)}
    )
    return trail | {
        "type": order.order_type, "reduceOnly": order.reduce_only, "closePosition": bool(algo and algo.close_position),
        "side": order.side, "positionSide": order.position_side,
        "stopPrice": f"{order.stop_price:f}",
        "workingType": algo.working_type if algo else "CONTRACT_PRICE",
        "priceProtect": bool(algo and algo.price_protect),
        "origType": algo.order_type if algo else order.order_type, "priceMatch": order.price_match,
        "selfTradePreventionMode": order.self_trade, "goodTillDate": order.good_till_ms,
    }  # fmt: skip


def _algo(algo: AlgoOrder) -> dict[str, Any]:
    return {
        "algoId": algo.algo_id, "clientAlgoId": algo.client_algo_id, "algoType": CONDITIONAL,
        "orderType": algo.order_type, "symbol": algo.symbol, "side": algo.side, "positionSide": algo.position_side,
        "timeInForce": algo.time_in_force, "quantity": plain(algo.quantity), "algoStatus": algo.status,
        "triggerPrice": f"{algo.trigger_price:f}", "price": f"{algo.price:f}", "icebergQuantity": None,
        "selfTradePreventionMode": algo.self_trade, "workingType": algo.working_type, "priceMatch": algo.price_match,
        "closePosition": algo.close_position, "priceProtect": algo.price_protect,
        "reduceOnly": algo.reduce_only or algo.close_position, "createTime": algo.created_ms,
        "updateTime": algo.updated_ms, "triggerTime": algo.triggered_ms, "goodTillDate": algo.good_till_ms,
    }  # fmt: skip


def _algo_actual(algo: AlgoOrder) -> dict[str, Any]:
    known = algo.child is not None and algo.status in CHILD_KNOWN
    filled = algo.child is not None and algo.status is VenueStatus.FINISHED
    return {
        "actualOrderId": str(algo.child.order_id) if known and algo.child else "",
        "actualPrice": average(algo.child) if filled and algo.child else "0.00000",
        "tpOrderType": "",
    }


def _trail(algo: AlgoOrder) -> dict[str, Any]:
    activation = plain(algo.trail.activate_price) if algo.trail else ""
    return {"activatePrice": activation, "callbackRate": callback_percent(algo)}
