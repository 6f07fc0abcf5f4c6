"""How large a bot wants to be: five modes, each pure, each answering in notional USDT."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from risk.sizing import SMALLEST_MARGIN

ZERO, ONE = Decimal(0), Decimal(1)
STREAK_UP, STREAK_DOWN = Decimal("0.1"), Decimal("0.2")
LARGEST_STREAK_FACTOR, SMALLEST_STREAK_FACTOR = Decimal("1.5"), Decimal("0.5")


class SizingMode(StrEnum):
    """FIXED and PERCENT name the margin, HALF_KELLY derives it from the record, the last two from how prices move."""

    FIXED = "fixed"
    PERCENT = "percent"
    HALF_KELLY = "half_kelly"
    ATR_RISK = "atr_risk"
    VOLATILITY = "volatility"


class SizingSettings(BaseModel):
    """Percentages are plain numbers: 2 is 2 %. Unknown names are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mode: SizingMode = SizingMode.FIXED
    fixed_margin_usdt: Decimal = Field(default=Decimal(5), ge=1, le=10_000)
    margin_pct: Decimal = Field(default=Decimal(2), ge=Decimal("0.1"), le=100)
    kelly_least_trades: int = Field(default=20, ge=1, le=500)
    kelly_default_pct: Decimal = Field(default=Decimal(2), ge=0, le=10)
    kelly_max_pct: Decimal = Field(default=Decimal(10), ge=Decimal("0.1"), le=100)
    risk_pct: Decimal = Field(default=ONE, ge=Decimal("0.01"), le=10)
    atr_multiple: Decimal = Field(default=Decimal(2), ge=Decimal("0.5"), le=3)
    target_volatility_pct: Decimal = Field(default=Decimal(5), ge=Decimal("0.1"), le=100)
    max_volatility_factor: Decimal = Field(default=ONE, ge=Decimal("0.1"), le=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeRecord:
    """Closed trades of a bot. Averages are unsigned USDT; ``streak`` counts wins in a row, losses negative."""

    wins: int = 0
    losses: int = 0
    average_win: Decimal = ZERO
    average_loss: Decimal = ZERO
    streak: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SizingFacts:
    """What the modes may look at. Prices and money in USDT; what could not be had is None.

    ``atr`` is the average true range of 15 minutes, ``volatility_ratio`` the standard deviation of a day's return,
    ``stop_distance`` how far the entry's own stop lies from its price.
    """

    equity: Decimal
    available: Decimal
    leverage: int
    entry_price: Decimal
    record: TradeRecord = TradeRecord()
    atr: Decimal | None = None
    volatility_ratio: Decimal | None = None
    stop_distance: Decimal = ZERO


class NoSize(ValueError):
    """The mode wants no position here, or a number that it needs is missing."""


def wanted_notional(settings: SizingSettings, facts: SizingFacts) -> Decimal:
    """USDT of notional that the mode asks for, before any limit and any rounding. Raises NoSize."""
    return MODES[settings.mode](settings, facts)


def streak_factor(streak: int) -> Decimal:
    """0.1 more for each win in a row up to 1.5, 0.2 less for each loss down to 0.5."""
    if streak >= 0:
        return min(ONE + STREAK_UP * streak, LARGEST_STREAK_FACTOR)
    return max(ONE + STREAK_DOWN * streak, SMALLEST_STREAK_FACTOR)


def half_kelly_ratio(record: TradeRecord, settings: SizingSettings) -> Decimal:
    """Half of p - (1 - p) / b, never negative; the default until there are enough trades to know p and b."""
    trades = record.wins + record.losses
    if trades < settings.kelly_least_trades:
        return settings.kelly_default_pct / 100
    if record.wins == 0 or record.average_win <= 0:
        return ZERO
    won = Decimal(record.wins) / trades
    odds_against = (1 - won) * record.average_loss / record.average_win
    return max(ZERO, won - odds_against) / 2


def _fixed(settings: SizingSettings, facts: SizingFacts) -> Decimal:
    return settings.fixed_margin_usdt * facts.leverage


def _percent(settings: SizingSettings, facts: SizingFacts) -> Decimal:
    return max(facts.available * settings.margin_pct / 100, SMALLEST_MARGIN) * facts.leverage


def _half_kelly(settings: SizingSettings, facts: SizingFacts) -> Decimal:
    wanted = half_kelly_ratio(facts.record, settings) * streak_factor(facts.record.streak)
    if wanted == 0:
        raise NoSize("half Kelly is 0: the record has no edge")
    return min(wanted, settings.kelly_max_pct / 100) * facts.available * facts.leverage


def _atr_risk(settings: SizingSettings, facts: SizingFacts) -> Decimal:
    """The notional whose loss over the ATR stop is ``risk_pct`` of equity; a stop that lies further counts instead."""
    if facts.atr is None or facts.atr <= 0:
        raise NoSize("no average true range")
    risked = facts.equity * settings.risk_pct / 100
    return risked / max(settings.atr_multiple * facts.atr, facts.stop_distance) * facts.entry_price


def _volatility(settings: SizingSettings, facts: SizingFacts) -> Decimal:
    """The percent mode scaled to what the coin moves: half as much where it moves twice the target."""
    if facts.volatility_ratio is None or facts.volatility_ratio <= 0:
        raise NoSize("no volatility")
    factor = settings.target_volatility_pct / 100 / facts.volatility_ratio
    margin = facts.available * settings.margin_pct / 100
    return margin * min(factor, settings.max_volatility_factor) * facts.leverage


MODES: Mapping[SizingMode, Callable[[SizingSettings, SizingFacts], Decimal]] = {
    SizingMode.FIXED: _fixed,
    SizingMode.PERCENT: _percent,
    SizingMode.HALF_KELLY: _half_kelly,
    SizingMode.ATR_RISK: _atr_risk,
    SizingMode.VOLATILITY: _volatility,
}
