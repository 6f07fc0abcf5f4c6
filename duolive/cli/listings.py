"""``positions``, ``orders``, ``trades``, ``signals``: rows of the desk, newest first."""

from argparse import Namespace
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.conf import settings

from duolive.cli.desk import require_desk
from duolive.cli.output import Output
from signals.models import Signal
from trading.core.states import LIVE
from trading.models import Order, Position
from trading.selectors import closed_positions, open_positions, protection_of, unrealized_pnl
from trading.selectors import orders as all_orders

POSITION_COLUMNS = {
    "symbol": "symbol",
    "direction": "direction",
    "status": "status",
    "quantity": "quantity",
    "entry_price": "entry",
    "mark_price": "mark",
    "unrealized_pnl": "PnL USDT",
    "stop_price": "stop",
    "take_profit_price": "take-profit",
    "protection": "protection",
    "filled_at": "filled (UTC)",
}
ORDER_COLUMNS = {
    "symbol": "symbol",
    "purpose": "purpose",
    "side": "side",
    "order_type": "type",
    "quantity": "quantity",
    "price": "price",
    "trigger_price": "trigger",
    "status": "status",
    "reason": "reason",
    "client_order_id": "id",
}
TRADE_COLUMNS = {
    "symbol": "symbol",
    "direction": "direction",
    "quantity": "quantity",
    "entry_price": "entry",
    "exit_price": "exit",
    "exit_reason": "reason",
    "result": "result USDT",
    "filled_at": "filled (UTC)",
    "closed_at": "closed (UTC)",
}
SIGNAL_COLUMNS = {
    "symbol": "symbol",
    "candle_open": "hour (UTC)",
    "ratio": "ratio",
    "price": "price",
    "status": "status",
    "reason": "reason",
}


def positions(options: Namespace, output: Output) -> None:
    """Positions that hold something or may soon."""
    _show(
        "positions",
        POSITION_COLUMNS,
        [_position(row) for row in open_positions()],
        output=output,
        none="No position is open.",
    )


def orders(options: Namespace, output: Output) -> None:
    """Working orders; with --all finished ones too."""
    rows = all_orders() if options.all else all_orders().filter(status__in=LIVE)
    if options.symbol:
        rows = rows.filter(symbol=options.symbol)
    found = [_order(row) for row in rows[: options.count]]
    _show(
        "orders",
        ORDER_COLUMNS,
        found,
        output=output,
        none="No order is working." if not options.all else "No orders yet.",
    )


def trades(options: Namespace, output: Output) -> None:
    """Finished trades and their sum."""
    found = [_trade(row) for row in closed_positions()[: options.count]]
    result = sum((trade["result"] for trade in found), Decimal(0))
    _show("trades", TRADE_COLUMNS, found, output=output, none="No trade is finished yet.", result=result)
    if found:
        output.line(f"{len(found)} trades, result {result:f} USDT after commission, before funding")


def signals(options: Namespace, output: Output) -> None:
    """The newest signals and what became of them."""
    rows = Signal.objects.filter(bot__account__environment=settings.DUOLIVE_ENV)[: options.count]
    _show("signals", SIGNAL_COLUMNS, [_signal(row) for row in rows], output=output, none="No signals yet.")


def _show(
    name: str, columns: Mapping[str, str], rows: list[dict[str, Any]], *, output: Output, none: str, **more: Any
) -> None:
    """Print ``rows``; for programs under ``name``, beside ``more``."""
    require_desk()
    output.result({name: rows, **more})
    if rows:
        output.table(columns, rows)
    else:
        output.line(none)


def _position(position: Position) -> dict[str, Any]:
    protection = protection_of(position)
    return {
        "id": position.pk,
        "symbol": position.symbol,
        "direction": position.direction,
        "status": position.status,
        "quantity": position.quantity,
        "entry_price": position.entry_price,
        "mark_price": position.mark_price,
        "unrealized_pnl": unrealized_pnl(position),
        "stop_price": position.stop_price,
        "take_profit_price": position.take_profit_price,
        "protection": protection.state.value,
        "naked_seconds": round(protection.naked_seconds, 2),
        "filled_at": position.filled_at,
    }


def _order(order: Order) -> dict[str, Any]:
    return {
        "client_order_id": order.client_order_id,
        "symbol": order.symbol,
        "purpose": order.purpose,
        "book": order.book,
        "side": order.side,
        "order_type": order.order_type,
        "quantity": order.quantity,
        "price": order.price,
        "trigger_price": order.trigger_price,
        "status": order.status,
        "reason": order.reason,
        "created_at": order.created_at,
    }


def _trade(position: Position) -> dict[str, Any]:
    return {
        "id": position.pk,
        "symbol": position.symbol,
        "direction": position.direction,
        "quantity": position.entered_quantity,
        "entry_price": position.entry_price,
        "exit_price": position.exit_price,
        "exit_reason": position.exit_reason,
        "realized_pnl": position.realized_pnl,
        "commission": position.commission,
        "result": position.realized_pnl - position.commission,
        "filled_at": position.filled_at,
        "closed_at": position.closed_at,
    }


def _signal(signal: Signal) -> dict[str, Any]:
    return {
        "id": signal.pk,
        "symbol": signal.symbol,
        "candle_open": signal.candle_open,
        "ratio": round(signal.surge_ratio, 4),
        "price": signal.price,
        "status": signal.status,
        "reason_code": signal.reason_code,
        "reason": signal.reason,
        "found_at": signal.found_at,
    }
