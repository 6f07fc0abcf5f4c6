"""PUT /fapi/v1/order: another price or quantity for a resting LIMIT order, which loses its place in the queue."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from exchange.paper.core import checks, events
from exchange.paper.core.accounts import Account, Amendment
from exchange.paper.core.answers import order_answer
from exchange.paper.core.execution import POST_ONLY, execute
from exchange.paper.core.kinds import OrderType, PriceMatch
from exchange.paper.core.orders import Order
from exchange.paper.core.parameters import Parameters
from exchange.paper.core.reading import matched_price, read_price_match, read_side
from exchange.paper.core.refusals import VenueError
from exchange.paper.core.settlement import end_order
from exchange.paper.core.state import State
from exchange.paper.core.trading import find_order
from exchange.types import VenueStatus


def amend_order(state: State, account: Account, parameters: Parameters) -> dict[str, Any]:
    """Refused modifications leave the order as it is. Partly filled beyond the new quantity, or post-only that would
    now take: it is cancelled instead, as the venue does."""
    order = _find(account, parameters)
    match = read_price_match(state, parameters, OrderType.LIMIT)
    price = (
        matched_price(state, order.symbol, order.side, match)
        if match is not PriceMatch.NONE
        else parameters.mandatory_decimal("price")
    )
    quantity = parameters.mandatory_decimal("quantity")
    price = state.shown(order.symbol, price)
    _check(state, account, order, price=price, quantity=quantity)
    would_take = order.time_in_force in POST_ONLY and state.quote(order.symbol).crosses(order.side, price)
    if quantity <= order.executed or would_take:
        end_order(state, account, order, VenueStatus.CANCELED)
    else:
        order.price_match, order.modify_id = match, parameters.text("modifyId") or ""
        _amend(state, account, order, price=price, quantity=quantity)
        execute(state, account, order)
    return order_answer(state, order) | {"pair": order.symbol, "modifyId": order.modify_id}


def amendment_row(row: Amendment) -> dict[str, Any]:
    """Row of GET /fapi/v1/orderAmendment."""
    return {
        "amendmentId": row.amendment_id, "symbol": row.order.symbol, "pair": row.order.symbol,
        "orderId": row.order.order_id, "clientOrderId": row.order.client_order_id, "time": row.at_ms,
        "amendment": {
            "price": {"before": f"{row.price_before:f}", "after": f"{row.price_after:f}"},
            "origQty": {"before": f"{row.quantity_before:f}", "after": f"{row.quantity_after:f}"},
            "count": row.number, "modifyId": row.modify_id,
        },
    }  # fmt: skip


def _find(account: Account, parameters: Parameters) -> Order:
    order, side = find_order(account, parameters), read_side(parameters)
    if order is None or not order.is_open or order.side is not side:
        raise VenueError(-2013)
    if order.order_type is not OrderType.LIMIT:
        raise VenueError(-5025)
    if parameters.flag("reduceOnly") and not order.reduce_only:
        raise VenueError(-5047)
    return order


def _check(state: State, account: Account, order: Order, *, price: Decimal, quantity: Decimal) -> None:
    """The filters and, for what opens, the margin as if the old order were gone."""
    state.require_trading(order.symbol)
    instrument = state.instrument(order.symbol)
    if (price, quantity) == (order.price, order.quantity):
        raise VenueError(-5027)
    if order.amended >= instrument.max_amendments:
        raise VenueError(-5026)
    checks.check_price(instrument, price)
    checks.check_price_band(instrument, price, side=order.side, mark=state.mark_price(order.symbol))
    checks.check_quantity(instrument, quantity, is_market=False)
    wanted = replace(order, price=price, quantity=quantity)
    if order.is_close_only:
        checks.check_reducible(account, wanted, besides=order)
        return
    checks.check_notional(instrument, quantity * price)
    if wanted.remaining > 0:
        checks.check_margin(state, account, wanted, quote=state.quote(order.symbol), instead_of=order)


def _amend(state: State, account: Account, order: Order, *, price: Decimal, quantity: Decimal) -> None:
    order.amended += 1
    account.amendments.append(
        Amendment(
            amendment_id=state.numbers.next_transaction(),
            order=order,
            at_ms=state.now_ms,
            price_before=order.price,
            price_after=price,
            quantity_before=order.quantity,
            quantity_after=quantity,
            number=order.amended,
            modify_id=order.modify_id,
        )
    )
    order.price, order.quantity, order.updated_ms = price, quantity, state.now_ms
    order.queue = state.numbers.next_queue()
    members = events.order_event(account, order, execution="AMENDMENT", now_ms=state.now_ms)
    state.emit(account, "ORDER_TRADE_UPDATE", members)
