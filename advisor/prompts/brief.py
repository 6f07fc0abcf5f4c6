"""Everything that a model is told about one symbol. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from advisor.proposal import Terms

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryContext:
    """What is remembered, each part already chosen and ordered; all of it is quoted as data."""

    statistics: Row = field(default_factory=dict)
    relevant: Sequence[Row] = ()
    failures: Sequence[Row] = ()
    ranking: Sequence[Row] = ()
    patterns: Sequence[Row] = ()
    lessons: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """``market`` are the rows of the market picture, ``inputs_hash`` its hash. ``at`` is market time.

    ``account``, ``position`` and ``plan`` are plain facts; ``streak`` counts wins (positive) or losses (negative) in a
    row. ``context`` is what outside sources say, and which of them say nothing. ``is_news``: the market has changed
    since a model was last asked about it.
    """

    terms: Terms
    at: datetime
    inputs_hash: str
    market: Sequence[Row]
    account: Row
    position: Row | None = None
    operations: Sequence[Row] = ()
    other_positions: Sequence[Row] = ()
    recent_trades: Sequence[Row] = ()
    streak: int = 0
    memory: MemoryContext = field(default_factory=MemoryContext)
    plan: Row | None = None
    context: Row = field(default_factory=dict)
    is_news: bool = False

    @property
    def symbol(self) -> str:
        return self.terms.symbol

    @property
    def is_idle(self) -> bool:
        """Without a position on the symbol, and nothing new about it: asking can wait."""
        return self.position is None and not self.is_news
