"""How an order changes state: fills with their bookings, ends, and the orders that lose their position."""

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from functools import partial

from exchange.paper.core import events
from exchange.paper.core.accounts import Account
from exchange.paper.core.fees import Commission, commission
from exchange.paper.core.ledger import USDT, Income
from exchange.paper.core.orders import AlgoOrder, Fill, Order
from exchange.paper.core.positions import apply_fill
from exchange.paper.core.state import State
from exchange.types import VenueStatus

ZERO = Decimal(0)


class Expiry(StrEnum):
    """The venue's expiry reasons (``er``)."""

    NONE = "0"
    SELF_TRADE = "1"
    IOC_REST = "2"
    IOC_SELF_TRADE = "3"
    POSITION_GONE = "4"
    LIQUIDATION = "5"
    DELISTING = "7"
    MARKET_REST = "9"


def open_order(state: State, account: Account, order: Order) -> None:
    """Give a checked order its id and put it on the book."""
    order.order_id = state.numbers.next_order()
    order.queue = state.numbers.next_queue()
    order.client_order_id = order.client_order_id or f"auto-{order.order_id}"
    account.add_order(order)
    state.emit(account, "ORDER_TRADE_UPDATE", events.order_event(account, order, execution="NEW", now_ms=state.now_ms))


def fill_order(
    state: State,
    account: Account,
    order: Order,
    *,
    quantity: Decimal,
    price: Decimal,
    is_maker: bool,
    execution: str = "TRADE",
    fee: Commission | None = None,
) -> Fill:
    """Execute ``quantity`` at ``price`` and book it: position, fees, ledger, events. ``fee`` None is the usual one."""
    pieces: Sequence[Decimal] = [quantity]
    if state.disturbances is not None and fee is None:
        pieces = state.disturbances.pieces(state, account, order, quantity)
    fill = partial(_fill, state, account, order, price=price, is_maker=is_maker, execution=execution, fee=fee)
    return [fill(quantity=piece) for piece in pieces][-1]


def _fill(
    state: State,
    account: Account,
    order: Order,
    *,
    quantity: Decimal,
    price: Decimal,
    is_maker: bool,
    execution: str,
    fee: Commission | None,
) -> Fill:
    paid = commission(state, account, quantity * price, is_maker=is_maker) if fee is None else fee
    fill = _settle(state, account, order, quantity=quantity, price=price, is_maker=is_maker, paid=paid)
    order.executed += quantity
    order.quote += quantity * price
    order.updated_ms = state.now_ms
    order.status = VenueStatus.PARTIALLY_FILLED if order.remaining else VenueStatus.FILLED
    if not order.is_open:
        del account.open_orders[order.order_id]
    account.fills.append(fill)
    _tell(state, account, order, fill, execution=execution)
    _finish_parent(state, account, order)
    return fill


def end_order(
    state: State, account: Account, order: Order, status: VenueStatus, *, reason: Expiry = Expiry.NONE
) -> None:
    """Take an open order off the book as CANCELED, EXPIRED or EXPIRED_IN_MATCH."""
    order.status, order.updated_ms = status, state.now_ms
    del account.open_orders[order.order_id]
    execution = VenueStatus.CANCELED if status is VenueStatus.CANCELED else VenueStatus.EXPIRED
    members = events.order_event(account, order, execution=execution, now_ms=state.now_ms, reason=reason)
    state.emit(account, "ORDER_TRADE_UPDATE", members)
    _finish_parent(state, account, order)


def end_algo(state: State, account: Account, algo: AlgoOrder, status: VenueStatus) -> None:
    """Take an untriggered conditional order off the book as CANCELED or EXPIRED."""
    del account.open_algos[algo.algo_id]
    step_algo(state, account, algo, status)


def step_algo(state: State, account: Account, algo: AlgoOrder, status: VenueStatus, *, reject_reason: str = "") -> None:
    """Move a conditional order on and say so."""
    algo.status, algo.updated_ms = status, state.now_ms
    state.emit(account, "ALGO_UPDATE", events.algo_event(algo, reject_reason=reject_reason))


def sweep(state: State, account: Account, symbol: str) -> None:
    """Expire or shrink what needs a position that is gone: resting close-only orders, GTE_GTC conditional orders.

    The oldest close-only orders keep their quantity; of those that no longer fit one is cut and the rest expires.
    """
    free: dict[tuple[str, str], Decimal] = {}
    for order in account.orders_on(symbol):
        if not order.is_close_only:
            continue
        key = (order.position_side, order.side)
        left = free.setdefault(key, account.position(symbol, order.position_side).closable(order.side))
        if not left:
            end_order(state, account, order, VenueStatus.EXPIRED, reason=Expiry.POSITION_GONE)
            continue
        if order.remaining > left:
            _shrink(state, account, order, to=left)
        free[key] = left - order.remaining
    for algo in account.algos_on(symbol):
        if algo.needs_position and not account.position(symbol, algo.position_side).closable(algo.side):
            end_algo(state, account, algo, VenueStatus.EXPIRED)


def book_income(
    state: State,
    account: Account,
    income_type: str,
    *,
    symbol: str,
    amount: Decimal,
    asset: str = USDT,
    trade_id: str = "",
    info: str = "",
) -> None:
    """Add a row to the account's ledger, now."""
    row = Income(
        transaction_id=state.numbers.next_transaction(),
        income_type=income_type,
        symbol=symbol,
        amount=amount,
        trade_id=trade_id,
        info=info,
        at_ms=state.now_ms,
        asset=asset,
    )
    account.ledger.book(row)


def _shrink(state: State, account: Account, order: Order, *, to: Decimal) -> None:
    order.quantity, order.updated_ms = order.executed + to, state.now_ms
    members = events.order_event(
        account, order, execution="AMENDMENT", now_ms=state.now_ms, reason=Expiry.POSITION_GONE
    )
    state.emit(account, "ORDER_TRADE_UPDATE", members)


def _finish_parent(state: State, account: Account, order: Order) -> None:
    """A conditional order ends when the child it triggered is no longer open."""
    if order.algo is not None and order.algo.status is VenueStatus.TRIGGERED and not order.is_open:
        step_algo(state, account, order.algo, VenueStatus.FINISHED)


def _tell(state: State, account: Account, order: Order, fill: Fill, *, execution: str) -> None:
    position = account.position(order.symbol, order.position_side)
    assets = (USDT,) if fill.commission_asset == USDT else (USDT, fill.commission_asset)
    changed = events.account_event(state, account, reason="ORDER", positions=[position], assets=assets)
    traded = events.order_event(account, order, execution=execution, now_ms=state.now_ms, fill=fill)
    state.emit(account, "TRADE_LITE", events.trade_lite_event(order, fill))
    state.emit(account, "ACCOUNT_UPDATE", changed)
    state.emit(account, "ORDER_TRADE_UPDATE", traded)


def _settle(
    state: State,
    account: Account,
    order: Order,
    *,
    quantity: Decimal,
    price: Decimal,
    is_maker: bool,
    paid: Commission,
) -> Fill:
    setting = state.setting(account, order.symbol)
    position = account.own_position(order.symbol, order.position_side)
    realized = apply_fill(
        position,
        side=order.side,
        quantity=quantity,
        price=price,
        fee=paid.worth,
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
        commission=paid.amount,
        commission_asset=paid.asset,
        is_maker=is_maker,
        at_ms=state.now_ms,
    )
    _book_fill(state, account, fill)
    return fill


def _book_fill(state: State, account: Account, fill: Fill) -> None:
    trade = str(fill.trade_id)
    for income_type, amount, asset in (
        ("REALIZED_PNL", fill.realized_pnl, USDT),
        ("COMMISSION", -fill.commission, fill.commission_asset),
    ):
        book_income(
            state,
            account,
            income_type,
            symbol=fill.symbol,
            amount=amount,
            asset=asset,
            trade_id=trade,
            info=trade,
        )
