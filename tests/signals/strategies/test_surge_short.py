"""The surge short's judgements after 2, 12 and 72 hours, on a view that a test made."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from exchange.types import Kline, PositionSide
from signals.strategies.base import AdjustTakeProfit, Close, Hold, OpenPosition, Strength
from signals.strategies.surge_short import SurgeShort, SurgeShortConfig
from tests.signals.range_market import DAY, HOUR, bar

FILLED = datetime(2024, 11, 23, 10, 2, 30, tzinfo=UTC)
SIGNAL_HOUR = FILLED.replace(hour=9, minute=0, second=0)
FIVE = timedelta(minutes=5)


@dataclass
class View:
    """MarketView with the bars it was given, by interval."""

    now: datetime
    known: dict[str, list[Kline]] = field(default_factory=dict)
    asked: list[tuple[str, datetime, datetime]] = field(default_factory=list)

    def bars(self, symbol: str, interval: str, *, start: datetime, end: datetime) -> Sequence[Kline] | None:
        self.asked.append((interval, start, end))
        if interval not in self.known:
            return None
        return [each for each in self.known[interval] if start <= each.open_time <= end]


def view(after: timedelta, *, below: int | None, close: str = "90") -> View:
    """A view so long after the fill; of the five-minute bars until then the first ``below`` close far below."""
    seen = View(FILLED + after)
    if below is not None:
        first = FILLED.replace(minute=5, second=0)
        count = (FILLED + after - first) // FIVE + 1
        closes = [close] * below + ["99"] * (count - below)
        seen.known["5m"] = [bar(first + FIVE * n, sold=1, price=price, length=FIVE) for n, price in enumerate(closes)]
    return seen


def position(*judged: str, strength: Strength = Strength.UNKNOWN) -> OpenPosition:
    return OpenPosition(
        symbol="AUSDT",
        position_side=PositionSide.SHORT,
        entry_price=Decimal(100),
        filled_at=FILLED,
        quantity=Decimal(1),
        strength=strength,
        judged=frozenset(judged),
        candle_open=SIGNAL_HOUR,
    )


def decide(held: OpenPosition, seen: View, **settings: object) -> Hold | Close | AdjustTakeProfit:
    return SurgeShort(SurgeShortConfig(**settings)).evaluate(held, seen)


def judgement(held: OpenPosition, seen: View, **settings: object) -> tuple[str, Strength, Decimal]:
    decision = decide(held, seen, **settings)
    assert isinstance(decision, AdjustTakeProfit), decision
    return decision.check, decision.strength, decision.ratio


def test_nothing_is_judged_before_its_time() -> None:
    seen = view(timedelta(hours=2, seconds=-1), below=0)

    assert decide(position(), seen) == Hold()
    assert seen.asked == []


@pytest.mark.parametrize(
    ("below", "expected"), [(15, (Strength.STRONG, Decimal("0.33"))), (14, (Strength.MEDIUM, Decimal("0.21")))]
)
def test_after_two_hours_24_bars_decide_between_strong_and_medium(below: int, expected: tuple[object, ...]) -> None:
    seen = view(timedelta(hours=2), below=below)

    assert judgement(position(), seen) == ("2h", *expected)
    assert len(seen.known["5m"]) == 24
    assert seen.asked == [("5m", FILLED, FILLED + timedelta(hours=2))]


@pytest.mark.parametrize("before", [Strength.STRONG, Strength.MEDIUM])
@pytest.mark.parametrize(
    ("below", "expected"), [(100, (Strength.STRONG, Decimal("0.33"))), (60, (Strength.WEAK, Decimal("0.1")))]
)
def test_after_twelve_hours_any_strength_becomes_strong_or_weak(
    below: int, expected: tuple[object, ...], before: Strength
) -> None:
    seen = view(timedelta(hours=12), below=below)

    assert judgement(position("2h", strength=before), seen) == ("12h", *expected)


def test_after_twelve_hours_the_bound_is_seven_and_a_half_per_cent() -> None:
    exactly = view(timedelta(hours=12), below=144, close="92.5")
    beyond = view(timedelta(hours=12), below=144, close="92.4999")

    assert judgement(position("2h"), exactly)[1] is Strength.WEAK
    assert judgement(position("2h"), beyond)[1] is Strength.STRONG


def test_a_desk_that_comes_late_makes_up_for_both_checks_one_after_the_other() -> None:
    seen = view(timedelta(hours=13), below=0)

    assert judgement(position(), seen)[0] == "2h"
    assert judgement(position("2h"), seen)[0] == "12h"
    assert decide(position("2h", "12h"), seen) == Hold()


def test_missing_bars_are_waited_for_and_then_count_as_not_strong() -> None:
    within = view(timedelta(hours=2, minutes=29), below=None)
    after = view(timedelta(hours=2, minutes=30), below=None)

    assert decide(position(), within) == Hold()
    assert judgement(position(), after) == ("2h", Strength.MEDIUM, Decimal("0.21"))


def test_the_time_limit_goes_before_every_check() -> None:
    assert decide(position(), view(timedelta(hours=72), below=None)) == Close("time_limit")
    assert decide(position("2h", "12h"), view(timedelta(hours=72, seconds=-1), below=None)) == Hold()


def surged(seen: View, *hours: datetime) -> View:
    """Sell volume of twelve times the mean of the day before in ``hours``, of half the mean in others."""
    day = FILLED.replace(hour=0, minute=0, second=0)
    seen.known["1d"] = [bar(day - DAY * n, sold=24_000, length=DAY) for n in range(3)]
    both = [SIGNAL_HOUR, SIGNAL_HOUR + HOUR]
    seen.known["1h"] = [bar(hour, sold=12_000 if hour in hours else 500) for hour in both]
    return seen


@pytest.mark.parametrize("before", [Strength.STRONG, Strength.MEDIUM])
def test_surges_in_the_hours_of_signal_and_entry_keep_a_position_from_being_weak(before: Strength) -> None:
    seen = surged(view(timedelta(hours=12), below=0), SIGNAL_HOUR, SIGNAL_HOUR + HOUR)

    assert judgement(position("2h", strength=before), seen, consecutive_surge_protection=True)[1] is before


def test_one_surge_alone_protects_nothing_nor_does_a_setting_that_is_off() -> None:
    twice = surged(view(timedelta(hours=12), below=0), SIGNAL_HOUR, SIGNAL_HOUR + HOUR)
    once = surged(view(timedelta(hours=12), below=0), SIGNAL_HOUR)

    assert judgement(position("2h"), twice)[1] is Strength.WEAK
    assert judgement(position("2h"), once, consecutive_surge_protection=True)[1] is Strength.WEAK
