"""Commands on the account itself: opening, money, leverage, margin type, position mode."""

from decimal import Decimal
from typing import Any

from exchange.paper.core import events
from exchange.paper.core.accounts import Account
from exchange.paper.core.answers import maximum_notional_text
from exchange.paper.core.ledger import Income
from exchange.paper.core.margin import maximum_notional
from exchange.paper.core.parameters import Parameters
from exchange.paper.core.refusals import VenueError
from exchange.paper.core.state import State
from exchange.types import MarginType

SUCCESS = {"code": 200, "msg": "success"}


def open_account(state: State, parameters: Parameters) -> dict[str, Any]:
    """A new account with its key and first deposit. A key that has one already is refused (-1130)."""
    api_key = parameters.mandatory("api_key")
    if api_key in state.accounts:
        raise VenueError(-1130, "api_key")
    amount = parameters.decimal("deposit") or Decimal(0)
    account = Account(api_key=api_key, api_secret=parameters.mandatory("api_secret"), created_ms=state.now_ms)
    state.accounts[api_key] = account
    _credit(state, account, amount)
    return {"api_key": api_key, "deposit": str(amount)}


def deposit(state: State, account: Account, parameters: Parameters) -> dict[str, Any]:
    """Add USDT to the wallet."""
    _credit(state, account, parameters.mandatory_decimal("amount"))
    return SUCCESS


def set_leverage(state: State, account: Account, parameters: Parameters) -> dict[str, Any]:
    """POST /fapi/v1/leverage."""
    symbol = parameters.mandatory("symbol")
    leverage = parameters.mandatory_integer("leverage")
    state.require_symbol(symbol)
    brackets, setting = state.brackets(symbol), state.setting(account, symbol)
    if not 1 <= leverage <= brackets[0].initial_leverage:
        raise VenueError(-4028, leverage)
    held = [leg for leg in account.legs(symbol) if leg.quantity]
    if setting.is_isolated and held and leverage < setting.leverage:
        raise VenueError(-4161)
    if any(abs(leg.quantity) * state.last_price(symbol) > maximum_notional(brackets, leverage) for leg in held):
        raise VenueError(-2027)
    account.settings[symbol] = setting
    setting.leverage = leverage
    state.emit(account, "ACCOUNT_CONFIG_UPDATE", {"ac": {"s": symbol, "l": leverage}})
    return {"symbol": symbol, "leverage": leverage, "maxNotionalValue": maximum_notional_text(state, account, symbol)}


def set_margin_type(state: State, account: Account, parameters: Parameters) -> dict[str, Any]:
    """POST /fapi/v1/marginType."""
    symbol = parameters.mandatory("symbol")
    parameters.mandatory("marginType")
    margin_type = parameters.choice("marginType", MarginType, code=-1130)
    assert margin_type is not None
    state.require_symbol(symbol)
    setting = state.setting(account, symbol)
    if setting.margin_type is margin_type:
        raise VenueError(-4046)
    if account.orders_on(symbol) or account.algos_on(symbol):
        raise VenueError(-4047)
    if any(leg.quantity for leg in account.legs(symbol)):
        raise VenueError(-4048)
    account.settings[symbol] = setting
    setting.margin_type = margin_type
    return SUCCESS


def set_position_mode(state: State, account: Account, parameters: Parameters) -> dict[str, Any]:
    """POST /fapi/v1/positionSide/dual: true is hedge mode."""
    parameters.mandatory("dualSidePosition")
    hedge_mode = parameters.flag("dualSidePosition")
    if hedge_mode == account.hedge_mode:
        raise VenueError(-4059)
    if account.open_orders or account.open_algos:
        raise VenueError(-4067)
    if any(account.held()):
        raise VenueError(-4068)
    account.hedge_mode = hedge_mode
    return SUCCESS


def _credit(state: State, account: Account, amount: Decimal) -> None:
    transfer = Income(
        transaction_id=state.numbers.next_transaction(),
        income_type="TRANSFER",
        symbol="",
        amount=amount,
        trade_id="",
        info="TRANSFER",
        at_ms=state.now_ms,
    )
    account.ledger.book(transfer)
    if amount:
        state.emit(account, "ACCOUNT_UPDATE", events.account_event(state, account, reason="DEPOSIT", change=amount))
