"""Limits of age: what an entry is decided on must be of now, each class of data by its own measure."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from risk.limit_settings import RiskSettings
from risk.limits import LimitCode, LimitRefusal


class DataClass(StrEnum):
    BALANCE = "balance"
    PRICE = "price"


CODES = {DataClass.BALANCE: LimitCode.BALANCE_STALE, DataClass.PRICE: LimitCode.PRICE_STALE}


def freshness_refusal(
    ages: Mapping[DataClass, timedelta | None], settings: RiskSettings, *, least: timedelta = timedelta(0)
) -> LimitRefusal | None:
    """The first class of data that is older than it may be; None as an age means it was never read.

    ``least`` is allowed whatever the setting: in a fast replay minutes pass within a request.
    """
    for data, age in ages.items():
        minutes = _limit(data, settings)
        if not minutes:
            continue
        if age is None:
            return LimitRefusal(CODES[data], "never", f"{minutes} min")
        if age > max(timedelta(minutes=minutes), least):
            return LimitRefusal(CODES[data], f"{age / timedelta(minutes=1):.1f} min", f"{minutes} min")
    return None


def _limit(data: DataClass, settings: RiskSettings) -> int:
    return settings.max_balance_age_minutes if data is DataClass.BALANCE else settings.max_price_age_minutes
