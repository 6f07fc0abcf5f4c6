"""Settings of an account's risk: limits of what it may take on, beside those of its breaker."""

from decimal import Decimal
from enum import StrEnum

from pydantic import Field

from risk.breaker_settings import BreakerSettings, Symbols


class ExposureBasis(StrEnum):
    """NOTIONAL counts quantity × price, MARGIN what is put up for it."""

    NOTIONAL = "notional"
    MARGIN = "margin"


class RiskSettings(BreakerSettings):
    """Limits and breaker of one account, shared by its bots. Percentages are of equity unless a name says otherwise.

    0 switches a limit off, empty lists too. Unknown names are refused.
    """

    max_leverage: int = Field(default=20, ge=1, le=125)
    max_position_pct: Decimal = Field(default=Decimal(50), ge=0, le=100)
    exposure_basis: ExposureBasis = ExposureBasis.NOTIONAL
    max_exposure_pct: Decimal = Field(default=Decimal(300), ge=0, le=5000)
    min_free_margin_pct: Decimal = Field(default=Decimal(0), ge=0, le=99)
    min_notional_usdt: Decimal = Field(default=Decimal(0), ge=0, le=100_000)
    min_liquidation_pct: Decimal = Field(default=Decimal(5), ge=0, le=90)
    max_bot_margin_usdt: Decimal = Field(default=Decimal(0), ge=0, le=10_000_000)
    max_symbol_entries_per_day: int = Field(default=0, ge=0, le=20)
    max_adds: int = Field(default=2, ge=0, le=10)
    min_add_gain_pct: Decimal = Field(default=Decimal("1.5"), ge=0, le=100)
    max_add_multiple: Decimal = Field(default=Decimal("2.5"), ge=1, le=10)
    max_reduces: int = Field(default=3, ge=0, le=10)
    adjust_may_loosen: bool = False
    cluster_correlation: Decimal = Field(default=Decimal("0.8"), ge=Decimal("0.1"), le=1)
    cluster_hours: int = Field(default=72, ge=12, le=720)
    max_cluster_pct: Decimal = Field(default=Decimal(0), ge=0, le=5000)
    max_balance_age_minutes: int = Field(default=10, ge=0, le=1440)
    max_price_age_minutes: int = Field(default=60, ge=0, le=1440)
    delisting_hours: int = Field(default=48, ge=0, le=720)
    symbol_allow: Symbols = Field(default=(), max_length=500)
    symbol_deny: Symbols = Field(default=(), max_length=500)
