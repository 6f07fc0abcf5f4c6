"""Two readings of the 5 m candles in words: volume with the day's direction, and the place between the bands."""

from enum import StrEnum

from signals.indicators.indicator_set import IndicatorSet

HIGH_VOLUME_FROM = 1.5


class VolumeMomentum(StrEnum):
    RISING_HIGH = "rising_on_high_volume"
    RISING_LOW = "rising_on_low_volume"
    FALLING_HIGH = "falling_on_high_volume"
    FALLING_LOW = "falling_on_low_volume"


class PricePosition(StrEnum):
    ABOVE_UPPER = "above_upper_band"
    NEAR_UPPER = "near_upper_band"
    MIDDLE = "middle"
    NEAR_LOWER = "near_lower_band"
    BELOW_LOWER = "below_lower_band"


def volume_momentum(frame: IndicatorSet | None, *, change_24h_pct: float | None) -> VolumeMomentum | None:
    """None where volume or direction is unknown; a day without change counts as falling."""
    if frame is None or frame.volume_ratio is None or change_24h_pct is None:
        return None
    is_high = frame.volume_ratio > HIGH_VOLUME_FROM
    if change_24h_pct > 0:
        return VolumeMomentum.RISING_HIGH if is_high else VolumeMomentum.RISING_LOW
    return VolumeMomentum.FALLING_HIGH if is_high else VolumeMomentum.FALLING_LOW


def price_position(frame: IndicatorSet | None) -> PricePosition | None:
    place = frame.percent_b if frame else None
    if place is None:
        return None
    if place > 0.8:
        return PricePosition.ABOVE_UPPER if place > 1 else PricePosition.NEAR_UPPER
    if place < 0.2:
        return PricePosition.BELOW_LOWER if place < 0 else PricePosition.NEAR_LOWER
    return PricePosition.MIDDLE
