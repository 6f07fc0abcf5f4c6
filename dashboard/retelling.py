"""States that hold sentences, told in the active language; everything else in them is the same for all readers."""

from collections.abc import Callable, Mapping
from typing import Any

from dashboard.ai.decision_answers import in_reader_language as decision_in_reader_language
from dashboard.circuit_state import in_reader_words
from dashboard.snapshots import StateType
from desk.narration import refusal
from desk.phrases import retold


def in_reader_language(states: Mapping[StateType, Any]) -> dict[StateType, Any]:
    """``states`` with reasons in the active language. Changes nothing in place: readers share them."""
    return {name: [TOLD[name](row) for row in state] if name in TOLD else state for name, state in states.items()}


def signal_in_reader_language(row: Mapping[str, Any]) -> dict[str, Any]:
    reason = refusal(code=row["reason_code"], reason=row["reason"])
    return {**row, "reason": reason, "verdicts": [_verdict(verdict) for verdict in row["verdicts"]]}


def _verdict(row: Mapping[str, Any]) -> dict[str, Any]:
    metrics = {name: ", ".join(map(_told, number.split(", "))) for name, number in row["metrics"].items()}
    return {**row, "reason": _told(row["reason"]), "metrics": metrics}


def _told(text: str) -> str:
    return retold(text) or text


TOLD: Mapping[StateType, Callable[[Any], dict[str, Any]]] = {
    StateType.SIGNALS: signal_in_reader_language,
    StateType.CIRCUIT: in_reader_words,
    StateType.DECISION: decision_in_reader_language,
}
