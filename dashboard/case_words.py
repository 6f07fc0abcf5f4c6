"""The words and units for the facts of a case, in the active language."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from desk.phrases import retold
from desk.vocabulary import FILTERS, METRICS, word
from trading.case_file import CaseState
from trading.case_story import Fact, StepKind

STEPS: Mapping[str, Any] = {
    StepKind.CANDLE: _("Surge found"),
    StepKind.ADVICE: _("Advice"),
    StepKind.FILTER: _("Filter"),
    StepKind.DECISION: _("Decision to enter"),
    StepKind.REFUSAL: _("Refused"),
    StepKind.ORDER: _("Order"),
    StepKind.FILL: _("Fill"),
    StepKind.PROTECTION: _("Protection"),
    StepKind.ALARM: _("Alarm"),
    StepKind.JUDGEMENT: _("Judged again"),
    StepKind.REQUEST: _("Asked by hand"),
    StepKind.EXIT: _("Exit"),
    StepKind.RESULT: _("Result"),
    StepKind.NOTE: _("Note"),
}
STATES: Mapping[str, Any] = {
    CaseState.PENDING: _("waiting for a decision"),
    CaseState.REFUSED: _("refused"),
    CaseState.WORKING: _("running"),
    CaseState.CLOSED: _("closed"),
}
LABELS: Mapping[str, Any] = {
    "author": _("by"),
    "after_sent_ms": _("after it was sent"),
    "bot": _("bot"),
    "bound_by": _("size bound by"),
    "candle_open": _("candle opened"),
    "client_order_id": _("order id"),
    "close_price": _("close of the candle"),
    "closes": _("closes"),
    "confidence": _("confidence"),
    "commission": _("commission"),
    "decision": _("decision of the adviser"),
    "entry_price": _("average entry"),
    "exit_price": _("average exit"),
    "exit_reason": _("exit"),
    "from_entry_pct": _("from the entry"),
    "held_seconds": _("held"),
    "latency_ms": _("answered in"),
    "leverage": _("leverage"),
    "loss_at_stop": _("loss at the stop"),
    "margin": _("margin"),
    "mean_sell_volume": _("sold per hour the day before"),
    "open_quantity": _("open after it"),
    "order_status": _("state now"),
    "order_type": _("type"),
    "over_threshold_pct": _("over the threshold by"),
    "price": _("price"),
    "problem": _("problem"),
    "purpose": _("purpose"),
    "quantity": _("quantity"),
    "realized_pnl": _("before commission"),
    "reason": _("reason"),
    "reference_price": _("middle of the book"),
    "result": _("result"),
    "return_pct": _("of the margin"),
    "seconds": _("after the fill"),
    "sell_volume": _("sold in this hour"),
    "settings_version": _("settings version"),
    "side": _("side"),
    "sizing": _("size by"),
    "size_pct": _("share of the balance"),
    "slippage_bps": _("worse than decided"),
    "stop_loss_pct": _("stop distance"),
    "stop_price": _("stop"),
    "surge_ratio": _("ratio"),
    "surge_threshold": _("threshold"),
    "take_profit_price": _("take-profit"),
    "trigger_price": _("trigger"),
    "venue_order_id": _("id at the exchange"),
    "waited_ms": _("waited before it was sent"),
}
UNITS: Mapping[str, str] = {
    **dict.fromkeys(("commission", "loss_at_stop", "margin", "realized_pnl", "result"), "USDT"),
    **dict.fromkeys(("from_entry_pct", "over_threshold_pct", "return_pct", "size_pct", "stop_loss_pct"), "%"),
    **dict.fromkeys(("leverage", "surge_ratio", "surge_threshold"), "×"),
    **dict.fromkeys(("after_sent_ms", "latency_ms", "waited_ms"), "ms"),
    "seconds": "s",
    "slippage_bps": "bps",
}
CODES: Mapping[str, str] = {
    "order_status": "status",
    "author": "author",
    "exit_reason": "exit_reason",
    "bound_by": "size_bound",
}
WORDS_OF_CLOSES: Mapping[str, Any] = {"position": _("whatever is open")}


def label(fact: Fact) -> str:
    return str(LABELS.get(fact.name) or METRICS.get(fact.name) or fact.name)


def value(fact: Fact) -> str:
    """Codes as words; numbers and ids as they are."""
    if fact.name == "filter":
        return str(FILTERS.get(fact.value, fact.value))
    if fact.name == "closes":
        return str(WORDS_OF_CLOSES.get(fact.value, fact.value))
    if fact.name == "reason":
        return retold(fact.value) or fact.value
    return word(CODES.get(fact.name, fact.name), fact.value)


def unit(fact: Fact) -> str:
    return UNITS.get(fact.name, "")
