"""The stop of a position that was added to: one average true range behind, and only ever nearer."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from exchange.types import Kline, PositionSide
from trading.core.stop_after_add import average_true_range, is_tighter, stop_after_add, tightest

START = datetime(2024, 11, 23, tzinfo=UTC)
LONG, SHORT = PositionSide.LONG, PositionSide.SHORT


def bars(*ranges: tuple[str, str, str]) -> list[Kline]:
    """From high, low and close."""
    return [
        Kline(
            open_time=START + timedelta(minutes=15 * place),
            open=Decimal(close),
            high=Decimal(high),
            low=Decimal(low),
            close=Decimal(close),
            volume=Decimal(1),
            close_time=START + timedelta(minutes=15 * place + 14),
            quote_volume=Decimal(1),
            trades=1,
            taker_buy_volume=Decimal(1),
            taker_buy_quote_volume=Decimal(1),
        )
        for place, (high, low, close) in enumerate(ranges)
    ]


def test_the_range_counts_a_gap_from_the_close_before() -> None:
    assert average_true_range(bars(("10", "9", "10"), ("13", "12", "12")), period=1) == Decimal(3)
    assert average_true_range(bars(("10", "9", "10"), ("8", "7", "8")), period=1) == Decimal(3)


def test_wilders_average_begins_with_the_mean() -> None:
    rows = bars(("1", "1", "1"), ("3", "1", "1"), ("5", "1", "1"), ("2", "1", "1"))

    assert average_true_range(rows, period=2) == (Decimal(3) + Decimal(1)) / 2


def test_too_few_bars_have_no_range() -> None:
    assert average_true_range(bars(*[("2", "1", "1")] * 14)) is None
    assert average_true_range(bars(*[("2", "1", "1")] * 15)) == Decimal(1)


def test_the_stop_lies_one_range_behind_the_average() -> None:
    assert stop_after_add(average=Decimal("103.33"), atr=Decimal(2), position_side=LONG) == Decimal("101.33")
    assert stop_after_add(average=Decimal(100), atr=Decimal(2), position_side=SHORT) == Decimal(102)


def test_the_tightest_stop_lies_nearest_to_profit() -> None:
    prices = [Decimal(98), Decimal(101), Decimal(99)]

    assert (tightest(prices, position_side=LONG), tightest(prices, position_side=SHORT)) == (101, 98)
    assert is_tighter(Decimal(101), Decimal(99), position_side=LONG)
    assert not is_tighter(Decimal(99), Decimal(99), position_side=SHORT)
