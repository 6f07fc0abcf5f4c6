"""The surge formula: how many times its hourly mean of the day before was sold in one hour."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from exchange.types import Kline

HOURS_PER_DAY = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class SurgeReading:
    """Numbers of one symbol for one hour. Volumes in base asset, price in USDT."""

    symbol: str
    candle_open: datetime
    price: Decimal
    sell_volume: Decimal
    mean_sell_volume: Decimal

    @property
    def ratio(self) -> Decimal:
        return self.sell_volume / self.mean_sell_volume


def reference_day(candle_open: datetime) -> datetime:
    """Start of the UTC day before the candle's own date, at midnight too: a candle is never part of its own mean."""
    return datetime.combine(candle_open.date(), time(), tzinfo=UTC) - timedelta(days=1)


def surge_reading(*, symbol: str, hour: Kline | None, day: Kline | None, onboard_at: datetime) -> SurgeReading | None:
    """Reading of a finished hour against its reference day; None where the rule does not apply.

    It does not apply to a missing bar, an hour or day without sales, or a contract younger than its reference day.
    """
    if hour is None or day is None or onboard_at > day.open_time:
        return None
    mean = day.sell_volume / HOURS_PER_DAY
    if mean <= 0 or hour.sell_volume <= 0:
        return None
    return SurgeReading(
        symbol=symbol,
        candle_open=hour.open_time,
        price=hour.close,
        sell_volume=hour.sell_volume,
        mean_sell_volume=mean,
    )


def is_surge(ratio: Decimal, *, threshold: Decimal, max_multiple: Decimal) -> bool:
    """Both bounds belong to the surge."""
    return threshold <= ratio <= max_multiple
