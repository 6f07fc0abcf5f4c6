"""Rows for tests: a complete world from one call, each detail changeable by name. Times are market time."""

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from desk import events
from desk.event_kinds import EventKind
from desk.models import Account, Bot, ConfigVersion, Event, Installation
from desk.secrets import Secret
from signals.contexts import pack_bars
from signals.models import FilterVerdict, ScanRun, ShadowTrade, Signal, SignalContext, SignalStatus, pack_readings
from trading.core.client_ids import ClientOrderId
from trading.core.states import Book, ChangeKind, OrderStatus, PositionStatus, Purpose
from trading.models import Direction, Execution, Fill, Order, Position, PositionChange

NOON = datetime(2024, 11, 23, 12, 0, 5, tzinfo=UTC)

_numbers = itertools.count(1)


def make_account(**details: Any) -> Account:
    """An account of the replay environment; its secrets are ciphertext that nobody can open."""
    values = {
        "name": f"paper {next(_numbers)}",
        "environment": "replay",
        "api_key": Secret("sealed"),
        "api_secret": Secret("sealed"),
        "wallet_balance": Decimal("1000"),
        "available_balance": Decimal("985"),
        "unrealized_pnl": Decimal("0"),
        "balances_at": NOON,
    }
    return Account.objects.create(**values | details)


def make_bot(account: Account | None = None, *, config: dict[str, Any] | None = None, **details: Any) -> Bot:
    """A surge bot with auto-trade on and version 1 of its settings."""
    values = {"name": f"surge {next(_numbers)}", "strategy": "surge_short", "auto_trade": True}
    bot = Bot.objects.create(account=account or make_account(), **values | details)
    ConfigVersion.objects.create(bot=bot, number=1, values=config or {}, author="tests")
    return bot


def make_scan(**details: Any) -> ScanRun:
    """A finished scan of two contracts for its own hour."""
    hour = details.pop("hour", None) or NOON.replace(minute=0, second=0) - timedelta(hours=next(_numbers))
    readings = details.pop("readings", {"DOTUSDT": {"ratio": "12.5"}, "XRPUSDT": {"ratio": "3.25"}})
    values = {
        "strategy": "surge_short",
        "finished_at": hour + timedelta(hours=1, seconds=5),
        "symbols": len(readings),
        "seconds": 0.52,
    }
    return ScanRun.objects.create(hour=hour, readings_packed=pack_readings(readings), **values | details)


def make_signal(bot: Bot | None = None, *, scan: ScanRun | None = None, **details: Any) -> Signal:
    """A pending signal; ``status`` with its reason and time for a decided one."""
    scan = scan or make_scan()
    values: dict[str, Any] = {
        "symbol": f"COIN{next(_numbers)}USDT",
        "candle_open": scan.hour,
        "day": scan.hour.date(),
        "surge_ratio": Decimal("12.5"),
        "price": Decimal("8.5"),
        "sell_volume": Decimal("125000"),
        "mean_sell_volume": Decimal("10000"),
        "found_at": scan.finished_at,
    }
    if details.get("status", SignalStatus.PENDING) != SignalStatus.PENDING:
        values["decided_at"] = scan.finished_at + timedelta(seconds=61)
    return Signal.objects.create(bot=bot or make_bot(), scan=scan, **values | details)


def make_verdict(signal: Signal, **details: Any) -> FilterVerdict:
    values = {
        "position": signal.verdicts.count(),
        "name": "entry_gain",
        "outcome": "pass",
        "metrics": {"gain_pct": "1.2"},
    }
    return FilterVerdict.objects.create(signal=signal, **values | details)


def make_context(signal: Signal, *, hours: Any = (), premiums: Any = (), **details: Any) -> SignalContext:
    """What the filters saw of ``signal``: nothing but its price, unless bars are given."""
    values = {
        "entry_price": signal.price,
        "bars_packed": pack_bars(hours=hours, premiums=premiums),
        "taken_at": signal.found_at,
    }
    return SignalContext.objects.create(signal=signal, **values | details)


def make_shadow(signal: Signal, **details: Any) -> ShadowTrade:
    """An open shadow short of 12 at the signal's price; ``exit_price`` and ``result`` end it at its stop."""
    planned = signal.decided_at or signal.found_at
    values: dict[str, Any] = {
        "config_version": signal.bot.config_version,
        "refused_by": signal.reason_code or "filter_cvd_new_low",
        "status": "open",
        "direction": "SHORT",
        "leverage": 3,
        "margin": Decimal("34"),
        "quantity": Decimal("12"),
        "tick_size": Decimal("0.001"),
        "reference_price": signal.price,
        "price": signal.price,
        "stop_price": Decimal("10.03"),
        "take_profit_ratio": Decimal("0.33"),
        "take_profit_price": Decimal("5.695"),
        "max_hold_hours": 72,
        "planned_at": planned,
        "entry_deadline": planned + timedelta(minutes=10),
        "entry_price": signal.price,
        "entered_at": planned,
        "followed_until": planned,
        "due_at": planned + timedelta(hours=1),
    }
    if "exit_price" in details:
        values |= {"status": "ended", "exit_reason": "stop_loss", "ended_at": planned + timedelta(hours=5)}
    return ShadowTrade.objects.create(signal=signal, **values | details)


def make_position(bot: Bot | None = None, **details: Any) -> Position:
    """An open short of 12 at 8.5 without any order; see make_protected_position."""
    bot = bot or make_bot()
    values: dict[str, Any] = {
        "account": bot.account,
        "config_version": bot.config_version,
        "symbol": f"COIN{next(_numbers)}USDT",
        "direction": Direction.SHORT,
        "status": PositionStatus.OPEN,
        "leverage": 3,
        "margin": Decimal("34"),
        "worst_entry_price": Decimal("8.5"),
        "stop_loss_ratio": Decimal("0.18"),
        "take_profit_ratio": Decimal("0.33"),
        "stop_price": Decimal("10.03"),
        "take_profit_price": Decimal("5.695"),
        "quantity": Decimal("12"),
        "entered_quantity": Decimal("12"),
        "entry_price": Decimal("8.5"),
        "mark_price": Decimal("8.25"),
        "liquidation_price": Decimal("11.3"),
        "marked_at": NOON,
        "created_at": NOON,
        "entry_deadline": NOON + timedelta(minutes=10),
        "filled_at": NOON + timedelta(seconds=2),
    }
    return Position.objects.create(bot=bot, **values | details)


def make_protected_position(bot: Bot | None = None, **details: Any) -> Position:
    """An open position whose stop and take-profit stand at the venue."""
    position = make_position(bot, **{"protected_at": NOON + timedelta(seconds=3)} | details)
    make_order(position, purpose=Purpose.ENTRY, status=OrderStatus.FILLED)
    make_order(position, purpose=Purpose.STOP)
    make_order(position, purpose=Purpose.TAKE_PROFIT)
    return position


def make_closed_position(bot: Bot | None = None, **details: Any) -> Position:
    """A finished trade that won 3 USDT before 0.1 USDT of commission."""
    values = {
        "status": PositionStatus.CLOSED,
        "exit_reason": "take_profit",
        "quantity": Decimal("0"),
        "exit_price": Decimal("8.25"),
        "realized_pnl": Decimal("3"),
        "commission": Decimal("0.1"),
        "closed_at": NOON + timedelta(hours=2),
    }
    return make_position(bot, **values | details)


def make_order(position: Position, *, purpose: Purpose = Purpose.STOP, **details: Any) -> Order:
    """A working order of ``position`` with one of our client ids."""
    attempt = details.get("attempt", 1)
    client_id = ClientOrderId(Installation.current().nonce, position.pk, purpose.value, attempt)
    values = {
        "account": position.account,
        "client_order_id": str(client_id),
        "venue_order_id": next(_numbers),
        "status": OrderStatus.NEW,
        "symbol": position.symbol,
        "created_at": position.created_at,
        **_of_purpose(position, purpose),
    }
    return Order.objects.create(position=position, purpose=purpose, **values | details)


def _of_purpose(position: Position, purpose: Purpose) -> dict[str, Any]:
    side = position.side.entry_side if purpose is Purpose.ENTRY else position.side.close_side
    common = {"side": side.value, "book": Book.ORDINARY}
    if purpose is Purpose.ENTRY:
        quantity = position.entered_quantity or Decimal(12)
        return common | {"order_type": "LIMIT", "quantity": quantity, "price": position.worst_entry_price}
    if purpose is Purpose.CLOSE:
        return common | {"order_type": "MARKET", "quantity": position.quantity, "reduce_only": True}
    is_stop = purpose is Purpose.STOP
    return common | {
        "book": Book.ALGO,
        "order_type": "STOP_MARKET" if is_stop else "TAKE_PROFIT_MARKET",
        "trigger_price": position.stop_price if is_stop else position.take_profit_price,
        "close_position": True,
    }


def make_fill(order: Order, **details: Any) -> Fill:
    """One venue trade that filled ``order``."""
    values = {
        "account": order.account,
        "position": order.position,
        "symbol": order.symbol,
        "trade_id": next(_numbers),
        "side": order.side,
        "price": order.price or order.trigger_price or order.position.entry_price,
        "quantity": order.quantity or order.position.entered_quantity,
        "realized_pnl": Decimal("0"),
        "commission": Decimal("0.04"),
        "commission_asset": "USDT",
        "is_maker": False,
        "at": order.created_at,
    }
    return Fill.objects.create(order=order, **values | details)


def make_change(position: Position, **details: Any) -> PositionChange:
    """An add of half of what is open, asked for."""
    values: dict[str, Any] = {
        "kind": ChangeKind.ADD,
        "key": f"change-{next(_numbers)}",
        "share_pct": Decimal(50),
        "author": "strategy",
        "created_at": NOON + timedelta(hours=1),
    }
    return PositionChange.objects.create(position=position, **values | details)


def make_execution(change: PositionChange, **details: Any) -> Execution:
    """The plan of an add at market, not begun yet."""
    values: dict[str, Any] = {
        "purpose": Purpose.ADD,
        "style": "market",
        "quantity": Decimal("6"),
        "limit": Decimal("8.25"),
        "bound": Decimal("8.209"),
        "seconds": 60,
        "started_at": NOON + timedelta(hours=1),
        "deadline": NOON + timedelta(hours=2),
    }
    return Execution.objects.create(position=change.position, change=change, **values | details)


def make_event(kind: EventKind = EventKind.SYSTEM_STARTED, **details: Any) -> Event:
    """An event with its facts as keywords."""
    facts = {"environment": "replay"} if kind is EventKind.SYSTEM_STARTED else {}
    return events.record(kind, **{"at": NOON, **facts, **details})
