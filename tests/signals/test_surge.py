"""The surge formula, by the worked examples of the reference."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from exchange.types import Kline
from signals.surge import is_surge, reference_day, surge_reading

DAY = datetime(2024, 11, 22, tzinfo=UTC)
HOUR = datetime(2024, 11, 23, 16, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def bar(open_time: datetime, *, volume: str, buy: str, length: timedelta = timedelta(hours=1)) -> Kline:
    return Kline(
        open_time=open_time,
        open=Decimal(1),
        high=Decimal(1),
        low=Decimal(1),
        close=Decimal("8.562"),
        volume=Decimal(volume),
        close_time=open_time + length - timedelta(milliseconds=1),
        quote_volume=Decimal(volume),
        trades=1,
        taker_buy_volume=Decimal(buy),
        taker_buy_quote_volume=Decimal(buy),
    )


def day_bar(volume: str = "2400000", buy: str = "1200000") -> Kline:
    return bar(DAY, volume=volume, buy=buy, length=timedelta(days=1))


def test_the_worked_example_gives_eleven() -> None:
    reading = surge_reading(
        symbol="DOTUSDT", hour=bar(HOUR, volume="700000", buy="150000"), day=day_bar(), onboard_at=LONG_AGO
    )

    assert reading is not None
    assert (reading.mean_sell_volume, reading.sell_volume, reading.ratio) == (50000, 550000, 11)
    assert reading.price == Decimal("8.562")


@pytest.mark.parametrize(("ratio", "expected"), [("10.0", True), ("9.999", False), ("14008", True), ("14008.1", False)])
def test_both_bounds_belong_to_the_surge(ratio: str, expected: bool) -> None:
    assert is_surge(Decimal(ratio), threshold=Decimal(10), max_multiple=Decimal(14008)) is expected


@pytest.mark.parametrize(
    ("candle_open", "day"),
    [
        (datetime(2024, 11, 23, 16, tzinfo=UTC), datetime(2024, 11, 22, tzinfo=UTC)),
        (datetime(2024, 11, 23, 23, tzinfo=UTC), datetime(2024, 11, 22, tzinfo=UTC)),
        (datetime(2024, 11, 24, 0, tzinfo=UTC), datetime(2024, 11, 23, tzinfo=UTC)),
        (datetime(2024, 3, 1, 5, tzinfo=UTC), datetime(2024, 2, 29, tzinfo=UTC)),
    ],
)
def test_the_reference_day_lies_before_the_candles_own_date(candle_open: datetime, day: datetime) -> None:
    assert reference_day(candle_open) == day


def test_a_contract_younger_than_the_reference_day_has_no_reading() -> None:
    hour = bar(HOUR, volume="700000", buy="0")

    listed_in_the_night = surge_reading(
        symbol="NEIROUSDT", hour=hour, day=day_bar(), onboard_at=DAY + timedelta(seconds=1)
    )
    listed_at_midnight = surge_reading(symbol="NEIROUSDT", hour=hour, day=day_bar(), onboard_at=DAY)

    assert listed_in_the_night is None
    assert listed_at_midnight is not None


@pytest.mark.parametrize(
    ("hour", "day"),
    [
        (None, day_bar()),
        (bar(HOUR, volume="700", buy="0"), None),
        (bar(HOUR, volume="700", buy="0"), day_bar("0", "0")),
        (bar(HOUR, volume="700", buy="700"), day_bar()),
    ],
    ids=["no hour", "no day", "settled contract without sales", "an hour of buys only"],
)
def test_missing_or_empty_bars_give_no_reading_and_no_division_by_zero(hour: Kline | None, day: Kline | None) -> None:
    assert surge_reading(symbol="AGIXUSDT", hour=hour, day=day, onboard_at=LONG_AGO) is None
