"""The lab's verdicts against the second reckoning, and what it says when a venue tells little or nothing."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from exchange.errors import ExchangeUnavailable
from exchange.types import Kline, PositionSide, to_ms
from risk.filters import FILTERS
from risk.verdict import Outcome
from signals.shadow import TIME_LIMIT
from signals.strategies.base import Proposal
from signals.strategies.surge_short import SurgeShort, SurgeShortConfig
from tests.risk.filters.reckoning import RECKONINGS, Answer, Columns, Recording
from tests.trading.test_filter_lab import NOW, PLAN, RECORDING, judged
from trading.filter_lab import LabCase, every_filter, lab_cases
from trading.paged_bars import PAGE_BARS

D = Decimal
ENTERED = datetime(2024, 11, 1, 12, tzinfo=UTC)
PROPOSAL = Proposal(
    symbol="DOTUSDT",
    candle_open=ENTERED - timedelta(hours=1),
    surge_ratio=D(12),
    price=D(10),
    sell_volume=D(1),
    mean_sell_volume=D(1),
)


class FlatMarket:
    """Every bar at one price, however many are asked for; ``falls_at`` makes the price lower from then on."""

    def __init__(self, *, price: str = "10", falls_at: datetime | None = None, fallen: str = "7.8") -> None:
        self.price, self.falls_at, self.fallen = D(price), falls_at, D(fallen)
        self.asked: list[int] = []

    def klines(
        self, symbol: str, interval: str, *, start: datetime, end: datetime, limit: int = 500
    ) -> Sequence[Kline]:
        length = {"5m": timedelta(minutes=5), "1h": timedelta(hours=1)}[interval]
        first = start if start.minute % 5 == 0 and not start.second else start + length
        opens = [first + number * length for number in range(int((end - first) / length) + 1)][:limit]
        self.asked.append(len(opens))
        return [self._bar(at.replace(second=0, microsecond=0), length) for at in opens]

    def _bar(self, at: datetime, length: timedelta) -> Kline:
        price = self.fallen if self.falls_at is not None and at >= self.falls_at else self.price
        return Kline(
            open_time=at,
            close_time=at + length - timedelta(milliseconds=1),
            open=price,
            high=price,
            low=price,
            close=price,
            volume=D(2),
            quote_volume=2 * price,
            trades=1,
            taker_buy_volume=D(1),
            taker_buy_quote_volume=price,
        )


class SilentMarket:
    def klines(self, symbol: str, interval: str, **period: object) -> Sequence[Kline]:
        raise ExchangeUnavailable("no answer")


def one_case(market: object, **plan: object) -> LabCase:
    filters = every_filter(SurgeShortConfig())
    (case,) = lab_cases(market, [PROPOSAL], filters=filters, plan=replace(PLAN, **plan), now=NOW)  # type: ignore[arg-type]
    return case


@pytest.fixture(scope="module")
def recording() -> Recording:
    return Recording(RECORDING)


@pytest.mark.parametrize(("name", "reckon"), [(name, reckon) for name, _, reckon in RECKONINGS])
def test_every_filter_of_hourly_bars_says_what_the_second_reckoning_says(
    name: str, reckon: Callable[[Columns], Answer], recording: Recording
) -> None:
    cases = [case for case in judged() if case.verdicts[name].metrics.get("hours") in ("25", "24", "12")]

    again = [reckon(recording.until(case.proposal.symbol, to_ms(case.proposal.candle_open)))[0] for case in cases]

    assert len(cases) > 100
    assert [case.verdicts[name].outcome is Outcome.REJECT for case in cases] == again


def test_the_second_reckoning_leaves_no_filter_of_hourly_bars_out() -> None:
    assert {name for name, row in FILTERS.items() if row.needs_hours} == {name for name, _, _ in RECKONINGS}


def test_an_entry_at_the_signals_own_price_drifted_nowhere() -> None:
    for name in ("entry_gain", "entry_gain_min"):
        assert {case.verdicts[name].outcome for case in judged()} == {Outcome.PASS}


def test_a_trade_longer_than_a_page_of_bars_is_followed_to_its_end() -> None:
    market = FlatMarket()

    case = one_case(market, max_hold=timedelta(hours=400))

    assert case.exit is not None
    assert (case.exit.reason, case.exit.at) == (TIME_LIMIT, ENTERED + timedelta(hours=400))
    assert max(market.asked) <= PAGE_BARS
    assert sum(market.asked) > 4 * PAGE_BARS


def test_what_the_venue_would_not_tell_is_told_and_counts_in_no_verdict() -> None:
    case = one_case(SilentMarket())

    assert case.error == "no answer"
    assert case.exit is None
    assert {verdict.outcome for verdict in case.verdicts.values()} == {Outcome.UNAVAILABLE}


def test_the_lab_judges_as_the_strategy_does() -> None:
    """After two hours without a fall the aim is 21 %, and a price at 22 % under the entry has passed it."""
    market = FlatMarket(falls_at=ENTERED + timedelta(hours=3))

    unjudged = one_case(market)
    judged_case = one_case(market, strategy=SurgeShort(SurgeShortConfig()))

    assert unjudged.exit is not None
    assert judged_case.exit is not None
    assert unjudged.exit.reason == TIME_LIMIT
    assert (judged_case.exit.reason, judged_case.exit.at) == ("take_profit", ENTERED + timedelta(hours=3))
    assert PLAN.position_side is PositionSide.SHORT
