"""Closing a position without its owner: the exchange's own orders, and what the insurance fund takes or adds."""

from decimal import Decimal
from typing import Any

from exchange.paper.core import events
from exchange.paper.core.accounts import Account
from exchange.paper.core.balances import bid_rate
from exchange.paper.core.fees import TAKER_FEE_RATIO, Commission
from exchange.paper.core.kinds import OrderType, TimeInForce
from exchange.paper.core.ledger import USDT
from exchange.paper.core.orders import Fill, Order
from exchange.paper.core.parameters import Parameters
from exchange.paper.core.positions import MONEY_GRID, Position
from exchange.paper.core.reading import read_position_side
from exchange.paper.core.refusals import VenueError
from exchange.paper.core.settlement import book_income, fill_order, open_order, sweep
from exchange.paper.core.state import State
from exchange.rules import ceil_to_step
from exchange.types import Side

ZERO = Decimal(0)
ADL_CLIENT_ID = "adl_autoclose"
FORCED_PREFIXES = {"LIQUIDATION": "autoclose-", "ADL": ADL_CLIENT_ID}


def force_close(
    state: State, account: Account, position: Position, *, quantity: Decimal, price: Decimal, client_order_id: str
) -> Fill:
    """Close ``quantity`` of a position at ``price`` as taker, paid in USDT; its sweep is the caller's."""
    order = Order(
        order_id=0,
        client_order_id=client_order_id,
        symbol=position.symbol,
        side=Side.SELL if position.quantity > 0 else Side.BUY,
        position_side=position.position_side,
        order_type=OrderType.MARKET,
        time_in_force=TimeInForce.GTC,
        quantity=quantity,
        price=ZERO,
        reduce_only=True,
        created_ms=state.now_ms,
        updated_ms=state.now_ms,
    )
    open_order(state, account, order)
    fee = (quantity * price * TAKER_FEE_RATIO).quantize(MONEY_GRID)
    return fill_order(
        state,
        account,
        order,
        quantity=quantity,
        price=price,
        is_maker=False,
        execution="CALCULATED",
        fee=Commission(fee, USDT, fee),
    )


def deleverage(state: State, account: Account, parameters: Parameters) -> dict[str, Any]:
    """Control action: auto-deleverage a position, or ``quantity`` of it, at the mark price (adl_autoclose)."""
    symbol = parameters.mandatory("symbol")
    state.require_trading(symbol)
    position = account.position(symbol, read_position_side(parameters))
    if not position.quantity:
        raise VenueError(-4054)
    held = abs(position.quantity)
    quantity = min(held, parameters.decimal("quantity") or held)
    price = ceil_to_step(state.mark_price(symbol), state.instrument(symbol).rules.tick_size)
    force_close(state, account, position, quantity=quantity, price=price, client_order_id=ADL_CLIENT_ID)
    sweep(state, account, symbol)
    cover_shortfall(state, account)
    return {"symbol": symbol, "quantity": f"{quantity:f}", "price": f"{price:f}"}


def cover_shortfall(state: State, account: Account) -> None:
    """An account without positions owes nothing: other assets, then the insurance fund, fill the wallet up to 0."""
    if account.ledger.wallet_balance < 0 and not any(account.held()):
        exchange_assets(state, account)
        insurance_clear(state, account, symbol="", amount=max(ZERO, -account.ledger.wallet_balance))


def insurance_clear(state: State, account: Account, *, symbol: str, amount: Decimal) -> None:
    """Book what the insurance fund adds (positive) or takes (negative), USDT."""
    if not amount:
        return
    book_income(state, account, "INSURANCE_CLEAR", symbol=symbol, amount=amount, info="INSURANCE_CLEAR")
    members = events.account_event(state, account, reason="INSURANCE_CLEAR", changes={USDT: amount})
    state.emit(account, "ACCOUNT_UPDATE", members)


def exchange_assets(state: State, account: Account) -> None:
    """In multi-assets mode, sell other assets for a negative USDT wallet as far as they reach."""
    for asset in account.ledger.assets() if account.multi_assets else ():
        owed, held = -account.ledger.wallet_balance, account.ledger.balance(asset)
        rate = ZERO if asset == USDT else bid_rate(state, asset)
        if owed <= 0 or held <= 0 or rate <= 0:
            continue
        sold = min(held, ceil_to_step(owed / rate, MONEY_GRID))
        changes = {asset: -sold, USDT: (sold * rate).quantize(MONEY_GRID)}
        for name, amount in changes.items():
            book_income(state, account, "AUTO_EXCHANGE", symbol="", amount=amount, asset=name, info="AUTO_EXCHANGE")
        members = events.account_event(state, account, reason="AUTO_EXCHANGE", changes=changes, assets=(USDT, asset))
        state.emit(account, "ACCOUNT_UPDATE", members)
