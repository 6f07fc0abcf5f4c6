"""The share of closes that kept their way."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from exchange.types import Kline, PositionSide
from signals.strategies.strength import share_beyond
from tests.signals.range_market import bar

START = datetime(2024, 11, 23, 10, 5, tzinfo=UTC)
GROWTH = Decimal("0.055")


def bars(*closes: str) -> list[Kline]:
    step = timedelta(minutes=5)
    return [bar(START + step * place, sold=1, price=close, length=step) for place, close in enumerate(closes)]


def share(closes: list[str], side: PositionSide = PositionSide.SHORT) -> Decimal | None:
    return share_beyond(bars(*closes), entry_price=Decimal(100), growth=GROWTH, position_side=side)


@pytest.mark.parametrize(("below", "expected"), [(15, Decimal("0.625")), (14, Decimal(14) / 24)])
def test_the_worked_example_counts_closes_below_the_bound(below: int, expected: Decimal) -> None:
    assert share(["94"] * below + ["99"] * (24 - below)) == expected


def test_a_close_exactly_at_the_bound_does_not_count() -> None:
    assert share(["94.5", "94.4999"]) == Decimal("0.5")


def test_a_long_is_judged_the_other_way_round() -> None:
    assert share(["105.6", "105.5", "94", "100"], PositionSide.LONG) == Decimal("0.25")


@pytest.mark.parametrize("closes", [[], ["90"]])
def test_fewer_than_two_bars_are_no_data(closes: list[str]) -> None:
    assert share(closes) is None
