"""Account endpoints about margin and standing: isolated margin, queue for deleveraging, limits, agreements."""

from decimal import Decimal
from operator import attrgetter
from typing import Any

from exchange.paper.core.account_answers import adl_quantile
from exchange.paper.core.answers import window
from exchange.paper.core.balances import all_figures
from exchange.paper.core.margin_moves import margin_change_row
from exchange.paper.server.routing import Call, Routes, listed_symbol, signed
from exchange.paper.server.weights import ORDERS_PER_10S, ORDERS_PER_MINUTE

ZERO = Decimal(0)
ORDER_LIMITS = [
    {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": ORDERS_PER_10S},
    {"rateLimitType": "ORDERS", "interval": "MINUTE", "intervalNum": 1, "limit": ORDERS_PER_MINUTE},
]


def move_margin(call: Call) -> Any:
    return call.command("move_margin")


def margin_history(call: Call) -> Any:
    symbol, kind = call.parameters.mandatory("symbol"), call.parameters.integer("type")
    call.host.state.require_symbol(symbol)
    rows = [row for row in call.account.margin_changes if row.symbol == symbol]
    if kind is not None:
        rows = [row for row in rows if (row.amount > ZERO) == (kind == 1)]
    start, end = call.parameters.period()
    limit = call.parameters.limit(default=100, maximum=500)
    return [margin_change_row(row) for row in window(rows, time=attrgetter("at_ms"), start=start, end=end, limit=limit)]


def adl_quantiles(call: Call) -> Any:
    """Held symbols with the place of each leg in the queue, 4 is the next to be deleveraged."""
    symbol, rows = listed_symbol(call), all_figures(call.host.state, call.account)
    found: dict[str, dict[str, int]] = {}
    for leg, figures in rows:
        if leg.quantity and symbol in (None, leg.symbol):
            found.setdefault(leg.symbol, {})[leg.position_side.value] = adl_quantile(leg, figures)
    answers = [{"symbol": name, "adlQuantile": quantiles} for name, quantiles in sorted(found.items())]
    return answers[0] if symbol is not None and answers else answers


def trading_status(call: Call) -> Any:
    """No indicator is ever violated here."""
    return {"indicators": {}, "updateTime": call.now_ms}


def order_limits(call: Call) -> Any:
    return ORDER_LIMITS


def sign_agreement(call: Call) -> Any:
    """The agreement for contracts on stocks; there are none."""
    return {"code": 200, "msg": "success"}


ROUTES: Routes = {
    ("POST", "/fapi/v1/positionMargin"): signed(move_margin),
    ("GET", "/fapi/v1/positionMargin/history"): signed(margin_history),
    ("GET", "/fapi/v1/adlQuantile"): signed(adl_quantiles, 5),
    ("GET", "/fapi/v1/apiTradingStatus"): signed(trading_status, 1, 10),
    ("GET", "/fapi/v1/rateLimit/order"): signed(order_limits),
    ("POST", "/fapi/v1/stock/contract"): signed(sign_agreement, 50),
}
