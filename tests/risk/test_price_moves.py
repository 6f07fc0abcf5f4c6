"""How far prices move, worked out by hand, and against the indicators' own average true range."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from exchange.types import Kline
from risk.price_moves import LEAST_HOURS, average_true_range, daily_volatility
from signals.indicators.volatility import atr

D = Decimal
START = datetime(2024, 11, 23, tzinfo=UTC)


def bar(number: int, *, high: str, low: str, close: str) -> Kline:
    opened = START + number * timedelta(minutes=15)
    return Kline(
        open_time=opened,
        open=D(close),
        high=D(high),
        low=D(low),
        close=D(close),
        volume=D(1),
        close_time=opened + timedelta(minutes=15, milliseconds=-1),
        quote_volume=D(1),
        trades=1,
        taker_buy_volume=D(1),
        taker_buy_quote_volume=D(1),
    )


def closing(*closes: str) -> list[Kline]:
    return [bar(number, high=close, low=close, close=close) for number, close in enumerate(closes)]


def test_a_gap_belongs_to_the_true_range() -> None:
    bars = [bar(0, high="10", low="9", close="10"), bar(1, high="13", low="12", close="12")]

    assert average_true_range(bars, period=1) == D(3)  # 13 less the close before


def test_the_average_begins_with_a_mean_and_goes_on_as_wilder_has_it() -> None:
    bars = closing("10", "12", "14", "18")  # ranges 2, 2, 4

    assert average_true_range(bars, period=2) == D(3)  # (2 × 1 + 4) / 2


@pytest.mark.parametrize(("count", "expected"), [(14, None), (15, D(1)), (16, D(1))])
def test_too_few_bars_have_no_average(count: int, expected: Decimal | None) -> None:
    assert average_true_range(closing(*(str(10 + number) for number in range(count)))) == expected


def test_it_is_what_the_indicators_say() -> None:
    chance = random.Random(3)
    middles = [chance.uniform(95, 105) for _ in range(90)]
    bars = [
        bar(
            number, high=f"{middle + chance.random():.4f}", low=f"{middle - chance.random():.4f}", close=f"{middle:.4f}"
        )
        for number, middle in enumerate(middles)
    ]
    high, low, close = (_floats(bars, name) for name in ("high", "low", "close"))

    found = average_true_range(bars)

    assert found is not None
    assert float(found) == pytest.approx(atr(high, low, close)[-1], rel=1e-9)


def _floats(bars: Sequence[Kline], name: str) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    return np.array([float(getattr(each, name)) for each in bars])


def test_a_days_volatility_is_the_hours_times_the_root_of_24() -> None:
    hours = closing(*(("100", "101")[number % 2] for number in range(LEAST_HOURS + 1)))
    returns = [D("0.01"), 1 / D("1.01") - 1] * (LEAST_HOURS // 2)
    mean = sum(returns) / len(returns)
    variance = sum((each - mean) ** 2 for each in returns) / (len(returns) - 1)

    assert daily_volatility(hours) == (variance * 24).sqrt()


@pytest.mark.parametrize(
    "closes", [["100"] * 200, [str(100 + number) for number in range(LEAST_HOURS)]], ids=["still", "too few"]
)
def test_without_moves_there_is_no_volatility(closes: list[str]) -> None:
    assert daily_volatility(closing(*closes)) is None
