"""How an order changes state: fills with their bookings, ends, and the orders that lose their position."""

from decimal import Decimal

from exchange.paper.core import events
from exchange.paper.core.accounts import Account
from exchange.paper.core.ledger import MAKER_FEE_RATIO, TAKER_FEE_RATIO, Income
from exchange.paper.core.orders import AlgoOrder, Fill, Order
from exchange.paper.core.positions import MONEY_GRID, apply_fill
from exchange.paper.core.state import State
from exchange.types import VenueStatus

IOC_REST, POSITION_GONE = "2", "4"


def open_order(state: State, account: Account, order: Order) -> None:
    """Give a checked order its id and put it on the book."""
    order.order_id = state.numbers.next_order()
    order.client_order_id = order.client_order_id or f"auto-{order.order_id}"
    account.add_order(order)
    state.emit(account, "ORDER_TRADE_UPDATE", events.order_event(order, execution="NEW", now_ms=state.now_ms))


def fill_order(
    state: State, account: Account, order: Order, *, quantity: Decimal, price: Decimal, is_maker: bool
) -> Fill:
    """Execute ``quantity`` at ``price`` and book it: position, fees, ledger, events."""
    fill = _settle(state, account, order, quantity=quantity, price=price, is_maker=is_maker)
    order.executed += quantity
    order.quote += quantity * price
    order.updated_ms = state.now_ms
    order.status = VenueStatus.PARTIALLY_FILLED if order.remaining else VenueStatus.FILLED
    if not order.is_open:
        del account.open_orders[order.order_id]
    account.fills.append(fill)
    position = account.position(order.symbol, order.position_side)
    state.emit(account, "TRADE_LITE", events.trade_lite_event(order, fill))
    state.emit(account, "ACCOUNT_UPDATE", events.account_event(state, account, reason="ORDER", positions=[position]))
    traded = events.order_event(order, execution="TRADE", now_ms=state.now_ms, fill=fill)
    state.emit(account, "ORDER_TRADE_UPDATE", traded)
    return fill


def end_order(state: State, account: Account, order: Order, status: VenueStatus, *, reason: str = "0") -> None:
    """Take an open order off the book as CANCELED or EXPIRED."""
    order.status, order.updated_ms = status, state.now_ms
    del account.open_orders[order.order_id]
    members = events.order_event(order, execution=status, now_ms=state.now_ms, reason=reason)
    state.emit(account, "ORDER_TRADE_UPDATE", members)


def end_algo(state: State, account: Account, algo: AlgoOrder, status: VenueStatus) -> None:
    """Take an untriggered conditional order off the book as CANCELED or EXPIRED."""
    algo.status, algo.updated_ms = status, state.now_ms
    del account.open_algos[algo.algo_id]
    state.emit(account, "ALGO_UPDATE", events.algo_event(algo))


def sweep(state: State, account: Account, symbol: str) -> None:
    """Expire what needs a position that is gone: resting close-only orders and GTE_GTC conditional orders."""
    for order in account.orders_on(symbol):
        if order.is_close_only and not account.position(symbol, order.position_side).closable(order.side):
            end_order(state, account, order, VenueStatus.EXPIRED, reason=POSITION_GONE)
    for algo in account.algos_on(symbol):
        if algo.needs_position and not account.position(symbol, algo.position_side).closable(algo.side):
            end_algo(state, account, algo, VenueStatus.EXPIRED)


def _settle(state: State, account: Account, order: Order, *, quantity: Decimal, price: Decimal, is_maker: bool) -> Fill:
    setting = state.setting(account, order.symbol)
    fee = (quantity * price * (MAKER_FEE_RATIO if is_maker else TAKER_FEE_RATIO)).quantize(MONEY_GRID)
    position = account.own_position(order.symbol, order.position_side)
    realized = apply_fill(
        position,
        side=order.side,
        quantity=quantity,
        price=price,
        fee=fee,
        isolated_leverage=setting.leverage if setting.is_isolated else None,
    )
    position.updated_ms = state.now_ms
    fill = Fill(
        trade_id=state.numbers.next_trade(),
        order_id=order.order_id,
        symbol=order.symbol,
        side=order.side,
        position_side=order.position_side,
        price=price,
        quantity=quantity,
        realized_pnl=realized,
        commission=fee,
        is_maker=is_maker,
        at_ms=state.now_ms,
    )
    _book_fill(state, account, fill)
    return fill


def _book_fill(state: State, account: Account, fill: Fill) -> None:
    trade = str(fill.trade_id)
    for income_type, amount in (("REALIZED_PNL", fill.realized_pnl), ("COMMISSION", -fill.commission)):
        account.ledger.book(
            Income(
                transaction_id=state.numbers.next_transaction(),
                income_type=income_type,
                symbol=fill.symbol,
                amount=amount,
                trade_id=trade,
                info=trade,
                at_ms=fill.at_ms,
            )
        )
