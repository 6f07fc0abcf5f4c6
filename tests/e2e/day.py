"""A day at the desk as rows: scans, signals, a protected and a naked position, finished trades, events."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from desk.event_kinds import EventKind
from desk.events import beat
from desk.models import Bot
from signals.models import Signal
from signals.strategies.surge_short import SurgeShortConfig
from tests import factories
from tests.e2e.conftest import MARKET_TIME
from trading.core.states import OrderStatus, Purpose
from trading.models import Position

RATIOS = {"ANKRUSDT": "41.72", "DOTUSDT": "14.31", "GALAUSDT": "8.9", "XRPUSDT": "6.1", "1000PEPEUSDT": "4.4"}
HOUR = datetime.replace(MARKET_TIME, hour=16, minute=0, second=0)


def write_day() -> Bot:
    account = factories.make_account(
        wallet_balance=Decimal("1003.41872"),
        available_balance=Decimal("961.2206"),
        unrealized_pnl=Decimal("2.8341"),
        balances_at=MARKET_TIME,
    )
    config = SurgeShortConfig().model_dump(mode="json")
    bot = factories.make_bot(account, name="duo-live", config=config)
    for loop in ("check", "scan", "entries", "stream", "watchdog", "advise"):
        beat(loop)
    _scan(bot)
    write_position(bot)
    _trades(bot)
    return bot


def write_position(bot: Bot, symbol: str = "DOTUSDT") -> Position:
    """A short with stop and take-profit, and the events that tell it."""
    position = factories.make_protected_position(
        bot,
        symbol=symbol,
        created_at=HOUR + timedelta(hours=1, seconds=66),
        filled_at=HOUR + timedelta(hours=1, seconds=68),
        marked_at=MARKET_TIME,
        worst_naked_seconds=0.18,
    )
    case = position.case
    at = position.filled_at
    tell = {"at": at, "case": case, "bot": bot, "symbol": symbol}
    factories.make_event(EventKind.ENTRY_INTENDED, side="SELL", quantity="12", price="8.5", margin="34", **tell)
    factories.make_event(EventKind.ORDER_ACCEPTED, purpose="entry", latency_ms=38, **tell)
    factories.make_event(EventKind.ENTRY_FILLED, quantity="12", price="8.5", **tell)
    factories.make_event(EventKind.STOP_PLACED, price="10.03", seconds="0.2", **tell)
    factories.make_event(EventKind.TAKE_PROFIT_PLACED, price="5.695", **tell)
    return position


def _scan(bot: Bot) -> Signal:
    scan = factories.make_scan(
        hour=HOUR, symbols=374, seconds=0.83, readings={symbol: {"ratio": ratio} for symbol, ratio in RATIOS.items()}
    )
    entered = factories.make_signal(
        bot, scan=scan, symbol="DOTUSDT", surge_ratio=Decimal("14.31"), status="entered", price=Decimal("8.5")
    )
    refused = factories.make_signal(
        bot,
        scan=scan,
        symbol="ANKRUSDT",
        surge_ratio=Decimal("41.72"),
        price=Decimal("0.036214"),
        status="refused",
        reason_code="entry_gain",
        reason="gain 12.4 % over the last day > 9.0 %",
    )
    factories.make_signal(bot, scan=scan, symbol="GALAUSDT", surge_ratio=Decimal("10.9"), price=Decimal("0.02741"))
    factories.make_verdict(entered)
    factories.make_verdict(entered, name="entry_drift")
    factories.make_verdict(entered, name="premium", outcome="unavailable", reason="no premium index for the hour")
    factories.make_verdict(refused, outcome="reject", reason="gain 12.4 % > 9.0 %")
    at = scan.finished_at
    factories.make_event(EventKind.SCAN_FINISHED, at=at, symbols=374, signals=3, highest_ratio="41.7")
    factories.make_event(
        EventKind.SIGNAL_FOUND, at=at, bot=bot, case=entered.case, symbol="DOTUSDT", ratio="14.31", price="8.5"
    )
    factories.make_event(
        EventKind.SIGNAL_REFUSED, at=at, bot=bot, case=refused.case, symbol="ANKRUSDT", reason=refused.reason
    )
    return entered


def write_naked_position(bot: Bot) -> None:
    """A short whose stop has been unknown for seven seconds."""
    position = factories.make_position(
        bot,
        symbol="1000PEPEUSDT",
        quantity=Decimal("2140"),
        entered_quantity=Decimal("2140"),
        entry_price=Decimal("0.0201153"),
        worst_entry_price=Decimal("0.02011"),
        stop_price=Decimal("0.0237298"),
        take_profit_price=Decimal("0.0134737"),
        mark_price=Decimal("0.0203344"),
        liquidation_price=Decimal("0.0266"),
        filled_at=MARKET_TIME - timedelta(seconds=9),
        naked_since=timezone.now() - timedelta(seconds=7),
    )
    factories.make_order(position, purpose=Purpose.STOP, status=OrderStatus.UNKNOWN)
    factories.make_event(
        EventKind.POSITION_UNPROTECTED,
        at=MARKET_TIME,
        bot=bot,
        case=position.case,
        symbol=position.symbol,
        reason="the exchange did not answer",
    )


def _trades(bot: Bot) -> None:
    early = {"created_at": HOUR - timedelta(hours=9), "filled_at": HOUR - timedelta(hours=9)}
    factories.make_closed_position(bot, symbol="XRPUSDT", closed_at=HOUR - timedelta(hours=2), **early)
    factories.make_closed_position(
        bot,
        symbol="GALAUSDT",
        exit_reason="stop_loss",
        realized_pnl=Decimal("-0.92114"),
        commission=Decimal("0.00512"),
        closed_at=HOUR - timedelta(hours=4),
        worst_naked_seconds=0.31,
        **early,
    )
    factories.make_closed_position(
        bot,
        symbol="SUIUSDT",
        exit_reason="time_limit",
        realized_pnl=Decimal("0.21"),
        closed_at=HOUR - timedelta(days=1),
        created_at=HOUR - timedelta(days=4),
        filled_at=HOUR - timedelta(days=4),
    )
