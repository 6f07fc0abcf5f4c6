"""The words that the page's scripts show, in the reader's language."""

from typing import Any

from django.utils.translation import gettext as _

from dashboard.page_words import page_words
from desk import vocabulary
from signals.models import SignalStatus
from trading.core.states import ExitReason, OrderStatus, PositionStatus
from trading.models import Direction
from trading.selectors import ProtectionState


def words() -> dict[str, Any]:
    """Evaluated at each request; ``{name}`` is filled in by the scripts."""
    return {
        "direction": _labels(Direction),
        "environment": _translated(vocabulary.ENVIRONMENTS),
        "filter": _translated(vocabulary.FILTERS),
        "metric": _translated(vocabulary.METRICS),
        "exit_reason": _labels(ExitReason),
        "order_status": _labels(OrderStatus),
        "position_status": _labels(PositionStatus),
        "signal_status": _labels(SignalStatus),
        "outcome": {"pass": _("passed"), "reject": _("refused"), "unavailable": _("no data")},
        "pulse": {"ok": _("ok"), "late": _("late"), "never": _("not seen")},
        "loop": {
            "check": _("check"),
            "scan": _("scan"),
            "entries": _("entries"),
            "stream": _("user stream"),
            "watchdog": _("watchdog"),
            "advise": _("adviser"),
        },
        "light": _light(),
        **_of_positions(),
        **_of_the_account(),
        **_of_the_clock(),
        **_of_scans(),
        **_of_clipboard(),
        **_durations(),
        **_empty_states(),
        **page_words(),
    }


def _labels(choices: Any) -> dict[str, str]:
    return {str(choice.value): str(choice.label) for choice in choices}


def _translated(words: vocabulary.Words) -> dict[str, str]:
    return {code: str(word) for code, word in words.items()}


def _light() -> dict[str, str]:
    return {
        ProtectionState.NOTHING_OPEN: _("nothing open"),
        ProtectionState.PROTECTED: _("protected"),
        ProtectionState.PROTECTING: _("protecting {seconds} s"),
        ProtectionState.UNPROTECTED: _("UNPROTECTED {seconds} s"),
        "all_protected": _("all protected"),
        "unknown": _("unknown"),
    }


def _of_positions() -> dict[str, str]:
    return {
        "stop": _("stop"),
        "take_profit": _("take-profit"),
        "entry": _("entry"),
        "mark": _("mark"),
        "liquidation": _("liquidation"),
        "no_stop": _("no stop at the exchange"),
        "no_take_profit": _("no take-profit"),
        "quantity": _("quantity"),
        "notional": _("notional"),
        "margin": _("margin"),
        "entered_at": _("entered"),
        "waiting_since": _("waiting since"),
        "held": _("held {age}"),
        "at_stop": _("at the stop"),
        "naked_figures": _("without a stop: now {now} s · worst today {worst} s · p99 {usual} s"),
    }


def _of_the_account() -> dict[str, str]:
    return {
        "wallet": _("wallet"),
        "available": _("available"),
        "unrealised": _("unrealised"),
        "closed_trades": _("{count} closed"),
        "positions_open": _("{count} open"),
        "of_equity": _("{percent} % of equity"),
        "unbounded": _("not bounded: a position has no stop"),
        "no_risk": _("no position, no risk"),
        "auto_on": _("auto-trade on"),
        "auto_off": _("auto-trade off"),
        "curve_label": _("Equity from {from} USDT on {day} to {to} USDT now"),
        "fees": _("fees {amount} USDT"),
    }


def _of_the_clock() -> dict[str, str]:
    return {
        "ago": _("{age} ago"),
        "stale": _("stale {age}"),
        "read_ago": _("read {age} ago"),
        "now": _("now"),
        "in_market": _("market time"),
        "in_wall": _("about {age} from now"),
        "market_unknown": _("market clock cannot be read"),
        "market_held": _("market stands still"),
        "offline": _("Connection lost: figures below are from {time}. Reconnecting in {seconds} s."),
        "connecting": _("Connection lost: figures below are from {time}. Reconnecting."),
    }


def _of_scans() -> dict[str, str]:
    return {
        "scan_line": _("{symbols} contracts in {seconds} s, {signals} signals"),
        "scan_failed": _("{count} contracts gave no answer"),
        "ratio": _("ratio"),
        "spark_label": _("{symbol}: prices of the last six hours"),
    }


def _of_clipboard() -> dict[str, str]:
    return {
        "copy": _("copy"),
        "copied": _("copied"),
    }


def _durations() -> dict[str, str]:
    return {
        "seconds": _("{seconds} s"),
        "minutes": _("{minutes} min"),
        "hours": _("{hours} h {minutes} min"),
        "days": _("{days} d {hours} h"),
    }


def _empty_states() -> dict[str, str]:
    return {
        "no_balances": _("Balances are read once an account is set up."),
        "every_contract": _("Every contract"),
        "no_positions": _("No position is open."),
        "no_positions_why": _("A signal that passes its filters is entered here, with its stop and take-profit."),
        "no_positions_off": _("Auto-trade is off: signals are found and judged, nothing is entered."),
        "no_curve": _("The equity curve has no point yet."),
        "no_curve_why": _("It gets one on each UTC market day, with the first balance that is read."),
        "no_trades": _("No trade is finished yet."),
        "no_trades_why": _(
            "A trade appears when its position has closed: by stop, take-profit, time limit or by hand."
        ),
        "no_signals": _("No signal yet."),
        "no_signals_why": _(
            "The next scan looks at every contract at {time}; a surge in sell volume becomes a signal."
        ),
        "no_signals_last": _("The last scan looked at {symbols} contracts; the highest ratio was {ratio} ({symbol})."),
        "no_scan": _("No scan has run yet. The first one comes five seconds after the full hour of market time."),
        "no_events": _("Nothing has happened yet. Scans, orders, fills and repairs are told here as they happen."),
    }
