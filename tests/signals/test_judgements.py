"""Judging a position after 2 and 12 hours: the worked examples of the strategy's description."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from exchange.types import Contract, Kline, PositionSide
from signals.strategies.base import AdjustTakeProfit, Close, Hold, OpenPosition, Strength
from signals.strategies.strength import share_beyond
from signals.strategies.surge_short import SurgeShort, SurgeShortConfig

FILLED = datetime(2024, 11, 23, 10, 2, 30, tzinfo=UTC)
FIVE_MINUTES = timedelta(minutes=5)
NEVER_JUDGED: frozenset[str] = frozenset()


def bar(open_time: datetime, close: str) -> Kline:
    price = Decimal(close)
    return Kline(
        open_time=open_time,
        open=price,
        high=price,
        low=price,
        close=price,
        volume=Decimal(1),
        close_time=open_time + FIVE_MINUTES,
        quote_volume=price,
        trades=1,
        taker_buy_volume=Decimal(0),
        taker_buy_quote_volume=Decimal(0),
    )


class View:
    """A market that knows five-minute bars from 10:00 on; the first ``below`` after the fill close under the bound."""

    def __init__(self, now: datetime, *, below: int, closes_at: str = "94.4") -> None:
        self.now = now
        opens = [FILLED.replace(minute=0, second=0) + FIVE_MINUTES * step for step in range(200)]
        self._bars = [bar(opened, closes_at if 0 < place <= below else "100") for place, opened in enumerate(opens)]

    def contracts(self) -> Sequence[Contract]:
        return ()

    def bar(self, symbol: str, interval: str, open_time: datetime) -> Kline | None:
        return None

    def bars(self, symbol: str, interval: str, *, start: datetime, end: datetime) -> Sequence[Kline] | None:
        return [known for known in self._bars if interval == "5m" and start <= known.open_time <= end]

    def last_price(self, symbol: str) -> Decimal | None:
        return None


class BlindView(View):
    def bars(self, symbol: str, interval: str, *, start: datetime, end: datetime) -> Sequence[Kline] | None:
        return None


def position(*, judged: frozenset[str] = NEVER_JUDGED, strength: Strength = Strength.UNKNOWN) -> OpenPosition:
    return OpenPosition(
        symbol="DOTUSDT",
        position_side=PositionSide.SHORT,
        entry_price=Decimal(100),
        filled_at=FILLED,
        quantity=Decimal(1),
        strength=strength,
        judged=judged,
    )


def decision(view: View, **details: object) -> object:
    return SurgeShort(SurgeShortConfig()).evaluate(position(**details), view)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("below", "share", "strength", "ratio"),
    [(15, "0.625", Strength.STRONG, "0.33"), (14, "0.583", Strength.MEDIUM, "0.21")],
)
def test_the_worked_example_of_two_hours(below: int, share: str, strength: Strength, ratio: str) -> None:
    judged = decision(View(FILLED + timedelta(hours=2), below=below))

    assert isinstance(judged, AdjustTakeProfit)
    assert (judged.check, judged.strength, judged.ratio) == ("2h", strength, Decimal(ratio))
    assert judged.reason.startswith(f"{share} of 24 closes")


def test_a_position_that_never_fell_is_weak_after_twelve_hours() -> None:
    judged = decision(View(FILLED + timedelta(hours=12), below=0), judged=frozenset({"2h"}))

    assert isinstance(judged, AdjustTakeProfit)
    assert (judged.check, judged.strength, judged.ratio) == ("12h", Strength.WEAK, Decimal("0.1"))


def test_a_position_that_kept_falling_is_strong_after_twelve_hours() -> None:
    judged = decision(View(FILLED + timedelta(hours=12), below=100, closes_at="90"), judged=frozenset({"2h"}))

    assert isinstance(judged, AdjustTakeProfit)
    assert judged.strength is Strength.STRONG


@pytest.mark.parametrize(("close", "counts"), [("94.5", False), ("94.4999", True), ("94.6", False)])
def test_a_close_exactly_at_the_bound_does_not_count(close: str, counts: bool) -> None:
    bars = [bar(FILLED, close), bar(FILLED + FIVE_MINUTES, close)]

    share = share_beyond(bars, entry_price=Decimal(100), growth=Decimal("0.055"), position_side=PositionSide.SHORT)

    assert share == Decimal(int(counts))


def test_before_two_hours_nothing_is_judged() -> None:
    assert decision(View(FILLED + timedelta(hours=2) - timedelta(milliseconds=1), below=24)) == Hold()


def test_a_check_is_done_once() -> None:
    assert decision(View(FILLED + timedelta(hours=3), below=24), judged=frozenset({"2h"})) == Hold()


def test_without_data_a_check_is_tried_for_half_an_hour_and_then_decided() -> None:
    early = decision(BlindView(FILLED + timedelta(hours=2, minutes=29), below=0))
    late = decision(BlindView(FILLED + timedelta(hours=2, minutes=30), below=0))

    assert early == Hold()
    assert isinstance(late, AdjustTakeProfit)
    assert (late.strength, late.reason) == (Strength.MEDIUM, "no data")


@pytest.mark.parametrize(("hours", "ends"), [(71.99, False), (72, True), (100, True)])
def test_seventy_two_hours_end_it_whatever_was_judged(hours: float, ends: bool) -> None:
    judged = decision(View(FILLED + timedelta(hours=hours), below=0), judged=frozenset({"2h", "12h"}))

    assert (judged == Close("time_limit")) is ends
