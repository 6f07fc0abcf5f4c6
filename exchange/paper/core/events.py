"""Members of the user stream's events, spelled as the venue spells them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from exchange.paper.core.accounts import Account
from exchange.paper.core.ledger import USDT
from exchange.paper.core.orders import AlgoOrder, Fill, Order
from exchange.paper.core.positions import Position
from exchange.paper.core.state import State
from exchange.rules import plain
from exchange.types import Side, VenueStatus

ZERO = Decimal(0)
AVERAGE_GRID = Decimal("0.00000001")
CHILD_KNOWN = frozenset({VenueStatus.TRIGGERED, VenueStatus.FINISHED})
CONDITIONAL = "CONDITIONAL"


def average(order: Order) -> str:
    return plain(order.average_price.quantize(AVERAGE_GRID))


def order_event(
    account: Account, order: Order, *, execution: str, now_ms: int, fill: Fill | None = None, reason: str = "0"
) -> dict[str, Any]:
    """Members of ORDER_TRADE_UPDATE; ``reason`` is the venue's expiry reason (``settlement.Expiry``)."""
    algo = order.algo
    row = {
        "s": order.symbol, "c": order.client_order_id, "S": order.side, "o": order.order_type,
        "f": order.time_in_force, "q": plain(order.quantity), "p": f"{order.price:f}", "ap": average(order),
        "sp": f"{order.stop_price:f}", "x": execution, "X": order.status, "i": order.order_id,
        "l": plain(fill.quantity) if fill else "0", "z": plain(order.executed),
        "L": plain(fill.price) if fill else "0", "T": now_ms, "t": fill.trade_id if fill else 0,
        "b": _resting(account, order.symbol, Side.BUY), "a": _resting(account, order.symbol, Side.SELL),
        "m": bool(fill and fill.is_maker), "R": order.reduce_only,
        "wt": algo.working_type if algo else "CONTRACT_PRICE",
        "ot": algo.order_type if algo else order.order_type, "ps": order.position_side,
        "cp": bool(algo and algo.close_position), "pP": bool(algo and algo.price_protect), "si": 0, "ss": 0,
        "rp": plain(fill.realized_pnl) if fill else "0", "V": order.self_trade, "pm": order.price_match,
        "gtd": order.good_till_ms, "er": reason,
    }  # fmt: skip
    if fill:
        row |= {"N": fill.commission_asset, "n": plain(fill.commission)}
    if execution == "AMENDMENT":
        row["M"] = order.modify_id
    if algo and algo.trail:
        row |= {"AP": plain(algo.trail.activate_price), "cr": callback_percent(algo)}
    return {"o": row}


def _resting(account: Account, symbol: str, side: Side) -> str:
    """What the account's open orders of a side would trade, USDT."""
    found = (order for order in account.orders_on(symbol) if order.side is side)
    return plain(sum((order.remaining * order.price for order in found), ZERO))


def callback_percent(algo: AlgoOrder) -> str:
    """callbackRate as the venue shows it, in percent; empty without."""
    return plain(algo.trail.callback_ratio * 100) if algo.trail else ""


def trade_lite_event(order: Order, fill: Fill) -> dict[str, Any]:
    """Members of TRADE_LITE."""
    return {
        "s": order.symbol, "q": plain(order.quantity), "p": f"{order.price:f}", "m": fill.is_maker,
        "c": order.client_order_id, "S": order.side, "L": plain(fill.price), "l": plain(fill.quantity),
        "t": fill.trade_id, "i": order.order_id,
    }  # fmt: skip


def algo_event(algo: AlgoOrder, *, reject_reason: str = "") -> dict[str, Any]:
    """Members of ALGO_UPDATE; the child's members appear once it exists."""
    row: dict[str, Any] = {
        "caid": algo.client_algo_id, "aid": algo.algo_id, "at": CONDITIONAL, "o": algo.order_type, "s": algo.symbol,
        "S": algo.side, "ps": algo.position_side, "f": algo.time_in_force, "q": plain(algo.quantity),
        "X": algo.status, "ai": "", "tp": f"{algo.trigger_price:f}", "p": f"{algo.price:f}", "V": algo.self_trade,
        "wt": algo.working_type, "pm": algo.price_match, "cp": algo.close_position, "pP": algo.price_protect,
        "R": algo.reduce_only or algo.close_position, "tt": algo.triggered_ms, "gtd": algo.good_till_ms,
        "rm": reject_reason,
    }  # fmt: skip
    if algo.trail:
        row |= {"ia": algo.trail.is_active, "AP": plain(algo.trail.activate_price), "cr": callback_percent(algo)}
    child = algo.child
    if child and algo.status in CHILD_KNOWN:
        finished = algo.status is VenueStatus.FINISHED
        row |= {
            "ai": str(child.order_id),
            "ap": average(child) if finished else "0",
            "aq": plain(child.executed) if finished else "0",
            "act": child.order_type,
        }
    elif algo.status is not VenueStatus.TRIGGERING:
        row |= {"ap": "0.00000", "aq": "0.00000", "act": "0"}
    return {"o": row}


def account_event(
    state: State,
    account: Account,
    *,
    reason: str,
    positions: Sequence[Position] = (),
    changes: Mapping[str, Decimal] | None = None,
    assets: Sequence[str] = (USDT,),
    symbol: str = "",
) -> dict[str, Any]:
    """Members of ACCOUNT_UPDATE. ``changes`` are balance changes other than PnL and fees; ``symbol`` for funding."""
    rows = [balance_row(account, asset, change=(changes or {}).get(asset, ZERO)) for asset in assets]
    members = {"m": reason, "B": rows, "P": [position_row(state, account, leg) for leg in positions]}
    return {"a": members | ({"S": symbol} if symbol else {})}


def balance_row(account: Account, asset: str, *, change: Decimal) -> dict[str, Any]:
    wallet = account.ledger.balance(asset)
    crossed = wallet - account.isolated_wallets() if asset == USDT else wallet
    return {"a": asset, "wb": plain(wallet), "cw": plain(crossed), "bc": plain(change)}


def position_row(state: State, account: Account, position: Position) -> dict[str, Any]:
    isolated = state.setting(account, position.symbol).is_isolated
    mark = state.mark_price(position.symbol)
    return {
        "s": position.symbol,
        "pa": plain(position.quantity),
        "ep": plain(position.entry_price),
        "bep": plain(position.break_even_price),
        "cr": plain(position.realized_total),
        "up": plain(position.unrealized(mark)),
        "mt": "isolated" if isolated else "cross",
        "iw": plain(position.isolated_wallet),
        "ps": position.position_side,
        "ma": "USDT",
    }
