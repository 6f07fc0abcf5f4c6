"""The contracts that the AI bot looks at, each with its last decision. Market time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rest_framework import serializers

from advisor.answer import Action
from advisor.models import Decision, Outcome
from advisor.selectors import ai_bots, latest_by_symbol, watches
from dashboard.fields import DecimalText, Word
from signals.pairs import MAJORS
from trading import selectors


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """``due_at``: the next look; None before the first. ``last`` is None before the first decision."""

    symbol: str
    bot: str
    is_held: bool
    due_at: datetime | None
    failures: int
    last: Decision | None


class PairOut(serializers.Serializer[Any]):
    symbol = serializers.CharField()
    bot = serializers.CharField()
    is_held = serializers.BooleanField(help_text="a position of the bot stands on it")
    due_at = serializers.DateTimeField(allow_null=True, help_text="market time of the next look")
    failures = serializers.IntegerField(help_text="looks in a row that came to nothing")
    decided_at = serializers.DateTimeField(source="last.at", allow_null=True, default=None)
    decision_id = serializers.IntegerField(source="last.pk", allow_null=True, default=None)
    action = Word(Action, source="last.action", allow_null=True, default=None)
    outcome = Word(Outcome, source="last.outcome", allow_null=True, default=None)
    confidence = DecimalText(source="last.confidence", allow_null=True, default=None)


def pairs() -> Sequence[Pair]:
    """What the bots watch, held ones first; the majors of each bot that has not begun."""
    watched = list(watches())
    symbols = {watch.symbol for watch in watched} or set(MAJORS)
    last = latest_by_symbol(symbols)
    found = [
        Pair(
            symbol=watch.symbol,
            bot=watch.bot.name,
            is_held=watch.is_held,
            due_at=watch.due_at,
            failures=watch.failures,
            last=last.get(watch.symbol),
        )
        for watch in watched
    ]
    return found or _majors(last)


def _majors(last: dict[str, Decision]) -> list[Pair]:
    held = set(selectors.open_positions().filter(bot__in=ai_bots()).values_list("symbol", flat=True))
    return [
        Pair(
            symbol=symbol,
            bot=bot.name,
            is_held=symbol in held,
            due_at=None,
            failures=0,
            last=last.get(symbol),
        )
        for bot in ai_bots()
        for symbol in MAJORS
    ]


def watched_symbols() -> list[str]:
    """Contracts of the ticker bar, each once."""
    return list(dict.fromkeys(pair.symbol for pair in pairs())) or list(MAJORS)
