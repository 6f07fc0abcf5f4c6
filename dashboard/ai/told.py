"""Sentences of the adviser's rows, told again in the active language; a model's own words stay as they are."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext as _

from advisor.memory.relevance import ALL_SYMBOLS
from dashboard.ai.code_words import (
    ACTIONS,
    FAILURES,
    LEVEL_SOURCES,
    NARRATIVES,
    OPERATIONS,
    REASONS,
    REGIMES,
)
from desk.phrases import retold
from desk.vocabulary import REFUSALS, Words, word
from trading.models import Direction

# Written by the rules of the desk, by memory and by reviews that no model made.
PHRASES: Sequence[str] = (
    gettext_noop("{thought} (confluence {score}, {regime})"),
    gettext_noop("the timeframes agree"),
    gettext_noop("the timeframes lean to the other side"),
    gettext_noop("a rebound to lose less in"),
    gettext_noop("the stop follows the profit"),
    gettext_noop("profit and agreement"),
    gettext_noop("nothing to change"),
    gettext_noop("no price: the stops stay where they are"),
    gettext_noop("confluence {score} in {regime}: no agreement"),
    gettext_noop("data missing: {parts}"),
    gettext_noop("{action} is not open now"),
    gettext_noop("skipped: the money for answers runs short"),
    gettext_noop("{direction} {won} {percent} % of the margin, left by {exit}"),
    gettext_noop("{sentence}. Thesis: {thesis}"),
    gettext_noop("won"),
    gettext_noop("lost"),
    gettext_noop("{group}: {wins} of {trades} won, {total} USDT"),
    gettext_noop("Less risk for {group}: {wins} of {trades} won, {total} USDT"),
    gettext_noop("{direction} in {regime}"),
    gettext_noop("confluence {score} in {regime}"),
    gettext_noop("the position is closed"),
    gettext_noop("its time is over"),
    gettext_noop("the price reached {price}"),
    gettext_noop("followed by another"),
    gettext_noop("{asked} instead of {symbol}"),
    gettext_noop("{count} characters"),
    gettext_noop("a key stands twice"),
    gettext_noop("regime changed from {regime_before} to {regime} at {price}"),
    gettext_noop("price action changed from {action_before} to {narrative} at {price}"),
    gettext_noop("price broke above the level {level} (strength {strength}: {sources}), now {price}"),
    gettext_noop("price broke below the level {level} (strength {strength}: {sources}), now {price}"),
)
_SHAPES: Mapping[str, str] = {
    "score": r"-?\d+",
    "price": r"[\d.]+",
    "regime": r"\w+",
    "regime_before": r"\w+",
    "narrative": r"\w+",
    "action_before": r"\w+",
    "level": r"[\d.]+",
    "strength": r"\d",
    "sources": r"[\w, ]+",
    "direction": r"LONG|SHORT",
    "won": r"won|lost",
    "percent": r"[+-][\d.]+",
    "total": r"[+-][\d.]+",
    "wins": r"\d+",
    "trades": r"\d+",
    "exit": r"\w+",
    "asked": r"'.*'",
    "symbol": r"\w+",
    "count": r"\d+",
    "action": r"[A-Z]+",
}
_PART = re.compile(r"\\{(\w+)\\}")


def own_words_told(text: str) -> str:
    """``text`` in the active language where the desk itself wrote it, else as it is."""
    for phrase, pattern in _patterns():
        found = pattern.fullmatch(text)
        if found:
            return gettext(phrase).format(**{name: _part(name, part) for name, part in found.groupdict().items()})
    return text


def _part(name: str, text: str) -> str:
    words: Mapping[str, Callable[[str], str]] = {
        "regime": lambda code: str(REGIMES.get(code, code)),
        "regime_before": lambda code: str(REGIMES.get(code, code)),
        "narrative": lambda code: str(NARRATIVES.get(code, code)),
        "action_before": lambda code: str(NARRATIVES.get(code, code)),
        "sources": lambda codes: ", ".join(str(LEVEL_SOURCES.get(code, code)) for code in codes.split(", ")),
        "action": lambda code: str(ACTIONS.get(code, code)),
        "direction": lambda code: str(Direction(code).label),
        "exit": lambda code: word("exit_reason", code),
    }
    return words.get(name, own_words_told)(text)


@lru_cache(maxsize=1)
def _patterns() -> Sequence[tuple[str, re.Pattern[str]]]:
    """Those with the most words of their own first, so that no phrase takes another's for a part."""
    ordered = sorted(PHRASES, key=lambda phrase: -len(re.sub(r"\{\w+\}", "", phrase)))
    return [(phrase, re.compile(_PART.sub(_group, re.escape(phrase)), re.DOTALL)) for phrase in ordered]


def _group(name: re.Match[str]) -> str:
    return f"(?P<{name[1]}>{_SHAPES.get(name[1], '.+?')})"


def reason_told(reason: str) -> str:
    """``reason`` as stored, a code that details may follow, as a sentence."""
    code, _colon, detail = reason.partition(": ")
    known = REASONS.get(code) or REFUSALS.get(code)
    if known is None:
        return retold(reason) or reason
    return f"{known}: {retold(detail) or own_words_told(detail)}" if detail else str(known)


def failure_told(error: str) -> str:
    """Why a provider gave no answer; its own details are kept as they are."""
    code, _colon, detail = error.partition(": ")
    known = FAILURES.get(code) or REASONS.get(code)
    if known is None:
        return error
    return f"{known}: {reason_told(detail)}" if detail else str(known)


def group_told(grouping: str, name: str) -> str:
    """One group of a review: a contract as it is, a regime or way of working by its word."""
    words: Mapping[str, Words] = {"regime": REGIMES, "operation": OPERATIONS}
    return str(words.get(grouping, {}).get(name, name))


def symbol_told(symbol: str) -> str:
    return str(_("every contract")) if symbol == ALL_SYMBOLS else symbol
