"""How much an old memory says about the present situation, and how it fades. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from advisor.memory.vectors import likeness

ALL_SYMBOLS = "*"
LEADER = "BTCUSDT"
FLOOR = 0.1
FADING = 0.95
KEEPS_FOR = timedelta(days=3)
STRONG_PERCENT = 5  # of the margin
STRONG_RESULT, USUAL_RESULT = 1.5, 1.0
INSIGHT, RECOMMENDATION, MARKET_EVENT = 1.0, 1.2, 1.2
MARKET_KINDS = ("level_break", "regime_change", "narrative_shift")
LEAST_CORRELATION = 0.6  # with the leader, from which its memories count for a coin
SHOWN = 8
SHOWN_EVENTS = 3  # of what the market did: it happens more often than a trade teaches
SHOWN_FAILURES = 5
LEAST_FAILURE_RELEVANCE = 0.5
SAME_HOURS = 2
SAME_HOURS_WEIGHT = 1.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """``correlation`` with the leader, -1…1; 0 where it is not known. ``hour`` is of the day, UTC."""

    symbol: str
    regime: str
    hour: int
    vector: bytes = b""
    correlation: float = 0.0

    @property
    def learns_from_leader(self) -> bool:
        return self.symbol != LEADER and self.correlation >= LEAST_CORRELATION


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    symbol: str
    kind: str
    regime: str
    content: str
    relevance: float
    at: datetime
    is_win: bool | None = None
    hour: int | None = None
    vector: bytes = b""

    def as_row(self) -> dict[str, str]:
        outcome = {} if self.is_win is None else {"outcome": "win" if self.is_win else "loss"}
        return {"at": f"{self.at:%Y-%m-%d}", "symbol": self.symbol, "kind": self.kind, "text": self.content} | outcome


def most_relevant(memories: Sequence[Remembered], situation: Situation, *, limit: int = SHOWN) -> list[Remembered]:
    """Memories of this symbol, of all or of the leader, in this regime or any; the weightiest first, then newest."""
    fitting = [memory for memory in memories if _fits(memory, situation)]
    alike = likeness(situation.vector, [memory.vector for memory in fitting])
    weighed = [(_weight(memory, situation) * (0.5 + like), memory) for memory, like in zip(fitting, alike, strict=True)]
    weighed.sort(key=lambda pair: (-pair[0], -pair[1].at.timestamp(), pair[1].content))
    return _without_crowding([memory for _weight, memory in weighed])[:limit]


def _without_crowding(memories: Sequence[Remembered]) -> list[Remembered]:
    """``memories`` with no more than the weightiest three of the market's events."""
    events = [memory for memory in memories if memory.kind in MARKET_KINDS]
    too_many = {id(memory) for memory in events[SHOWN_EVENTS:]}
    return [memory for memory in memories if id(memory) not in too_many]


def recent_failures(memories: Sequence[Remembered], symbol: str) -> list[Remembered]:
    """Losses among the symbol's five most relevant memories of trades, as long as they still matter."""
    own = sorted(
        (memory for memory in memories if memory.symbol == symbol and memory.kind not in MARKET_KINDS),
        key=lambda memory: (-memory.relevance, -memory.at.timestamp()),
    )
    top = own[:SHOWN_FAILURES]
    return [memory for memory in top if memory.is_win is False and memory.relevance > LEAST_FAILURE_RELEVANCE]


def faded(relevance: float, *, at: datetime, today: date) -> float:
    """Relevance after one more day: nothing is lost in the first three, nothing falls below the floor."""
    if datetime.combine(today, datetime.min.time(), tzinfo=at.tzinfo) - at < KEEPS_FOR:
        return relevance
    return max(relevance * FADING, FLOOR)


def _fits(memory: Remembered, situation: Situation) -> bool:
    known = {situation.symbol, ALL_SYMBOLS} | ({LEADER} if situation.learns_from_leader else set())
    return memory.symbol in known and memory.regime in ("", situation.regime)


def _weight(memory: Remembered, situation: Situation) -> float:
    weight = memory.relevance
    if memory.symbol == LEADER != situation.symbol:
        weight *= situation.correlation
    if memory.hour is not None and _hours_apart(memory.hour, situation.hour) <= SAME_HOURS:
        weight *= SAME_HOURS_WEIGHT
    return weight


def _hours_apart(one: int, other: int) -> int:
    apart = abs(one - other) % 24
    return min(apart, 24 - apart)
