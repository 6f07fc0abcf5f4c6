"""Short what was sold ten times as hard as yesterday."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar

from pydantic import Field

from exchange.types import PositionSide
from signals.strategies.base import (
    BarRequest,
    Close,
    Enter,
    Hold,
    MarketView,
    OpenPosition,
    Proposal,
    Reject,
    ScanOutcome,
)
from signals.strategies.filter_settings import FilterSettings
from signals.surge import SurgeReading, is_surge, reference_day, surge_reading

PERCENT = Decimal(100)


class SurgeShortConfig(FilterSettings):
    """Settings of the surge short; percentages are plain numbers."""

    surge_threshold: Decimal = Field(default=Decimal(10), ge=1)
    surge_max_multiple: Decimal = Field(default=Decimal(14008), ge=1)
    stop_loss_pct: Decimal = Field(default=Decimal(18), gt=0, le=90)
    strong_tp_pct: Decimal = Field(default=Decimal(33), gt=0, le=90)


class SurgeShort:
    """Finds sell-volume surges, shorts them, and leaves after ``max_hold_hours`` at the latest."""

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
            take_profit_ratio=self.config.strong_tp_pct / PERCENT,
            stop_loss_ratio=self.config.stop_loss_pct / PERCENT,
            filters=self.config.filters(),
        )

    def evaluate(self, position: OpenPosition, view: MarketView) -> Hold | Close:
        held = view.now - position.filled_at
        return Close("time_limit") if held >= timedelta(hours=self.config.max_hold_hours) else Hold()

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
