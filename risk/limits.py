"""Entry limits: what the bot and its account may still take on."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class LimitCode(StrEnum):
    """Closed list of the limits that refuse an entry, an add or a reduce; kept with the signal, told by the API."""

    SYMBOL_HELD = "symbol_held"
    SYMBOL_UNRESOLVED = "symbol_unresolved"
    MAX_POSITIONS = "max_positions"
    MAX_ENTRIES_PER_DAY = "max_entries_per_day"
    STOP_LOSS_COOLDOWN = "stop_loss_cooldown"
    DAILY_LOSS = "daily_loss"
    BREAKER = "breaker"
    SYMBOL_BLOCKED = "symbol_blocked"
    SYMBOL_DENIED = "symbol_denied"
    SYMBOL_NOT_ALLOWED = "symbol_not_allowed"
    SYMBOL_QUOTA = "symbol_quota"
    CONTRACT_STATUS = "contract_status"
    CONTRACT_DELISTING = "contract_delisting"
    TRADING_HOURS = "trading_hours"
    BALANCE_STALE = "balance_stale"
    PRICE_STALE = "price_stale"
    MAX_LEVERAGE = "max_leverage"
    MIN_NOTIONAL = "min_notional"
    POSITION_SHARE = "position_share"
    TOTAL_EXPOSURE = "total_exposure"
    FREE_MARGIN = "free_margin"
    BOT_MARGIN = "bot_margin"
    CLUSTER_EXPOSURE = "cluster_exposure"
    LIQUIDATION_DISTANCE = "liquidation_distance"
    MAX_ADDS = "max_adds"
    ADD_GAIN = "add_gain"
    ADD_MULTIPLE = "add_multiple"
    MAX_REDUCES = "max_reduces"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """What an entry on one symbol would meet. Positions count from their entry intent on."""

    symbol_held: bool
    symbol_unresolved: bool
    positions: int
    entries_today: int
    symbol_entries_today: int = 0
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
    """Limits in force. ``daily_loss`` in USDT, 0 for none; the cool-down lasts until the UTC day ends.

    ``symbol_quota`` is a bot's entries on one symbol in a UTC day, 0 for any number.
    """

    max_positions: int
    max_entries_per_day: int
    daily_loss: Decimal
    stop_loss_cooldown: bool
    symbol_quota: int = 0


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
    if limits.symbol_quota and holdings.symbol_entries_today >= limits.symbol_quota:
        return LimitRefusal(LimitCode.SYMBOL_QUOTA, str(holdings.symbol_entries_today), str(limits.symbol_quota))
    if limits.daily_loss and holdings.result_today <= -limits.daily_loss:
        return LimitRefusal(LimitCode.DAILY_LOSS, f"{holdings.result_today:.2f}", f"-{limits.daily_loss:.2f}")
    return None
