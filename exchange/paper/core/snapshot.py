"""The state as plain JSON values, complete enough that equal snapshots mean equal exchanges."""

from dataclasses import fields
from decimal import Decimal
from typing import Any

from exchange.paper.core.accounts import Account
from exchange.paper.core.orders import AlgoOrder, Order, Trail
from exchange.paper.core.state import State, Taken
from exchange.rules import plain


def snapshot(state: State) -> dict[str, Any]:
    numbers = state.numbers
    disturbed = {} if state.disturbances is None else {"faults": state.disturbances.as_row()}
    return disturbed | {
        "market_ms": state.now_ms,
        "seq": len(state.records),
        "numbers": {name.name: getattr(numbers, name.name) for name in fields(numbers)},
        "terms": state.terms.as_row(),
        "taken": {" ".join(key): _taken(rows) for key, rows in sorted(state.taken.items())},
        "funding": {symbol: _row(terms) for symbol, terms in sorted(state.funding.items())},
        "accounts": {key: account_snapshot(account) for key, account in state.accounts.items()},
    }


def account_snapshot(account: Account) -> dict[str, Any]:
    """One account without its secret; decimals as texts."""
    return {
        "hedge_mode": account.hedge_mode,
        "multi_assets": account.multi_assets,
        "burns_bnb": account.burns_bnb,
        "wallet_balance": plain(account.ledger.wallet_balance),
        "balances": {asset: plain(account.ledger.balance(asset)) for asset in account.ledger.assets()},
        "settings": {symbol: [s.leverage, s.margin_type] for symbol, s in sorted(account.settings.items())},
        "positions": [_row(position) for _, position in sorted(account.positions.items()) if position.quantity],
        "orders": [_row(order) for order in account.orders.values()],
        "algo_orders": [_row(algo) for algo in account.algos.values()],
        "fills": [_row(fill) for fill in account.fills],
        "income": [_row(row) for row in account.ledger.rows],
        "amendments": [_row(row) for row in account.amendments],
        "margin_changes": [_row(row) for row in account.margin_changes],
        "countdowns": dict(sorted(account.countdowns.items())),
        "warned": sorted(account.warned),
    }


def _taken(rows: Taken) -> dict[str, list[Any]]:
    return {plain(price): [at_ms, plain(quantity)] for price, (at_ms, quantity) in sorted(rows.items())}


def _row(item: Any) -> dict[str, Any]:
    return {field.name: _plain(getattr(item, field.name)) for field in fields(item)}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, Order):
        return value.order_id
    if isinstance(value, AlgoOrder):
        return value.algo_id
    if isinstance(value, Trail):
        return _row(value)
    return value
