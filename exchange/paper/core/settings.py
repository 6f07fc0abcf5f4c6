"""Commands on the account's switches: leverage, margin type, position mode, multi-assets mode, fees in BNB."""

from typing import Any

from exchange.paper.core.accounts import Account
from exchange.paper.core.answers import maximum_notional_text
from exchange.paper.core.balances import balances, collateral
from exchange.paper.core.margin import maximum_notional
from exchange.paper.core.parameters import Parameters
from exchange.paper.core.refusals import VenueError
from exchange.paper.core.state import State
from exchange.types import MarginType

SUCCESS = {"code": 200, "msg": "success"}


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
    if any(abs(leg.quantity) * state.mark_price(symbol) > maximum_notional(brackets, leverage) for leg in held):
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
    if account.multi_assets:
        raise VenueError(-4168)
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


def set_multi_assets(state: State, account: Account, parameters: Parameters) -> dict[str, Any]:
    """POST /fapi/v1/multiAssetsMargin: cross margin from all assets; excludes isolated positions."""
    parameters.mandatory("multiAssetsMargin")
    multi_assets = parameters.flag("multiAssetsMargin")
    if multi_assets == account.multi_assets:
        raise VenueError(-4171)
    if any(setting.is_isolated for setting in account.settings.values()):
        raise VenueError(-4168)
    if account.open_orders or account.open_algos:
        raise VenueError(-4170)
    if not multi_assets and balances(state, account).margin - collateral(state, account) < 0:
        raise VenueError(-4169)
    account.multi_assets = multi_assets
    state.emit(account, "ACCOUNT_CONFIG_UPDATE", {"ai": {"j": multi_assets}})
    return SUCCESS


def set_fee_burn(state: State, account: Account, parameters: Parameters) -> dict[str, Any]:
    """POST /fapi/v1/feeBurn: pay commissions in BNB, a tenth cheaper."""
    parameters.mandatory("feeBurn")
    account.burns_bnb = parameters.flag("feeBurn")
    return SUCCESS
