"""What a strategy is: three duties over a read-only view, deterministic, without I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from exchange.types import Contract, Kline, PositionSide
from signals.strategies.execution import ExecutionStyle


class MarketView(Protocol):
    """The market as known at ``now``; never later. Holds the bars that the strategy asked for."""

    @property
    def now(self) -> datetime: ...

    def contracts(self) -> Sequence[Contract]:
        """Contracts that trade now."""

    def bar(self, symbol: str, interval: str, open_time: datetime) -> Kline | None:
        """A finished bar, or None when there is none."""

    def bars(self, symbol: str, interval: str, *, start: datetime, end: datetime) -> Sequence[Kline] | None:
        """Bars that opened within [start, end], oldest first, the last perhaps still open; None when not to be had."""

    def last_price(self, symbol: str) -> Decimal | None: ...


@dataclass(frozen=True, slots=True)
class BarRequest:
    """One bar that a scan needs of every symbol."""

    interval: str
    open_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A symbol-hour that met the strategy's condition. Volumes in base asset, price in USDT.

    ``terms`` are those of advice, empty for what a scan found.
    """

    symbol: str
    candle_open: datetime
    surge_ratio: Decimal
    price: Decimal
    sell_volume: Decimal
    mean_sell_volume: Decimal
    terms: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ScanOutcome:
    """Numbers of every symbol that has them, and the proposals among them, strongest first."""

    readings: Mapping[str, Mapping[str, Any]]
    proposals: Sequence[Proposal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Enter:
    """Decision to enter. Ratios are of the entry price: Decimal("0.18") is 18 %. ``filters`` run in this order.

    ``on_missing_data`` says what a filter without its data means: "pass" or "reject". ``leverage`` and ``margin_pct``,
    a plain percentage of the available balance, take the place of the bot's settings for this entry; the limits of
    size hold as ever. No ``style``: as the bot is set.
    """

    position_side: PositionSide
    take_profit_ratio: Decimal
    stop_loss_ratio: Decimal
    filters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    on_missing_data: Literal["pass", "reject"] = "pass"
    leverage: int | None = None
    margin_pct: Decimal | None = None
    style: ExecutionStyle | None = None


@dataclass(frozen=True, slots=True)
class Reject:
    reason: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Nothing to do."""


@dataclass(frozen=True, slots=True)
class Close:
    """Decision to close at market; ``reason`` is an exit reason of the closed list."""

    reason: str


class Strength(StrEnum):
    """How far a position's price has kept its way."""

    UNKNOWN = "unknown"
    STRONG = "strong"
    MEDIUM = "medium"
    WEAK = "weak"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustTakeProfit:
    """Decision to move the take-profit to ``ratio`` of the entry price. ``check`` names the judgement that is done."""

    ratio: Decimal
    strength: Strength
    check: str
    reason: str


Decision = Hold | Close | AdjustTakeProfit


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPosition:
    """What a strategy may know of an open position. ``entry_price`` is the average fill, USDT.

    ``judged`` holds the checks that were decided before, ``candle_open`` the signal's hour (None: entered by hand).
    """

    symbol: str
    position_side: PositionSide
    entry_price: Decimal
    filled_at: datetime
    quantity: Decimal
    strength: Strength = Strength.UNKNOWN
    judged: frozenset[str] = frozenset()
    candle_open: datetime | None = None


class MarginMode(StrEnum):
    """FIXED and PERCENT name the margin of an entry: refused where a limit does not allow it.

    The others derive it, from the bot's own record or from how the coin moves, and are cut to what the limits allow.
    """

    FIXED = "fixed"
    PERCENT = "percent"
    HALF_KELLY = "half_kelly"
    ATR_RISK = "atr_risk"
    VOLATILITY = "volatility"


class EntryReference(StrEnum):
    """Price that an entry's limit starts from."""

    CURRENT = "current"
    SIGNAL = "signal"


class StrategyConfig(BaseModel):
    """Settings every strategy has. Percentages are plain numbers: 18 is 18 %. Unknown names are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    leverage: int = Field(default=3, ge=1, le=125)
    max_positions: int = Field(default=6, ge=1, le=20)
    max_entries_per_day: int = Field(default=2, ge=1, le=50)
    margin_mode: MarginMode = MarginMode.FIXED
    live_fixed_margin_usdt: Decimal = Field(default=Decimal(5), ge=1, le=10000)
    margin_pct: Decimal = Field(default=Decimal(2), ge=Decimal("0.1"), le=100)
    kelly_least_trades: int = Field(default=20, ge=1, le=500)
    kelly_default_pct: Decimal = Field(default=Decimal(2), ge=0, le=10)
    kelly_max_pct: Decimal = Field(default=Decimal(10), ge=Decimal("0.1"), le=100)
    risk_pct: Decimal = Field(default=Decimal(1), ge=Decimal("0.01"), le=10)
    atr_multiple: Decimal = Field(default=Decimal(2), ge=Decimal("0.5"), le=3)
    target_volatility_pct: Decimal = Field(default=Decimal(5), ge=Decimal("0.1"), le=100)
    max_volatility_factor: Decimal = Field(default=Decimal(1), ge=Decimal("0.1"), le=3)
    daily_loss_limit_usdt: Decimal = Field(default=Decimal(50), ge=0, le=10000)
    daily_loss_includes_fees: bool = True
    daily_loss_includes_funding: bool = True
    stop_loss_cooldown: bool = True
    entry_reference: EntryReference = EntryReference.CURRENT
    collection_window_seconds: int = Field(default=60, ge=0, le=600)
    entry_timeout_minutes: int = Field(default=10, ge=1, le=60)
    entry_offset_pct: Decimal = Field(default=Decimal(0), ge=-5, le=5)
    max_hold_hours: int = Field(default=72, ge=1, le=720)
    execution_style: ExecutionStyle = ExecutionStyle.LIMIT
    style_timeout_seconds: int = Field(default=60, ge=5, le=3600)
    max_slippage_pct: Decimal = Field(default=Decimal("0.5"), ge=Decimal("0.01"), le=10)
    twap_slices: int = Field(default=4, ge=2, le=50)
    twap_seconds: int = Field(default=240, ge=10, le=3600)
    slippage_alarm_bps: int = Field(default=50, ge=0, le=1000)

    def own_limits(self) -> Mapping[str, int | Decimal]:
        """Limits of size by their names in the account's risk settings, where the bot's own are narrower."""
        return {}

    @property
    def collection_window(self) -> timedelta:
        return timedelta(seconds=self.collection_window_seconds)

    @property
    def entry_timeout(self) -> timedelta:
        return timedelta(minutes=self.entry_timeout_minutes)


class Strategy(Protocol):
    """A new strategy is a class with a Config and these duties, named in settings.STRATEGIES."""

    Config: ClassVar[type[StrategyConfig]]

    def scan_bars(self, hour: datetime) -> Sequence[BarRequest]:
        """Bars that a scan of the finished hour opening at ``hour`` needs of every symbol."""

    def scan(self, view: MarketView, hour: datetime) -> ScanOutcome:
        """Judge every symbol for the finished hour opening at ``hour``."""

    def decide_entry(self, proposal: Proposal, view: MarketView) -> Enter | Reject: ...

    def evaluate(self, position: OpenPosition, view: MarketView) -> Decision:
        """One judgement per call; what it decided is kept by the desk and handed in again as ``judged``."""
