"""The filter lab on the recording: verdicts recomputed here from the parquet file, results from the bars followed."""

import csv
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow.parquet as parquet
import pytest

from exchange.types import Kline, PositionSide
from risk.verdict import Outcome, Verdict
from signals.shadow import STOP_LOSS, TAKE_PROFIT, TIME_LIMIT, ShadowEntry, ShadowExit, follow
from signals.strategies.base import Proposal
from signals.strategies.surge_short import SurgeShortConfig
from trading.filter_lab import LabCase, Plan, every_filter, lab_cases, lab_rows

RECORDING = Path(__file__).resolve().parents[2] / "data" / "um" / "klines_1h_taker.parquet"
REFERENCE = Path(__file__).resolve().parents[1] / "signals" / "signals_10x.csv"
HOUR = timedelta(hours=1)
NOW = datetime(2025, 2, 1, tzinfo=UTC)
D = Decimal
PLAN = Plan(
    position_side=PositionSide.SHORT,
    stop_loss_ratio=D("0.18"),
    take_profit_ratio=D("0.33"),
    max_hold=timedelta(hours=72),
)


@cache
def recorded() -> dict[str, dict[datetime, dict[str, Any]]]:
    found: dict[str, dict[datetime, dict[str, Any]]] = defaultdict(dict)
    for row in parquet.read_table(RECORDING).to_pylist():
        found[row["symbol"]][datetime.fromtimestamp(row["open_time"] / 1000, UTC)] = row
    return found


def kline(at: datetime, row: dict[str, Any]) -> Kline:
    numbers = {name: D(repr(row[name])) for name in ("open", "high", "low", "close", "volume", "quote_volume")}
    return Kline(
        open_time=at,
        close_time=at + HOUR - timedelta(milliseconds=1),
        trades=row["trades"],
        taker_buy_volume=D(repr(row["taker_buy_volume"])),
        taker_buy_quote_volume=D(repr(row["taker_buy_quote_volume"])),
        **numbers,
    )


class RecordedHours:
    """The one question the lab asks; every interval is answered by hours."""

    def klines(
        self, symbol: str, interval: str, *, start: datetime, end: datetime, limit: int = 500
    ) -> Sequence[Kline]:
        rows = recorded()[symbol]
        return [kline(at, rows[at]) for at in sorted(rows) if start <= at <= end][:limit]


def signals() -> list[Proposal]:
    with REFERENCE.open() as file:
        rows = [(row["symbol"], datetime.fromisoformat(row["utc"]).replace(tzinfo=UTC)) for row in csv.DictReader(file)]
    return [
        Proposal(
            symbol=symbol,
            candle_open=at,
            surge_ratio=D(10),
            price=D(repr(recorded()[symbol][at]["close"])),
            sell_volume=D(1),
            mean_sell_volume=D(1),
        )
        for symbol, at in sorted(rows, key=lambda row: row[1])
        if at in recorded()[symbol]
    ]


@cache
def judged() -> list[LabCase]:
    filters = every_filter(SurgeShortConfig())
    return list(lab_cases(RecordedHours(), signals(), filters=filters, plan=PLAN, now=NOW))  # type: ignore[arg-type]


def window(case: LabCase, hours: int) -> list[dict[str, Any]]:
    """The rows of the last hours up to the signal's own, those after the last gap."""
    rows, found, at = recorded()[case.proposal.symbol], [], case.proposal.candle_open
    while len(found) < hours and at in rows:
        found.append(rows[at])
        at -= HOUR
    return found[::-1]


def price_fell(case: LabCase) -> bool:
    rows = window(case, 25)
    return (rows[-1]["close"] / rows[0]["close"] - 1) * 100 < -40


def delta_at_low(case: LabCase) -> bool:
    total, sums = D(0), []
    for row in window(case, 24):
        total += 2 * D(repr(row["taker_buy_volume"])) - D(repr(row["volume"]))
        sums.append(total)
    return sums[-1] <= min(sums)


def bursts_alike(case: LabCase) -> bool:
    rows = window(case, 12)
    buys = [row["taker_buy_volume"] for row in rows]
    sells = [row["volume"] - row["taker_buy_volume"] for row in rows]
    buy_growth, sell_growth = (
        max(now / before if before > 0 else 0 for before, now in pairwise(side)) for side in (buys, sells)
    )
    return 0.94 <= buy_growth / sell_growth <= 1.12


@pytest.mark.parametrize(
    ("name", "recomputed"),
    [("price_change_24h", price_fell), ("cvd_new_low", delta_at_low), ("buy_sell_ratio", bursts_alike)],
)
def test_verdicts_on_the_recording_are_those_recomputed_from_its_file(name: str, recomputed: Any) -> None:
    found = [case for case in judged() if case.verdicts[name].outcome is not Outcome.UNAVAILABLE]

    assert len(found) > 100
    assert [case.verdicts[name].outcome is Outcome.REJECT for case in found] == [recomputed(case) for case in found]


def test_filters_of_the_mark_price_have_no_data_in_the_past() -> None:
    for name in ("basis", "premium_realtime"):
        assert {case.verdicts[name].outcome for case in judged()} == {Outcome.UNAVAILABLE}


def made(result: str, *, cvd: Outcome, basis: Outcome) -> LabCase:
    verdicts = {"cvd_new_low": Verdict("cvd_new_low", cvd), "basis": Verdict("basis", basis)}
    ending = ShadowExit(reason=STOP_LOSS, price=D(1), at=NOW, result_ratio=D(result))
    return LabCase(proposal=signals()[0], verdicts=verdicts, exit=ending)


def test_each_combination_says_what_it_refused_and_what_that_would_have_made() -> None:
    cases = [
        made("-0.18", cvd=Outcome.REJECT, basis=Outcome.PASS),
        made("0.33", cvd=Outcome.PASS, basis=Outcome.REJECT),
        made("0.10", cvd=Outcome.PASS, basis=Outcome.UNAVAILABLE),
    ]

    rows = {row.filters: row for row in lab_rows(cases, ["cvd_new_low", "basis"], largest=2)}

    alone, both = rows[("cvd_new_low",)], rows[("cvd_new_low", "basis")]
    assert (alone.refused, alone.refused_result, alone.passed_result) == (1, D("-0.18"), D("0.43"))
    assert (both.refused, both.refused_wins, both.passed, both.unavailable) == (2, 1, 1, 1)
    assert next(iter(rows)) == ("cvd_new_low",)


START = datetime(2024, 11, 23, 17, tzinfo=UTC)
SHORT = ShadowEntry(
    symbol="DOTUSDT",
    position_side=PositionSide.SHORT,
    entered_at=START,
    entry_price=D(10),
    stop_price=D("11.8"),
    take_profit_price=D("6.7"),
    until=START + 3 * HOUR,
)


def bar(hour: int, *, opens: str = "10", high: str = "10.5", low: str = "9.5") -> Kline:
    row = {"open": float(opens), "high": float(high), "low": float(low), "close": float(opens), "volume": 1.0}
    rest = {"quote_volume": 1.0, "trades": 1, "taker_buy_volume": 0.5, "taker_buy_quote_volume": 0.5}
    return kline(START + hour * HOUR, row | rest)


@pytest.mark.parametrize(
    ("bars", "reason", "result"),
    [
        ([bar(0), bar(1, high="11.8")], STOP_LOSS, "-0.18"),
        ([bar(0), bar(1, opens="12", high="13")], STOP_LOSS, "-0.2"),
        ([bar(0), bar(1, low="6.7")], TAKE_PROFIT, "0.33"),
        ([bar(0, high="12", low="6")], STOP_LOSS, "-0.18"),
        ([bar(-1, high="20"), bar(0), bar(3, opens="9")], TIME_LIMIT, "0.1"),
    ],
    ids=["stop", "gap", "take-profit", "both", "time"],
)
def test_a_shadow_ends_at_its_first_way_out(bars: list[Kline], reason: str, result: str) -> None:
    found = follow(SHORT, bars)

    assert found is not None
    assert (found.reason, found.result_ratio) == (reason, D(result))


def test_a_long_is_followed_the_other_way_and_an_open_shadow_has_no_end() -> None:
    long = replace(SHORT, position_side=PositionSide.LONG, stop_price=D("8.2"), take_profit_price=D("13.3"))

    stopped = follow(long, [bar(0, low="8")])

    assert stopped is not None
    assert (stopped.reason, stopped.result_ratio) == (STOP_LOSS, D("-0.18"))
    assert follow(long, [bar(0)]) is None
