"""Commands on an account's money and being: opening, deposits, withdrawals, starting anew."""

from decimal import Decimal
from typing import Any

from exchange.paper.core import events
from exchange.paper.core.accounts import Account
from exchange.paper.core.balances import balances
from exchange.paper.core.ledger import USDT
from exchange.paper.core.parameters import Parameters
from exchange.paper.core.refusals import VenueError
from exchange.paper.core.settlement import book_income, end_algo, end_order
from exchange.paper.core.state import State
from exchange.types import VenueStatus

SUCCESS = {"code": 200, "msg": "success"}


def open_account(state: State, parameters: Parameters) -> dict[str, Any]:
    """A new account with its key and first deposit. A key that has one already is refused (-1130)."""
    api_key = parameters.mandatory("api_key")
    if api_key in state.accounts:
        raise VenueError(-1130, "api_key")
    amount = parameters.decimal("deposit") or Decimal(0)
    account = Account(
        api_key=api_key,
        api_secret=parameters.mandatory("api_secret"),
        public_key=parameters.text("public_key") or "",
        created_ms=state.now_ms,
    )
    state.accounts[api_key] = account
    _transfer(state, account, amount, asset=USDT, reason="DEPOSIT")
    return {"api_key": api_key, "deposit": str(amount)}


def set_public_key(state: State, account: Account, parameters: Parameters) -> dict[str, Any]:
    """Control action: requests of this account may be signed with an RSA or Ed25519 key (PEM) from now on."""
    account.public_key = parameters.mandatory("public_key")
    return SUCCESS


def deposit(state: State, account: Account, parameters: Parameters) -> dict[str, Any]:
    """Add to the wallet, by default USDT."""
    amount, asset = parameters.mandatory_decimal("amount"), parameters.text("asset") or USDT
    _transfer(state, account, amount, asset=asset, reason="DEPOSIT")
    return SUCCESS


def withdraw(state: State, account: Account, parameters: Parameters) -> dict[str, Any]:
    """Take from the wallet what no position or order needs (-2018)."""
    amount, asset = parameters.mandatory_decimal("amount"), parameters.text("asset") or USDT
    free = balances(state, account).withdrawable if asset == USDT else account.ledger.balance(asset)
    if amount > free:
        raise VenueError(-2018)
    _transfer(state, account, -amount, asset=asset, reason="WITHDRAW")
    return SUCCESS


def reset_account(state: State, account: Account, parameters: Parameters) -> dict[str, Any]:
    """Control action: cancel everything, forget positions, history and money, and begin with a new deposit."""
    for order in list(account.open_orders.values()):
        end_order(state, account, order, VenueStatus.CANCELED)
    for algo in list(account.open_algos.values()):
        end_algo(state, account, algo, VenueStatus.CANCELED)
    gone = list(account.held())
    fresh = Account(
        api_key=account.api_key,
        api_secret=account.api_secret,
        public_key=account.public_key,
        created_ms=state.now_ms,
    )
    state.accounts[account.api_key] = fresh
    flat = [fresh.position(leg.symbol, leg.position_side) for leg in gone]
    if flat:
        members = events.account_event(state, fresh, reason="ADJUSTMENT", positions=flat)
        state.emit(fresh, "ACCOUNT_UPDATE", members)
    _transfer(state, fresh, parameters.decimal("deposit") or Decimal(0), asset=USDT, reason="DEPOSIT")
    return SUCCESS


def _transfer(state: State, account: Account, amount: Decimal, *, asset: str, reason: str) -> None:
    book_income(state, account, "TRANSFER", symbol="", amount=amount, asset=asset, info="TRANSFER")
    if amount:
        changed = events.account_event(state, account, reason=reason, changes={asset: amount}, assets=(asset,))
        state.emit(account, "ACCOUNT_UPDATE", changed)
