"""POST /fapi/v1/positionMargin: the owner moves margin into or out of an isolated position."""

from decimal import Decimal
from typing import Any

from exchange.paper.core import events
from exchange.paper.core.accounts import Account, MarginChange
from exchange.paper.core.balances import balances, figures
from exchange.paper.core.checks import check_position_side
from exchange.paper.core.parameters import Parameters
from exchange.paper.core.positions import Position
from exchange.paper.core.reading import read_position_side
from exchange.paper.core.refusals import VenueError
from exchange.paper.core.state import State
from exchange.rules import plain

ZERO = Decimal(0)
ADD, REDUCE = 1, 2


def move_margin(state: State, account: Account, parameters: Parameters) -> dict[str, Any]:
    """``type`` 1 adds, 2 takes out, USDT. Nothing leaves the account, so the ledger has no row."""
    symbol, kind = parameters.mandatory("symbol"), parameters.mandatory_integer("type")
    amount = parameters.mandatory_decimal("amount")
    state.require_symbol(symbol)
    if kind not in (ADD, REDUCE):
        raise VenueError(-1130, "type")
    if amount <= 0:
        raise VenueError(-4055)
    side = read_position_side(parameters)
    check_position_side(account, side)
    leg = account.position(symbol, side)
    _check(state, account, leg, amount=amount, adds=kind == ADD)
    leg.isolated_wallet += amount if kind == ADD else -amount
    account.margin_changes.append(
        MarginChange(symbol=symbol, position_side=side, amount=amount if kind == ADD else -amount, at_ms=state.now_ms)
    )
    state.emit(
        account, "ACCOUNT_UPDATE", events.account_event(state, account, reason="MARGIN_TRANSFER", positions=[leg])
    )
    return {"amount": float(amount), "code": 200, "msg": "Successfully modify position margin.", "type": kind}


def margin_change_row(row: MarginChange) -> dict[str, Any]:
    """Row of GET /fapi/v1/positionMargin/history."""
    return {
        "symbol": row.symbol, "type": ADD if row.amount > 0 else REDUCE, "deltaType": "USER_ADJUST",
        "amount": plain(row.amount), "asset": "USDT", "time": row.at_ms, "positionSide": row.position_side,
    }  # fmt: skip


def _check(state: State, account: Account, leg: Position, *, amount: Decimal, adds: bool) -> None:
    """Only isolated positions; out only what is above the initial margin, a loss counted."""
    if not state.setting(account, leg.symbol).is_isolated:
        raise VenueError(-4049)
    if not leg.quantity:
        raise VenueError(-4054)
    if adds:
        if amount > balances(state, account).available:
            raise VenueError(-4050)
        return
    row = figures(state, account, leg)
    if amount > leg.isolated_wallet + min(ZERO, row.unrealized) - row.position_margin:
        raise VenueError(-4051)
