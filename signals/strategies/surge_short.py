"""Short what was sold ten times as hard as yesterday; judge it again after 2 and 12 hours; leave after 72."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar

from pydantic import Field

from exchange.types import PositionSide
from signals.strategies.base import (
    AdjustTakeProfit,
    BarRequest,
    Close,
    Decision,
    Enter,
    Hold,
    MarketView,
    OpenPosition,
    Proposal,
    Reject,
    ScanOutcome,
    Strength,
)
from signals.strategies.filter_settings import FilterSettings
from signals.strategies.strength import Check, share_beyond
from signals.surge import SurgeReading, is_surge, reference_day, surge_reading

PERCENT = Decimal(100)
TWO_HOURS, TWELVE_HOURS = "2h", "12h"
DATA_WAITS = timedelta(minutes=30)  # market; a check without data is tried so long, then decided without


class SurgeShortConfig(FilterSettings):
    """Settings of the surge short; percentages are plain numbers, growth and share fractions."""

    surge_threshold: Decimal = Field(default=Decimal(10), ge=1)
    surge_max_multiple: Decimal = Field(default=Decimal(14008), ge=1)
    stop_loss_pct: Decimal = Field(default=Decimal(18), gt=0, le=90)
    strong_tp_pct: Decimal = Field(default=Decimal(33), gt=0, le=90)
    medium_tp_pct: Decimal = Field(default=Decimal(21), gt=0, le=90)
    weak_tp_pct: Decimal = Field(default=Decimal(10), gt=0, le=90)
    strength_eval_2h_growth: Decimal = Field(default=Decimal("0.055"), ge=0, le=1)
    strength_eval_2h_ratio: Decimal = Field(default=Decimal("0.60"), ge=0, le=1)
    strength_eval_12h_growth: Decimal = Field(default=Decimal("0.075"), ge=0, le=1)
    strength_eval_12h_ratio: Decimal = Field(default=Decimal("0.60"), ge=0, le=1)
    consecutive_surge_protection: bool = False

    def checks(self) -> tuple[Check, Check]:
        return (
            Check(TWO_HOURS, timedelta(hours=2), self.strength_eval_2h_growth, self.strength_eval_2h_ratio),
            Check(TWELVE_HOURS, timedelta(hours=12), self.strength_eval_12h_growth, self.strength_eval_12h_ratio),
        )

    def take_profit_ratio(self, strength: Strength) -> Decimal:
        by_strength = {Strength.MEDIUM: self.medium_tp_pct, Strength.WEAK: self.weak_tp_pct}
        return by_strength.get(strength, self.strong_tp_pct) / PERCENT


class SurgeShort:
    """Finds sell-volume surges, shorts them, and sets its aim anew after 2 and 12 hours by how the fall lasts."""

    Config: ClassVar[type[SurgeShortConfig]] = SurgeShortConfig

    def __init__(self, config: SurgeShortConfig) -> None:
        self.config = config

    def scan_bars(self, hour: datetime) -> Sequence[BarRequest]:
        return (BarRequest("1h", hour), BarRequest("1d", reference_day(hour)))

    def scan(self, view: MarketView, hour: datetime) -> ScanOutcome:
        readings = [reading for reading in self._readings(view, hour) if reading is not None]
        surges = sorted(filter(self._is_surge, readings), key=lambda reading: reading.ratio, reverse=True)
        return ScanOutcome(
            readings={reading.symbol: _numbers(reading) for reading in readings},
            proposals=[_proposal(reading) for reading in surges],
        )

    def decide_entry(self, proposal: Proposal, view: MarketView) -> Enter | Reject:
        return Enter(
            position_side=PositionSide.SHORT,
            take_profit_ratio=self.config.take_profit_ratio(Strength.STRONG),
            stop_loss_ratio=self.config.stop_loss_pct / PERCENT,
            filters=self.config.filters(),
            on_missing_data=self.config.filter_missing_data,
        )

    def evaluate(self, position: OpenPosition, view: MarketView) -> Decision:
        held = view.now - position.filled_at
        if held >= timedelta(hours=self.config.max_hold_hours):
            return Close("time_limit")
        for check in self.config.checks():
            if check.name not in position.judged and held >= check.after:
                return self._judge(position, check, view)
        return Hold()

    def _judge(self, position: OpenPosition, check: Check, view: MarketView) -> Hold | AdjustTakeProfit:
        end = position.filled_at + check.after
        bars = view.bars(position.symbol, "5m", start=position.filled_at, end=end) or ()
        share = share_beyond(
            bars, entry_price=position.entry_price, growth=check.growth, position_side=position.position_side
        )
        if share is None and view.now < end + DATA_WAITS:
            return Hold()
        strength = self._strength(position, check, share, view)
        return AdjustTakeProfit(
            ratio=self.config.take_profit_ratio(strength),
            strength=strength,
            check=check.name,
            reason="no data" if share is None else f"{share:.3f} of {len(bars)} closes beyond {check.growth}",
        )

    def _strength(self, position: OpenPosition, check: Check, share: Decimal | None, view: MarketView) -> Strength:
        if share is not None and share >= check.share:
            return Strength.STRONG
        if check.name == TWO_HOURS:
            return Strength.MEDIUM
        if self._surged_twice(position, view):
            return Strength.STRONG if position.strength is Strength.STRONG else Strength.MEDIUM
        return Strength.WEAK

    def _surged_twice(self, position: OpenPosition, view: MarketView) -> bool:
        """The hour of the signal and the hour of the entry were both surges: the selling goes on."""
        if not self.config.consecutive_surge_protection or position.candle_open is None:
            return False
        entry_hour = position.filled_at.replace(minute=0, second=0, microsecond=0)
        return all(self._surged(position.symbol, hour, view) for hour in (position.candle_open, entry_hour))

    def _surged(self, symbol: str, hour: datetime, view: MarketView) -> bool:
        day = reference_day(hour)
        bars = view.bars(symbol, "1h", start=hour, end=hour)
        days = view.bars(symbol, "1d", start=day, end=day)
        if not bars or not days:
            return False
        reading = surge_reading(symbol=symbol, hour=bars[0], day=days[0], onboard_at=days[0].open_time)
        return reading is not None and reading.ratio >= self.config.surge_threshold

    def _readings(self, view: MarketView, hour: datetime) -> Sequence[SurgeReading | None]:
        day = reference_day(hour)
        return [
            surge_reading(
                symbol=contract.symbol,
                hour=view.bar(contract.symbol, "1h", hour),
                day=view.bar(contract.symbol, "1d", day),
                onboard_at=contract.onboard_at,
            )
            for contract in view.contracts()
        ]

    def _is_surge(self, reading: SurgeReading) -> bool:
        return is_surge(
            reading.ratio, threshold=self.config.surge_threshold, max_multiple=self.config.surge_max_multiple
        )


def _numbers(reading: SurgeReading) -> dict[str, str]:
    return {
        "ratio": f"{reading.ratio:.6f}",
        "price": f"{reading.price:f}",
        "sell_volume": f"{reading.sell_volume:f}",
        "mean_sell_volume": f"{reading.mean_sell_volume:.8f}",
    }


def _proposal(reading: SurgeReading) -> Proposal:
    return Proposal(
        symbol=reading.symbol,
        candle_open=reading.candle_open,
        surge_ratio=reading.ratio,
        price=reading.price,
        sell_volume=reading.sell_volume,
        mean_sell_volume=reading.mean_sell_volume,
    )
