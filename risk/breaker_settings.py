"""Settings of the breaker: what trips it, into which tier, and for how long."""

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from risk.states import Tier


def _restricting(tier: Tier) -> Tier:
    if tier is Tier.ACTIVE:
        raise ValueError("a tier that restricts: reduced, close_only or halted")
    return tier


TripTier = Annotated[Tier, AfterValidator(_restricting)]


def _symbols(names: tuple[str, ...]) -> tuple[str, ...]:
    wanted = tuple(dict.fromkeys(name.strip().upper() for name in names))
    wrong = [name for name in wanted if not (name.isalnum() and 3 <= len(name) <= 40)]
    if wrong:
        raise ValueError(f"contracts as the exchange spells them, e.g. BTCUSDT, not {', '.join(wrong)}")
    return wanted


Symbols = Annotated[tuple[str, ...], AfterValidator(_symbols)]


class BreakerSettings(BaseModel):
    """Thresholds are in the unit of their name: plain percentages, USDT, minutes of market time, counts. 0 is off.

    Losses are measured on equity, so that open losses count, and against capital: deposits and withdrawals are no
    result. Unknown names are refused.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    reduced_size_pct: Decimal = Field(default=Decimal(50), ge=5, le=95)
    consecutive_losses: int = Field(default=3, ge=0, le=20)
    consecutive_losses_tier: TripTier = Tier.CLOSE_ONLY
    consecutive_losses_minutes: int = Field(default=60, ge=1, le=10080)
    api_failures: int = Field(default=5, ge=0, le=100)
    api_failures_tier: TripTier = Tier.CLOSE_ONLY
    api_failures_minutes: int = Field(default=60, ge=1, le=10080)
    ai_failures: int = Field(default=5, ge=0, le=100)
    ai_failures_tier: TripTier = Tier.REDUCED
    ai_failures_minutes: int = Field(default=60, ge=1, le=10080)
    daily_loss_pct: Decimal = Field(default=Decimal(5), ge=0, le=100)
    daily_loss_usdt: Decimal = Field(default=Decimal(0), ge=0, le=1_000_000)
    daily_loss_tier: TripTier = Tier.CLOSE_ONLY
    weekly_loss_pct: Decimal = Field(default=Decimal(10), ge=0, le=100)
    weekly_loss_usdt: Decimal = Field(default=Decimal(0), ge=0, le=1_000_000)
    weekly_loss_tier: TripTier = Tier.CLOSE_ONLY
    drawdown_pct: Decimal = Field(default=Decimal(25), ge=0, le=100)
    drawdown_tier: TripTier = Tier.HALTED
    equity_average_days: int = Field(default=0, ge=0, le=60)
    equity_average_tier: TripTier = Tier.REDUCED
    crash_pct: Decimal = Field(default=Decimal(5), ge=0, le=50)
    crash_window_minutes: int = Field(default=5, ge=1, le=60)
    crash_symbols: Symbols = Field(default=("BTCUSDT",), max_length=10)
    crash_tier: TripTier = Tier.CLOSE_ONLY
    crash_minutes: int = Field(default=60, ge=1, le=10080)
    crash_flatten: bool = False
    stale_minutes: int = Field(default=10, ge=0, le=1440)
    stale_tier: TripTier = Tier.CLOSE_ONLY
