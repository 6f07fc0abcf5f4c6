"""Answers of the account endpoints: balances, positions, settings."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from exchange.paper.core.accounts import Account
from exchange.paper.core.answers import maximum_notional_text
from exchange.paper.core.balances import (
    Balances,
    PositionFigures,
    all_figures,
    balances,
    figures,
    position_liquidation_price,
    sides_shown,
)
from exchange.paper.core.fees import MAKER_FEE_RATIO, TAKER_FEE_RATIO
from exchange.paper.core.ledger import USDT
from exchange.paper.core.positions import Position
from exchange.paper.core.refusals import VenueError
from exchange.paper.core.state import State
from exchange.rules import plain


def account_v3(state: State, account: Account) -> dict[str, Any]:
    """GET /fapi/v3/account: only legs with a position or open orders."""
    found = balances(state, account)
    rows = [_position_v3(leg, row) for leg, row in all_figures(state, account)]
    return _totals(found) | {"assets": _assets(found, account), "positions": rows}


def account_v2(state: State, account: Account) -> dict[str, Any]:
    """GET /fapi/v2/account: every symbol that trades."""
    found = balances(state, account)
    assets = [asset | {"marginAvailable": True} for asset in _assets(found, account)]
    rows = [_position_v2(state, account, leg) for leg in _every_leg(state, account, state.venue.listed(state.now_ms))]
    switches = _switches(account) | {"feeBurn": account.burns_bnb}
    return switches | _totals(found) | {"assets": assets, "positions": rows}


def balance_rows(state: State, account: Account) -> list[dict[str, Any]]:
    """GET /fapi/v2/balance and v3."""
    found = balances(state, account)
    return [
        {
            "accountAlias": "paper", "asset": row["asset"], "balance": row["walletBalance"],
            "crossWalletBalance": row["crossWalletBalance"], "crossUnPnl": row["crossUnPnl"],
            "availableBalance": row["availableBalance"], "maxWithdrawAmount": row["maxWithdrawAmount"],
            "marginAvailable": True, "updateTime": row["updateTime"],
        }
        for row in _assets(found, account)
    ]  # fmt: skip


def position_risk_v3(state: State, account: Account, symbol: str | None) -> list[dict[str, Any]]:
    """GET /fapi/v3/positionRisk: only legs with a position or open orders."""
    rows = [(leg, row) for leg, row in all_figures(state, account) if symbol in (None, leg.symbol)]
    return [
        {
            "symbol": leg.symbol, "positionSide": leg.position_side, "positionAmt": plain(leg.quantity),
            "entryPrice": plain(leg.entry_price), "breakEvenPrice": plain(leg.break_even_price),
            "markPrice": plain(row.mark), "unRealizedProfit": plain(row.unrealized),
            "liquidationPrice": plain(position_liquidation_price(state, account, leg)),
            "isolatedMargin": _isolated_margin(leg, row), "notional": plain(row.notional), "marginAsset": "USDT",
            "isolatedWallet": plain(leg.isolated_wallet), "initialMargin": plain(row.initial_margin),
            "maintMargin": plain(row.maintenance), "positionInitialMargin": plain(row.position_margin),
            "openOrderInitialMargin": plain(row.order_margin), "adl": adl_quantile(leg, row),
            "bidNotional": plain(row.bid_notional), "askNotional": plain(row.ask_notional),
            "updateTime": leg.updated_ms,
        }
        for leg, row in rows
    ]  # fmt: skip


def position_risk_v2(state: State, account: Account, symbol: str | None) -> list[dict[str, Any]]:
    """GET /fapi/v2/positionRisk: every symbol that trades, or the one asked for."""
    symbols = [symbol] if symbol else state.venue.listed(state.now_ms)
    return [_risk_v2(state, account, leg) for leg in _every_leg(state, account, symbols)]


def account_config(account: Account) -> dict[str, Any]:
    """GET /fapi/v1/accountConfig."""
    return _switches(account) | {"dualSidePosition": account.hedge_mode}


def symbol_config(state: State, account: Account, symbol: str | None) -> list[dict[str, Any]]:
    """GET /fapi/v1/symbolConfig."""
    rows = []
    for name in [symbol] if symbol else state.venue.listed(state.now_ms):
        state.require_symbol(name)
        setting = state.setting(account, name)
        rows.append(
            {
                "symbol": name,
                "marginType": setting.margin_type,
                "isAutoAddMargin": False,
                "leverage": setting.leverage,
                "maxNotionalValue": maximum_notional_text(state, account, name),
            }
        )
    return rows


def commission_rate(symbol: str) -> dict[str, Any]:
    """GET /fapi/v1/commissionRate."""
    maker, taker = plain(MAKER_FEE_RATIO), plain(TAKER_FEE_RATIO)
    return {"symbol": symbol, "makerCommissionRate": maker, "takerCommissionRate": taker, "rpiCommissionRate": "0"}


def _totals(found: Balances) -> dict[str, Any]:
    return {
        "totalInitialMargin": plain(found.initial_margin), "totalMaintMargin": plain(found.maintenance),
        "totalWalletBalance": plain(found.wallet), "totalUnrealizedProfit": plain(found.unrealized),
        "totalMarginBalance": plain(found.margin), "totalPositionInitialMargin": plain(found.position_margin),
        "totalOpenOrderInitialMargin": plain(found.order_margin), "totalCrossWalletBalance": plain(found.cross_wallet),
        "totalCrossUnPnl": plain(found.cross_unrealized), "availableBalance": plain(found.available),
        "maxWithdrawAmount": plain(found.withdrawable),
    }  # fmt: skip


def _asset(found: Balances, account: Account) -> dict[str, Any]:
    return {
        "asset": "USDT", "walletBalance": plain(found.wallet), "unrealizedProfit": plain(found.unrealized),
        "marginBalance": plain(found.margin), "maintMargin": plain(found.maintenance),
        "initialMargin": plain(found.initial_margin), "positionInitialMargin": plain(found.position_margin),
        "openOrderInitialMargin": plain(found.order_margin), "crossWalletBalance": plain(found.cross_wallet),
        "crossUnPnl": plain(found.cross_unrealized), "availableBalance": plain(found.available),
        "maxWithdrawAmount": plain(found.withdrawable), "updateTime": _updated_ms(account),
    }  # fmt: skip


def _assets(found: Balances, account: Account) -> list[dict[str, Any]]:
    """USDT, then the other assets ever held; those carry no positions."""
    others = [_other_asset(account, asset) for asset in account.ledger.assets() if asset != USDT]
    return [_asset(found, account), *others]


def _other_asset(account: Account, asset: str) -> dict[str, Any]:
    held, unused = plain(account.ledger.balance(asset)), (
        "unrealizedProfit", "maintMargin", "initialMargin", "positionInitialMargin", "openOrderInitialMargin",
        "crossUnPnl",
    )  # fmt: skip
    filled = ("walletBalance", "marginBalance", "crossWalletBalance", "availableBalance", "maxWithdrawAmount")
    figures = dict.fromkeys(unused, "0") | dict.fromkeys(filled, held)
    return {"asset": asset, **figures, "updateTime": _updated_ms(account)}


def adl_quantile(leg: Position, row: PositionFigures) -> int:
    """Place in the queue for deleveraging: 1 without profit, up to 4 when the profit exceeds the margin."""
    if row.unrealized <= 0 or not row.position_margin:
        return 1 if leg.quantity else 0
    gain = row.unrealized / row.position_margin
    return 2 if gain <= Decimal("0.5") else 3 if gain <= 1 else 4


def _position_v3(leg: Position, row: PositionFigures) -> dict[str, Any]:
    return {
        "symbol": leg.symbol, "positionSide": leg.position_side, "positionAmt": plain(leg.quantity),
        "unrealizedProfit": plain(row.unrealized), "isolatedMargin": _isolated_margin(leg, row),
        "notional": plain(row.notional), "isolatedWallet": plain(leg.isolated_wallet),
        "initialMargin": plain(row.initial_margin), "maintMargin": plain(row.maintenance),
        "updateTime": leg.updated_ms,
    }  # fmt: skip


def _position_v2(state: State, account: Account, leg: Position) -> dict[str, Any]:
    row, setting = _figures(state, account, leg), state.setting(account, leg.symbol)
    return {
        "symbol": leg.symbol, "initialMargin": _text(row, "initial_margin"), "maintMargin": _text(row, "maintenance"),
        "unrealizedProfit": _text(row, "unrealized"), "positionInitialMargin": _text(row, "position_margin"),
        "openOrderInitialMargin": _text(row, "order_margin"), "leverage": str(setting.leverage),
        "isolated": setting.is_isolated, "entryPrice": plain(leg.entry_price),
        "breakEvenPrice": plain(leg.break_even_price),
        "maxNotional": maximum_notional_text(state, account, leg.symbol),
        "bidNotional": _text(row, "bid_notional"), "askNotional": _text(row, "ask_notional"),
        "positionSide": leg.position_side, "positionAmt": plain(leg.quantity), "updateTime": leg.updated_ms,
    }  # fmt: skip


def _risk_v2(state: State, account: Account, leg: Position) -> dict[str, Any]:
    row, setting = _figures(state, account, leg), state.setting(account, leg.symbol)
    liquidation = plain(position_liquidation_price(state, account, leg)) if leg.quantity else "0"
    return {
        "symbol": leg.symbol, "positionSide": leg.position_side, "positionAmt": plain(leg.quantity),
        "entryPrice": plain(leg.entry_price), "breakEvenPrice": plain(leg.break_even_price),
        "markPrice": _text(row, "mark"), "unRealizedProfit": _text(row, "unrealized"),
        "liquidationPrice": liquidation, "leverage": str(setting.leverage),
        "maxNotionalValue": maximum_notional_text(state, account, leg.symbol),
        "marginType": "isolated" if setting.is_isolated else "cross", "isAutoAddMargin": "false",
        "isolatedMargin": _isolated_margin(leg, row), "isolatedWallet": plain(leg.isolated_wallet),
        "notional": _text(row, "notional"), "updateTime": leg.updated_ms,
    }  # fmt: skip


def _figures(state: State, account: Account, leg: Position) -> PositionFigures | None:
    """Figures of a leg, None for a symbol that has not traded yet."""
    try:
        return figures(state, account, leg)
    except VenueError:
        return None


def _text(row: PositionFigures | None, name: str) -> str:
    return plain(getattr(row, name)) if row else "0"


def _isolated_margin(leg: Position, row: PositionFigures | None) -> str:
    return plain(leg.isolated_wallet + row.unrealized) if leg.isolated_wallet and row else "0"


def _every_leg(state: State, account: Account, symbols: Iterable[str]) -> list[Position]:
    names = list(symbols)
    for name in names:
        state.require_symbol(name)
    return [account.position(name, side) for name in names for side in sides_shown(account)]


def _updated_ms(account: Account) -> int:
    return account.ledger.rows[-1].at_ms if account.ledger.rows else account.created_ms


def _switches(account: Account) -> dict[str, Any]:
    return {
        "feeTier": 0, "canTrade": True, "canDeposit": True, "canWithdraw": True,
        "multiAssetsMargin": account.multi_assets, "tradeGroupId": -1, "updateTime": 0,
    }  # fmt: skip
