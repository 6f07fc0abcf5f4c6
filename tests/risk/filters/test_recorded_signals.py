"""Every filter on every recorded symbol-hour, against a second reckoning straight from the parquet file.

Judged are two moments of the hour after the surge. In its last millisecond its bar is the recorded one, so that both
sides see the file's numbers and nothing else. At HH:00:05, when the desk scans, the running bar holds the first trade
only: its price is the hour's recorded open, its volumes are not recorded and are what the venue shows as the running
minute. All other bars of the second reckoning are the file's.
"""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from exchange.paper.core.market import Bar
from exchange.paper.feeds.replay import ReplayMarket
from exchange.types import Kline, from_ms, to_ms
from risk.filters import run_filters
from risk.filters.context import FilterContext
from risk.verdict import Outcome, Verdict
from signals.filter_data import filter_data
from signals.strategies.filter_settings import FilterSettings
from tests.risk.filters.reckoning import HOUR_MS, RECKONINGS, Answer, Columns, Recording

DATA = Path(__file__).resolve().parents[3] / "data"
SIGNALS = Path(__file__).resolve().parents[2] / "signals" / "signals_10x.csv"
AT_THE_SCAN = timedelta(seconds=5)
AT_THE_END = timedelta(hours=1) - timedelta(milliseconds=1)
SWITCHES = {name: True for name in FilterSettings.model_fields if name.endswith("_enabled")}
# No premium is recorded, so the change of the basis has its own tests.
ALL_ON = FilterSettings(**SWITCHES | {"basis_change_24h_enabled": False}).filters()

# How many of the 155 recorded symbol-hours each filter rejects with its default bounds, 5 s after the hour. The largest
# fall in 24 h was 22.4 %, no run of buying was longer than two hours, and no price runs away within 5 s.
AT_THE_SCAN_REJECTED = {
    "price_change_24h": 0,
    "entry_gain": 0,
    "cvd_new_low": 51,
    "premium_realtime": 0,
    "basis": 0,
    "buy_acceleration": 41,
    "consecutive_buy_ratio": 0,
    "buy_sell_ratio": 54,
    "intraday_buy_ratio": 30,
    "entry_gain_min": 0,
}
# Bounds that the recording does cross, for the filters whose defaults it does not.
CROSSED = [
    ("price_change_24h", {"premium_24h_enabled": True, "premium_24h_drop_threshold": "-20"}),
    ("entry_gain", {"entry_gain_max_pct": "5"}),
    ("entry_gain_min", {}),
    ("consecutive_buy_ratio", {"consecutive_buy_ratio_enabled": True, "consecutive_buy_ratio_hours": 2}),
    ("premium_realtime", {"premium_realtime_enabled": True, "premium_min_threshold": "0.0001"}),
    ("basis", {"basis_enabled": True, "basis_min_pct": "0.01"}),
]

Reckoned = Callable[[Columns], Answer]


@dataclass(frozen=True)
class Surge:
    """A recorded symbol-hour; ``next_ms`` is the open time of the hour after it, ``price`` its close."""

    symbol: str
    next_ms: int
    price: Decimal


@dataclass(frozen=True)
class ReplayedHours:
    """The recorded market's bars as the venue shows them at ``now``."""

    market: ReplayMarket
    now: datetime

    def klines(self, symbol: str, interval: str, *, start: datetime, end: datetime, limit: int) -> Sequence[Kline]:
        bars = self.market.bars(symbol, interval, to_ms(start), to_ms(end), to_ms(self.now))
        return [kline(bar) for bar in bars[:limit]]


def kline(bar: Bar) -> Kline:
    values = bar._asdict()
    open_time, close_time = from_ms(values.pop("open_ms")), from_ms(values.pop("close_ms"))
    return Kline(open_time=open_time, close_time=close_time, **values)


def surges() -> list[Surge]:
    with SIGNALS.open() as file:
        return [
            Surge(row["symbol"], int(row["open_time"]) + HOUR_MS, Decimal(row["close"])) for row in csv.DictReader(file)
        ]


@pytest.fixture(scope="module")
def market() -> ReplayMarket:
    return ReplayMarket.load(DATA)


@pytest.fixture(scope="module")
def recording() -> Recording:
    return Recording(DATA / "um/klines_1h_taker.parquet")


@pytest.fixture(scope="module")
def at_the_scan(market: ReplayMarket) -> list[FilterContext]:
    return [context_of(market, surge, after=AT_THE_SCAN) for surge in surges()]


@pytest.fixture(scope="module")
def at_the_end(market: ReplayMarket) -> list[FilterContext]:
    return [context_of(market, surge, after=AT_THE_END) for surge in surges()]


def context_of(market: ReplayMarket, surge: Surge, *, after: timedelta) -> FilterContext:
    """What the filters see ``after`` the hour that follows the surge began; mark and index are the last price."""
    now = from_ms(surge.next_ms) + after
    data = filter_data(ReplayedHours(market, now), surge.symbol, now=now, wants_hours=True, wants_mark=False)
    last_price = market.last_price(surge.symbol, to_ms(now))
    return FilterContext(
        symbol=surge.symbol,
        signal_price=surge.price,
        entry_price=last_price,
        hours=data.hours,
        mark_price=last_price,
        index_price=last_price,
    )


def verdicts_of(name: str, contexts: Sequence[FilterContext]) -> list[Verdict]:
    return [run_filters({name: ALL_ON[name]}, seen)[0] for seen in contexts]


def with_first_trade_only(hours: Columns, surge: Surge, *, market: ReplayMarket, recording: Recording) -> Columns:
    """``hours`` with the last one replaced by what is known of it 5 s after it began."""
    now_ms = to_ms(from_ms(surge.next_ms) + AT_THE_SCAN)
    (minute,) = market.bars(surge.symbol, "1m", surge.next_ms, now_ms, now_ms)
    hours.close[-1] = recording.open_of(surge.symbol, surge.next_ms)
    hours.buy[-1] = float(minute.taker_buy_volume)
    hours.sell[-1] = float(minute.volume - minute.taker_buy_volume)
    return hours


def assert_same(verdicts: Sequence[Verdict], answers: Sequence[Answer], metric: str) -> None:
    assert len(verdicts) == len(answers) == 155
    assert [verdict.outcome is Outcome.REJECT for verdict in verdicts] == [rejects for rejects, _ in answers]
    assert [float(verdict.metrics[metric]) for verdict in verdicts] == pytest.approx(
        [number for _, number in answers], rel=1e-6, abs=1e-4
    )


@pytest.mark.parametrize(("name", "metric", "reckoned"), RECKONINGS)
def test_at_the_end_of_the_next_hour_every_verdict_is_that_of_the_recorded_bars(
    at_the_end: list[FilterContext], recording: Recording, name: str, metric: str, reckoned: Reckoned
) -> None:
    answers = [reckoned(recording.until(surge.symbol, surge.next_ms)) for surge in surges()]

    verdicts = verdicts_of(name, at_the_end)

    assert_same(verdicts, answers, metric)


@pytest.mark.parametrize(("name", "metric", "reckoned"), RECKONINGS)
def test_when_the_desk_scans_every_verdict_is_that_of_the_recorded_bars_and_the_first_trade(
    at_the_scan: list[FilterContext],
    market: ReplayMarket,
    recording: Recording,
    name: str,
    metric: str,
    reckoned: Reckoned,
) -> None:
    answers = []
    for surge in surges():
        complete = recording.until(surge.symbol, surge.next_ms)
        answers.append(reckoned(with_first_trade_only(complete, surge, market=market, recording=recording)))

    verdicts = verdicts_of(name, at_the_scan)

    assert_same(verdicts, answers, metric)


def test_all_25_hours_of_every_recorded_surge_are_there_and_the_running_one_is_last(
    at_the_scan: list[FilterContext],
) -> None:
    for surge, seen in zip(surges(), at_the_scan, strict=True):
        assert len(seen.hours) == 25
        assert to_ms(seen.hours[-1].open_time) == surge.next_ms
        assert seen.hours[-2].close == surge.price


def test_the_running_hour_of_the_scan_has_traded_no_more_than_it_will(
    at_the_scan: list[FilterContext], at_the_end: list[FilterContext]
) -> None:
    for early, late in zip(at_the_scan, at_the_end, strict=True):
        assert early.hours[:-1] == late.hours[:-1]
        assert 0 <= early.hours[-1].taker_buy_volume <= late.hours[-1].taker_buy_volume
        assert 0 <= early.hours[-1].sell_volume <= late.hours[-1].sell_volume


def test_each_filter_alone_rejects_what_it_rejects_in_the_recording(at_the_scan: list[FilterContext]) -> None:
    outcomes = {name: [verdict.outcome for verdict in verdicts_of(name, at_the_scan)] for name in ALL_ON}

    assert {name: seen.count(Outcome.REJECT) for name, seen in outcomes.items()} == AT_THE_SCAN_REJECTED
    assert all(Outcome.UNAVAILABLE not in seen for seen in outcomes.values())


@pytest.mark.parametrize(("name", "values"), CROSSED)
def test_a_filter_rejects_where_the_recording_crosses_its_bound(
    at_the_end: list[FilterContext], name: str, values: dict[str, Any]
) -> None:
    parameters = FilterSettings.model_validate(values).filters()[name]

    rejected = [run_filters({name: parameters}, seen)[0].outcome is Outcome.REJECT for seen in at_the_end]

    assert any(rejected)
