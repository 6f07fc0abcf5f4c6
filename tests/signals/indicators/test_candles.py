from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from exchange.types import Kline
from signals.indicators.candles import Timeframe, candles_of

NOON = datetime(2024, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def bar(open_time: datetime, price: str = "1.5", *, length: timedelta = MINUTE) -> Kline:
    close = Decimal(price)
    return Kline(
        open_time=open_time,
        open=close,
        high=close + 1,
        low=close - 1,
        close=close,
        volume=Decimal(7),
        close_time=open_time + length - timedelta(milliseconds=1),
        quote_volume=Decimal(10),
        trades=3,
        taker_buy_volume=Decimal(3),
        taker_buy_quote_volume=Decimal(5),
    )


@pytest.mark.parametrize(
    ("timeframe", "now", "newest"),
    [
        (Timeframe.M1, NOON, NOON - MINUTE),
        (Timeframe.M15, NOON + timedelta(minutes=14, seconds=59), NOON - timedelta(minutes=15)),
        (Timeframe.H4, NOON + timedelta(hours=3), NOON - timedelta(hours=4)),
        (Timeframe.D1, NOON, datetime(2024, 11, 22, tzinfo=UTC)),
    ],
)
def test_the_candle_that_finished_last(timeframe, now, newest):
    assert timeframe.newest_finished(now) == newest


def test_a_running_candle_is_not_looked_at():
    bars = [bar(NOON + MINUTE * number, str(number + 2)) for number in range(4)]

    seen = candles_of(bars, Timeframe.M1, now=NOON + 3 * MINUTE + timedelta(seconds=30))

    assert list(seen.close) == [2, 3, 4]
    assert seen.last_open == NOON + 2 * MINUTE


def test_a_candle_counts_from_the_end_of_its_time_on():
    bars = [bar(NOON)]

    assert len(candles_of(bars, Timeframe.M1, now=NOON + MINUTE)) == 1
    assert len(candles_of(bars, Timeframe.M1, now=NOON + MINUTE - timedelta(milliseconds=1))) == 0


def test_only_the_newest_window_is_kept():
    bars = [bar(NOON + MINUTE * number) for number in range(150)]

    seen = candles_of(bars, Timeframe.M1, now=NOON + timedelta(days=1))

    assert len(seen) == 120
    assert seen.last_open == bars[-1].open_time


def test_missing_candles_are_counted():
    bars = [bar(NOON + MINUTE * number) for number in (0, 1, 4)]

    assert candles_of(bars, Timeframe.M1, now=NOON + timedelta(days=1)).missing == 2
    assert candles_of([], Timeframe.M1, now=NOON).missing == 0


def test_the_digest_names_the_content_and_nothing_else():
    bars = [bar(NOON + MINUTE * number) for number in range(5)]
    later = NOON + timedelta(days=1)
    first = candles_of(bars, Timeframe.M1, now=later).digest

    assert candles_of(bars, Timeframe.M1, now=later + MINUTE).digest == first
    assert candles_of(bars[1:], Timeframe.M1, now=later).digest != first
    assert candles_of([*bars[:4], bar(NOON + 4 * MINUTE, "1.6")], Timeframe.M1, now=later).digest != first
    assert candles_of(bars, Timeframe.M5, now=later).digest != first


def test_a_digest_is_the_same_in_every_process():
    bars = [bar(NOON + MINUTE * number) for number in range(5)]

    digest = candles_of(bars, Timeframe.M1, now=NOON + timedelta(days=1)).digest

    assert digest == "0f9f62adad094fdc082c6448d03e7ccfe103656dde832d2dae54ecbbee2ee88e"


def test_candles_cannot_be_changed():
    seen = candles_of([bar(NOON)], Timeframe.M1, now=NOON + MINUTE)

    with pytest.raises(ValueError, match="read-only"):
        seen.close[0] = np.float64(1)
