"""Finding memories for a situation."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from advisor.memory.lessons import lessons
from advisor.memory.relevance import (
    ALL_SYMBOLS,
    LEADER,
    Remembered,
    Situation,
    most_relevant,
    recent_failures,
)
from advisor.memory.trades import ClosedTrade, Statistics, patterns, ranking, statistics
from advisor.models import Memory
from advisor.prompts.brief import MemoryContext
from desk.models import Bot

CANDIDATES = 300  # the most relevant that are compared with the situation
SHOWN_PATTERNS = 6


def recall(
    bot: Bot, situation: Situation, *, trades: Sequence[ClosedTrade], now: datetime, language: str = "en"
) -> MemoryContext:
    """What is worth telling about ``situation``. ``trades`` are the bot's closed ones, as the ledger has them."""
    memories = _candidates(bot, situation, now)
    own = [trade for trade in trades if trade.symbol == situation.symbol]
    return MemoryContext(
        statistics=statistics(own).as_row() if own else {},
        relevant=[memory.as_row() for memory in most_relevant(memories, situation)],
        failures=[memory.as_row() for memory in recent_failures(memories, situation.symbol)],
        ranking=[_named(name, numbers) for name, numbers in ranking(trades)],
        patterns=[_named(name, numbers) for name, numbers in patterns(trades)[:SHOWN_PATTERNS]],
        lessons=lessons(situation.regime, language),
    )


def _candidates(bot: Bot, situation: Situation, now: datetime) -> list[Remembered]:
    symbols = [situation.symbol, ALL_SYMBOLS, *([LEADER] if situation.learns_from_leader else [])]
    alive = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    rows = Memory.objects.filter(alive, bot=bot, symbol__in=symbols, at__lte=now).order_by("-relevance", "-at")
    return [_remembered(row) for row in rows[:CANDIDATES]]


def _remembered(row: Memory) -> Remembered:
    return Remembered(
        symbol=row.symbol,
        kind=row.kind,
        regime=row.regime,
        content=row.content,
        relevance=row.relevance,
        at=row.at,
        is_win=row.is_win,
        hour=row.hour,
        vector=bytes(row.vector or b""),
    )


def _named(name: str, numbers: Statistics) -> dict[str, str | int]:
    return {
        "name": name,
        "trades": numbers.trades,
        "win_ratio": f"{numbers.win_ratio:f}",
        "total": f"{numbers.total:f}",
    }
