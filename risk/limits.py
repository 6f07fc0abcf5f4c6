"""Entry limits: what the bot and its account may still take on."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class LimitCode(StrEnum):
    """Closed list of reasons for which an entry is refused before any price is asked."""

    SYMBOL_HELD = "symbol_held"
    SYMBOL_UNRESOLVED = "symbol_unresolved"
    MAX_POSITIONS = "max_positions"
    MAX_ENTRIES_PER_DAY = "max_entries_per_day"
    STOP_LOSS_COOLDOWN = "stop_loss_cooldown"
    DAILY_LOSS = "daily_loss"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """What an entry on one symbol would meet. Positions count from their entry intent on."""

    symbol_held: bool
    symbol_unresolved: bool
    positions: int
    entries_today: int
    stopped_out_today: bool = False
    result_today: Decimal = Decimal(0)  # USDT


@dataclass(frozen=True, slots=True)
class LimitRefusal:
    code: LimitCode
    value: str
    limit: str

    def __str__(self) -> str:
        return f"{self.code.value} ({self.value}, limit {self.limit})"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLimits:
    """Limits in force. ``daily_loss`` in USDT, 0 for none; the cool-down lasts until the UTC day ends."""

    max_positions: int
    max_entries_per_day: int
    daily_loss: Decimal
    stop_loss_cooldown: bool


def refusal(holdings: Holdings, limits: EntryLimits) -> LimitRefusal | None:
    """The first limit in the way, or None. Cheapest and most telling first."""
    if holdings.symbol_held:
        return LimitRefusal(LimitCode.SYMBOL_HELD, "1", "0")
    if holdings.symbol_unresolved:
        return LimitRefusal(LimitCode.SYMBOL_UNRESOLVED, "1", "0")
    if holdings.stopped_out_today and limits.stop_loss_cooldown:
        return LimitRefusal(LimitCode.STOP_LOSS_COOLDOWN, "1", "0")
    return _count_refusal(holdings, limits)


def _count_refusal(holdings: Holdings, limits: EntryLimits) -> LimitRefusal | None:
    if holdings.positions >= limits.max_positions:
        return LimitRefusal(LimitCode.MAX_POSITIONS, str(holdings.positions), str(limits.max_positions))
    if holdings.entries_today >= limits.max_entries_per_day:
        return LimitRefusal(LimitCode.MAX_ENTRIES_PER_DAY, str(holdings.entries_today), str(limits.max_entries_per_day))
    if limits.daily_loss and holdings.result_today <= -limits.daily_loss:
        return LimitRefusal(LimitCode.DAILY_LOSS, f"{holdings.result_today:.2f}", f"-{limits.daily_loss:.2f}")
    return None
