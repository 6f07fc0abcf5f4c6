"""Settings of the signal filters, as the strategies that use them offer them to their owner."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from signals.strategies.base import StrategyConfig


def _ordered(bounds: tuple[Decimal, Decimal]) -> tuple[Decimal, Decimal]:
    low, high = bounds
    if low > high:
        raise ValueError(f"a range runs from its lower bound to its upper, not from {low:f} to {high:f}")
    return bounds


def _not_empty(ranges: "Ranges") -> "Ranges":
    if not ranges:
        raise ValueError("at least one range is needed; a filter that shall reject nothing is switched off")
    return ranges


DangerRange = Annotated[tuple[Decimal, Decimal], AfterValidator(_ordered)]
Ranges = tuple[DangerRange, ...]
DangerRanges = Annotated[Ranges, AfterValidator(_not_empty), Field(max_length=20)]


def _ranges(*bounds: tuple[str, str]) -> Ranges:
    return tuple((Decimal(low), Decimal(high)) for low, high in bounds)


class FilterSettings(StrategyConfig):
    """Which filters run, in their fixed order, and with which bounds.

    Names ending in ``_pct`` and premium_24h_drop_threshold are plain percentages, premium_min_threshold a fraction of
    the index price; the other numbers are multiples or counts. Both bounds of a danger range are in danger.
    """

    enable_risk_filters: bool = True
    filter_missing_data: Literal["pass", "reject"] = "pass"
    premium_24h_enabled: bool = False
    premium_24h_drop_threshold: Decimal = Field(default=Decimal("-40.0"), ge=-100, le=0)
    entry_gain_enabled: bool = True
    entry_gain_max_pct: Decimal = Field(default=Decimal("9.04"), ge=0, le=100)
    entry_gain_min_pct: Decimal = Field(default=Decimal("-3.0"), ge=-100, le=0)
    cvd_new_low_enabled: bool = False
    cvd_lookback_hours: int = Field(default=24, ge=2, le=25)
    premium_realtime_enabled: bool = False
    premium_min_threshold: Decimal = Field(default=Decimal("-0.003"), ge=Decimal("-0.1"), le=Decimal("0.1"))
    basis_enabled: bool = False
    basis_min_pct: Decimal = Field(default=Decimal("-1.0"), ge=-10, le=10)
    basis_change_24h_enabled: bool = False
    basis_change_24h_min_pct: Decimal = Field(default=Decimal("-1.0"), ge=-10, le=0)
    buy_acceleration_enabled: bool = False
    buy_accel_danger_ranges: DangerRanges = _ranges(
        ("-0.05", "-0.042"), ("0.118", "0.12"), ("0.0117", "0.03"), ("0.2", "0.99")
    )
    consecutive_buy_ratio_enabled: bool = False
    consecutive_buy_ratio_hours: int = Field(default=3, ge=1, le=11)
    consecutive_buy_ratio_threshold: Decimal = Field(default=Decimal("2.5"), ge=1, le=1000)
    buy_sell_ratio_enabled: bool = False
    buy_sell_ratio_danger_ranges: DangerRanges = _ranges(("0.94", "1.12"))
    intraday_buy_ratio_enabled: bool = False
    intraday_buy_ratio_danger_ranges: DangerRanges = _ranges(("2.78", "3.71"), ("25", "29"))

    @model_validator(mode="after")
    def _is_within_its_filter(self) -> Self:
        if self.intraday_buy_ratio_enabled and not self.buy_sell_ratio_enabled:
            raise ValueError("intraday_buy_ratio is a part of buy_sell_ratio: switch both on, or both off")
        return self

    def filters(self) -> dict[str, dict[str, Any]]:
        """Name and parameters of each filter that is on, in the order they run."""
        return dict(self._chosen()) if self.enable_risk_filters else {}

    def _chosen(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The lower bound of the entry gain comes last: it is judged after all other filters."""
        if self.premium_24h_enabled:
            yield "price_change_24h", {"min_change_pct": self.premium_24h_drop_threshold}
        if self.entry_gain_enabled:
            yield "entry_gain", {"max_gain_pct": self.entry_gain_max_pct}
        if self.cvd_new_low_enabled:
            yield "cvd_new_low", {"lookback_hours": self.cvd_lookback_hours}
        if self.premium_realtime_enabled:
            yield "premium_realtime", {"min_premium_ratio": self.premium_min_threshold}
        if self.basis_enabled:
            yield "basis", {"min_basis_pct": self.basis_min_pct}
        if self.basis_change_24h_enabled:
            yield "basis_change_24h", {"min_change_pct": self.basis_change_24h_min_pct}
        yield from self._chosen_by_volume()
        if self.entry_gain_enabled:
            yield "entry_gain_min", {"min_gain_pct": self.entry_gain_min_pct}

    def _chosen_by_volume(self) -> Iterator[tuple[str, dict[str, Any]]]:
        if self.buy_acceleration_enabled:
            yield "buy_acceleration", {"danger_ranges": self.buy_accel_danger_ranges}
        if self.consecutive_buy_ratio_enabled:
            yield (
                "consecutive_buy_ratio",
                {"run_hours": self.consecutive_buy_ratio_hours, "min_growth": self.consecutive_buy_ratio_threshold},
            )
        if self.buy_sell_ratio_enabled:
            yield "buy_sell_ratio", {"danger_ranges": self.buy_sell_ratio_danger_ranges}
        if self.intraday_buy_ratio_enabled:
            yield "intraday_buy_ratio", {"danger_ranges": self.intraday_buy_ratio_danger_ranges}
