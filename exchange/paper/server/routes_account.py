"""Account endpoints: balances, positions, switches, income, listen keys."""

import secrets
from operator import attrgetter
from typing import Any

from exchange.paper.core import account_answers as answers
from exchange.paper.core.answers import income_row, window
from exchange.paper.core.refusals import VenueError
from exchange.paper.server.routing import Access, Call, Handler, Route, Routes


def account_v2(call: Call) -> Any:
    return answers.account_v2(call.host.state, call.account)


def account_v3(call: Call) -> Any:
    return answers.account_v3(call.host.state, call.account)


def balance(call: Call) -> Any:
    return answers.balance_rows(call.host.state, call.account)


def position_risk_v2(call: Call) -> Any:
    return answers.position_risk_v2(call.host.state, call.account, _symbol(call))


def position_risk_v3(call: Call) -> Any:
    return answers.position_risk_v3(call.host.state, call.account, _symbol(call))


def account_config(call: Call) -> Any:
    return answers.account_config(call.account)


def symbol_config(call: Call) -> Any:
    return answers.symbol_config(call.host.state, call.account, _symbol(call))


def position_mode(call: Call) -> Any:
    return {"dualSidePosition": call.account.hedge_mode}


def set_position_mode(call: Call) -> Any:
    return call.command("set_position_mode")


def multi_assets_mode(call: Call) -> Any:
    return {"multiAssetsMargin": False}


def set_leverage(call: Call) -> Any:
    return call.command("set_leverage")


def set_margin_type(call: Call) -> Any:
    return call.command("set_margin_type")


def leverage_bracket(call: Call) -> Any:
    symbol, venue = _symbol(call), call.host.venue
    return [venue.brackets(name) for name in ([symbol] if symbol else venue.listed(call.now_ms))]


def commission_rate(call: Call) -> Any:
    symbol = call.parameters.mandatory("symbol")
    call.host.state.require_symbol(symbol)
    return answers.commission_rate(symbol)


def income(call: Call) -> Any:
    """Ledger rows, oldest first: the first ones from startTime, without it the newest."""
    parameters = call.parameters
    symbol, kind = parameters.text("symbol"), parameters.text("incomeType")
    rows = [row for row in call.account.ledger.rows if symbol in (None, row.symbol) and kind in (None, row.income_type)]
    start, end = parameters.period()
    limit = parameters.limit(default=100, maximum=1000)
    return [income_row(row) for row in window(rows, time=attrgetter("at_ms"), start=start, end=end, limit=limit)]


def start_stream(call: Call) -> Any:
    """A new listen key, or the living one extended."""
    api_key = call.account.api_key
    listen_key = call.host.listen_keys.of(api_key) or secrets.token_hex(32)
    call.host.renew_listen_key(listen_key, api_key)
    return {"listenKey": listen_key}


def extend_stream(call: Call) -> Any:
    api_key = call.account.api_key
    listen_key = call.host.listen_keys.of(api_key)
    if listen_key is None:
        raise VenueError(-1125)
    call.host.renew_listen_key(listen_key, api_key)
    return {"listenKey": listen_key}


def end_stream(call: Call) -> Any:
    call.host.remove_listen_key(call.account.api_key)
    return {}


def _symbol(call: Call) -> str | None:
    symbol = call.parameters.text("symbol")
    if symbol is not None:
        call.host.state.require_symbol(symbol)
    return symbol


def _signed(handler: Handler, weight: int = 1) -> Route:
    return Route(handler=handler, access=Access.SIGNED, weight=weight)


def _keyed(handler: Handler) -> Route:
    return Route(handler=handler, access=Access.KEY)


ROUTES: Routes = {
    ("GET", "/fapi/v2/account"): _signed(account_v2, 5),
    ("GET", "/fapi/v3/account"): _signed(account_v3, 5),
    ("GET", "/fapi/v2/balance"): _signed(balance, 5),
    ("GET", "/fapi/v3/balance"): _signed(balance, 5),
    ("GET", "/fapi/v2/positionRisk"): _signed(position_risk_v2, 5),
    ("GET", "/fapi/v3/positionRisk"): _signed(position_risk_v3, 5),
    ("GET", "/fapi/v1/accountConfig"): _signed(account_config, 5),
    ("GET", "/fapi/v1/symbolConfig"): _signed(symbol_config, 5),
    ("GET", "/fapi/v1/positionSide/dual"): _signed(position_mode, 30),
    ("POST", "/fapi/v1/positionSide/dual"): _signed(set_position_mode),
    ("GET", "/fapi/v1/multiAssetsMargin"): _signed(multi_assets_mode, 30),
    ("POST", "/fapi/v1/leverage"): _signed(set_leverage),
    ("POST", "/fapi/v1/marginType"): _signed(set_margin_type),
    ("GET", "/fapi/v1/leverageBracket"): _signed(leverage_bracket),
    ("GET", "/fapi/v1/commissionRate"): _signed(commission_rate, 20),
    ("GET", "/fapi/v1/income"): _signed(income, 30),
    ("POST", "/fapi/v1/listenKey"): _keyed(start_stream),
    ("PUT", "/fapi/v1/listenKey"): _keyed(extend_stream),
    ("DELETE", "/fapi/v1/listenKey"): _keyed(end_stream),
}
