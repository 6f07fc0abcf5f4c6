"""Prompts from briefs: a template by version and language, then the facts as quoted data. Reads the templates once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from string import Template

from advisor.answer import ALL_ACTIONS, Action
from advisor.prompts.brief import Brief, MemoryContext, Row
from advisor.prompts.quoting import data_block
from advisor.providers.port import Prompt
from advisor.tokens import expected_tokens

TEXTS = Path(__file__).parent / "texts"
VERSIONS = ("v1",)
LANGUAGES = ("en", "zh")
SHORT_FRAMES = frozenset({"15m", "1h"})
SHORT_PARTS = frozenset({"market", "frame", "book", "confluence", "gap"})
PRIORITY = (Action.CLOSE, Action.REDUCE, Action.ADD, Action.ADJUST, Action.LONG, Action.SHORT, Action.HOLD)


class Size(StrEnum):
    """SHORT leaves out minutes, levels, other positions, outside sources and most of the memory."""

    FULL = "full"
    SHORT = "short"


@dataclass(frozen=True, slots=True)
class Preview:
    """A prompt and about how many tokens it is, without asking anybody."""

    prompt: Prompt
    tokens: int


def render(brief: Brief, *, version: str = VERSIONS[-1], language: str = "en", size: Size = Size.FULL) -> Prompt:
    """The prompt for ``brief``; the same brief gives the same text. Raises ValueError for an unknown template."""
    system = _template("system", version, language).substitute(_rules(brief))
    if brief.context and size is Size.FULL:
        system = f"{system}\n\n{_template('context', version, language).substitute()}"
    closing = _template("closing", version, language).substitute(symbol=brief.symbol)
    blocks = [data_block(name, value) for name, value in _facts(brief, size)]
    return Prompt(system=system, user="\n\n".join([*blocks, closing]), version=version, language=language)


def preview(brief: Brief, *, version: str = VERSIONS[-1], language: str = "en", size: Size = Size.FULL) -> Preview:
    prompt = render(brief, version=version, language=language, size=size)
    return Preview(prompt, expected_tokens(prompt.system) + expected_tokens(prompt.user))


@cache
def _template(part: str, version: str, language: str) -> Template:
    if version not in VERSIONS or language not in LANGUAGES:
        raise ValueError(f"no prompt {version!r} in {language!r}")
    return Template((TEXTS / f"{version}.{language}.{part}.txt").read_text(encoding="utf-8").strip())


def _rules(brief: Brief) -> dict[str, str]:
    """The template's own words: numbers of the desk, and a symbol that is one. Raises ValueError for any other."""
    if not brief.symbol.replace("_", "").isalnum():
        raise ValueError(f"{brief.symbol!r} is no symbol")
    bounds, allowed = brief.terms.bounds, brief.terms.allowed & ALL_ACTIONS
    return {
        "symbol": brief.symbol,
        "actions": " > ".join(action for action in PRIORITY if action in allowed),
        "min_confidence": f"{bounds.min_confidence:f}",
        "max_size": f"{bounds.max_size_percent:f}",
        "part_low": f"{bounds.part_percent_low:f}",
        "part_high": f"{bounds.part_percent_high:f}",
    }


def _facts(brief: Brief, size: Size) -> Iterator[tuple[str, object]]:
    """The blocks in the order they are read, without empty ones."""
    is_short = size is Size.SHORT
    now = {"utc": brief.at, "symbol": brief.symbol, "streak": brief.streak}
    every: list[tuple[str, object]] = [
        ("now", now),
        ("account", brief.account),
        ("position", brief.position),
        ("operations", brief.operations),
        ("other_positions", () if is_short else brief.other_positions),
        ("plan", brief.plan),
        ("market", _market(brief.market, is_short=is_short)),
        ("context", {} if is_short else brief.context),
        ("recent_trades", brief.recent_trades[: 3 if is_short else 20]),
        *_memory(brief.memory, is_short=is_short),
    ]
    return ((name, value) for name, value in every if value)


def _market(rows: Sequence[Row], *, is_short: bool) -> Sequence[Row]:
    if not is_short:
        return rows
    return [row for row in rows if row.get("part") in SHORT_PARTS and _is_shown(row)]


def _is_shown(row: Row) -> bool:
    return row.get("part") != "frame" or str(row.get("timeframe")) in SHORT_FRAMES


def _memory(memory: MemoryContext, *, is_short: bool) -> list[tuple[str, object]]:
    """Statistics, what is relevant, failures, the ranking, patterns and lessons; the most relevant three when short."""
    statistics: list[tuple[str, object]] = [("statistics", memory.statistics)]
    if is_short:
        return [*statistics, ("memories", memory.relevant[:3])]
    return [
        *statistics,
        ("memories", memory.relevant),
        ("failures", memory.failures),
        ("ranking", memory.ranking),
        ("patterns", memory.patterns),
        ("lessons", memory.lessons),
    ]
