"""Account endpoints: balances, positions, switches, income."""

from operator import attrgetter
from typing import Any

from exchange.paper.core import account_answers as answers
from exchange.paper.core.answers import income_row
from exchange.paper.server.history import since_last_week
from exchange.paper.server.routing import Call, Routes, listed_symbol, signed


def account_v2(call: Call) -> Any:
    return answers.account_v2(call.host.state, call.account)


def account_v3(call: Call) -> Any:
    return answers.account_v3(call.host.state, call.account)


def balance(call: Call) -> Any:
    return answers.balance_rows(call.host.state, call.account)


def position_risk_v2(call: Call) -> Any:
    return answers.position_risk_v2(call.host.state, call.account, listed_symbol(call))


def position_risk_v3(call: Call) -> Any:
    return answers.position_risk_v3(call.host.state, call.account, listed_symbol(call))


def account_config(call: Call) -> Any:
    return answers.account_config(call.account)


def symbol_config(call: Call) -> Any:
    return answers.symbol_config(call.host.state, call.account, listed_symbol(call))


def position_mode(call: Call) -> Any:
    return {"dualSidePosition": call.account.hedge_mode}


def set_position_mode(call: Call) -> Any:
    return call.command("set_position_mode")


def multi_assets_mode(call: Call) -> Any:
    return {"multiAssetsMargin": call.account.multi_assets}


def set_leverage(call: Call) -> Any:
    return call.command("set_leverage")


def set_margin_type(call: Call) -> Any:
    return call.command("set_margin_type")


def leverage_bracket(call: Call) -> Any:
    symbol, venue = listed_symbol(call), call.host.venue
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
    limit = parameters.limit(default=100, maximum=1000)
    return [income_row(row) for row in since_last_week(call, rows, time=attrgetter("at_ms"), limit=limit)]


def fee_burn(call: Call) -> Any:
    return {"feeBurn": call.account.burns_bnb}


def set_fee_burn(call: Call) -> Any:
    return call.command("set_fee_burn")


def set_multi_assets_mode(call: Call) -> Any:
    return call.command("set_multi_assets")


ROUTES: Routes = {
    ("GET", "/fapi/v2/account"): signed(account_v2, 5),
    ("GET", "/fapi/v3/account"): signed(account_v3, 5),
    ("GET", "/fapi/v2/balance"): signed(balance, 5),
    ("GET", "/fapi/v3/balance"): signed(balance, 5),
    ("GET", "/fapi/v2/positionRisk"): signed(position_risk_v2, 5),
    ("GET", "/fapi/v3/positionRisk"): signed(position_risk_v3, 5),
    ("GET", "/fapi/v1/accountConfig"): signed(account_config, 5),
    ("GET", "/fapi/v1/symbolConfig"): signed(symbol_config, 5),
    ("GET", "/fapi/v1/positionSide/dual"): signed(position_mode, 30),
    ("POST", "/fapi/v1/positionSide/dual"): signed(set_position_mode),
    ("GET", "/fapi/v1/multiAssetsMargin"): signed(multi_assets_mode, 30),
    ("POST", "/fapi/v1/multiAssetsMargin"): signed(set_multi_assets_mode),
    ("GET", "/fapi/v1/feeBurn"): signed(fee_burn, 30),
    ("POST", "/fapi/v1/feeBurn"): signed(set_fee_burn),
    ("POST", "/fapi/v1/leverage"): signed(set_leverage),
    ("POST", "/fapi/v1/marginType"): signed(set_margin_type),
    ("GET", "/fapi/v1/leverageBracket"): signed(leverage_bracket),
    ("GET", "/fapi/v1/commissionRate"): signed(commission_rate, 20),
    ("GET", "/fapi/v1/income"): signed(income, 30),
}
