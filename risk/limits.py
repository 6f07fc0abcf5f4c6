"""Entry limits: what the bot and its account may still take on."""

from dataclasses import dataclass
from enum import StrEnum


class LimitCode(StrEnum):
    """Closed list of reasons for which an entry is refused before any price is asked."""

    SYMBOL_HELD = "symbol_held"
    SYMBOL_UNRESOLVED = "symbol_unresolved"
    MAX_POSITIONS = "max_positions"
    MAX_ENTRIES_PER_DAY = "max_entries_per_day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """What an entry on one symbol would meet. Positions count from their entry intent on."""

    symbol_held: bool
    symbol_unresolved: bool
    positions: int
    entries_today: int


@dataclass(frozen=True, slots=True)
class LimitRefusal:
    code: LimitCode
    value: str
    limit: str

    def __str__(self) -> str:
        return f"{self.code.value} ({self.value}, limit {self.limit})"


def refusal(holdings: Holdings, *, max_positions: int, max_entries_per_day: int) -> LimitRefusal | None:
    """The first limit in the way, or None. Cheapest and most telling first."""
    if holdings.symbol_held:
        return LimitRefusal(LimitCode.SYMBOL_HELD, "1", "0")
    if holdings.symbol_unresolved:
        return LimitRefusal(LimitCode.SYMBOL_UNRESOLVED, "1", "0")
    if holdings.positions >= max_positions:
        return LimitRefusal(LimitCode.MAX_POSITIONS, str(holdings.positions), str(max_positions))
    if holdings.entries_today >= max_entries_per_day:
        return LimitRefusal(LimitCode.MAX_ENTRIES_PER_DAY, str(holdings.entries_today), str(max_entries_per_day))
    return None
