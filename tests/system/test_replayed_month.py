"""November 2024 by the real processes at high speed: every way out of a trade, and books that agree at the end.

Takes half an hour. ``REPLAY_TABLE=docs/replay-2024-11.md`` also writes the table of its trades.
"""

import os
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from exchange.types import from_ms
from tests.conftest import free_ports
from tests.system.running_desk import RunningDesk

START, END = datetime(2024, 11, 1, tzinfo=UTC), datetime(2024, 12, 1, tzinfo=UTC)
SPEED = int(os.environ.get("REPLAY_SPEED", "1440"))
# The take-profits that the original's owner settled on later, more signals and room for them, a nearer stop: with the
# first settings this month reaches the lowest level only, and no stopped symbol surges again on its day.
LEVELS = (20, 11, 5)
SETTINGS = {
    **dict(zip(("strong_tp_pct", "medium_tp_pct", "weak_tp_pct"), LEVELS, strict=True)),
    "surge_threshold": 5,
    "stop_loss_pct": 12,
    "max_positions": 12,
    "max_entries_per_day": 8,
}
RISK = {"consecutive_losses": 0}  # a rest after three losses would hide that of a stopped symbol
WALL_SECONDS = (END - START).total_seconds() / SPEED

pytestmark = [pytest.mark.system, pytest.mark.long, pytest.mark.timeout(WALL_SECONDS * 1.5 + 300)]


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    """A desk that has lived through November."""
    home = tmp_path_factory.mktemp("month") / "home"
    desk = RunningDesk(home, ports=free_ports(2), speed=SPEED, start=START.isoformat())
    try:
        desk.wait_until_ready()
        desk.command("config", *(f"{name}={value}" for name, value in SETTINGS.items()))
        desk.command("risk", *(f"{name}={value}" for name, value in RISK.items()))
        desk.wait(lambda: market_time(desk) >= END, seconds=WALL_SECONDS * 1.5 + 120, what="the month to pass")
        yield desk
    finally:
        assert desk.stop() == 0


def market_time(desk: RunningDesk) -> datetime:
    return from_ms(desk.control("clock")["market_ms"])


@pytest.fixture(scope="module")
def trades(month: RunningDesk) -> list[dict[str, Any]]:
    rows = [row for row in month.api("trades?limit=1000&days=90") if datetime.fromisoformat(row["exit_time"]) < END]
    if table := os.environ.get("REPLAY_TABLE"):
        Path(table).write_text(as_table(month, rows))
    return rows


def test_the_month_holds_every_way_out_of_a_trade(trades: list[dict[str, Any]], month: RunningDesk) -> None:
    reasons = Counter(trade["exit_reason"] for trade in trades)

    assert reasons["stop_loss"] and reasons["take_profit"] and reasons["time_limit"], reasons
    assert set(reasons) <= {"stop_loss", "take_profit", "time_limit"}


def test_take_profits_were_reached_at_more_than_one_level(trades: list[dict[str, Any]]) -> None:
    levels = {level_of(trade) for trade in trades if trade["exit_reason"] == "take_profit"}

    assert len(levels) > 1, levels


def level_of(trade: dict[str, Any]) -> int:
    """Take-profit level in percent that a fall to the exit price means; a price that had passed it counts to it."""
    fall = (1 - Decimal(trade["exit_price"]) / Decimal(trade["entry_price"])) * 100
    return max((level for level in LEVELS if fall > level - 1), default=0)


def test_a_stopped_out_symbol_rested_for_the_day(month: RunningDesk) -> None:
    reasons = Counter(signal["reason_code"] for signal in month.api("signals?limit=1000"))

    assert reasons["stop_loss_cooldown"], reasons


def test_the_books_of_the_month_agree(month: RunningDesk) -> None:
    assert "ledger_differs" not in {event["kind"] for event in month.api("logs?limit=1000")}
    income = month.exchange().income(start=START - timedelta(days=1))
    assert month.exchange().account().wallet_balance == sum((row.income for row in income), Decimal(0))


def test_nothing_stood_naked_for_five_seconds(month: RunningDesk) -> None:
    assert month.control("protection")["worst_seconds"] < 5


def as_table(desk: RunningDesk, rows: list[dict[str, Any]]) -> str:
    lines = [
        "# November 2024, replayed",
        "",
        f"Every trade of the surge bot on the recorded month, run by the real processes at {SPEED} times real speed",
        "(`REPLAY_TABLE=docs/replay-2024-11.md pytest tests/system/test_replayed_month.py`). The demo's settings but:",
        "`"
        + "`, `".join(f"{name} = {value}" for name, value in (SETTINGS | RISK).items())
        + "`, so that one month shows",
        "every way out and the rest after a stop. Prices and results in USDT, times UTC.",
        "",
        "| Symbol | Entered | Entry | Left | Exit | Held | Why | Fees | Result |",
        "|---|---|---:|---|---:|---:|---|---:|---:|",
    ]
    for row in sorted(rows, key=lambda row: row["entry_time"]):
        entered, left = (datetime.fromisoformat(row[name]) for name in ("entry_time", "exit_time"))
        lines.append(
            f"| {row['symbol']} | {entered:%m-%d %H:%M} | {row['entry_price']} | {left:%m-%d %H:%M} "
            f"| {row['exit_price']} | {(left - entered).total_seconds() / 3600:.1f} h | {row['exit_reason']} "
            f"| {Decimal(row['commission']):.2f} | {Decimal(row['result']):+.2f} |"
        )
    reasons = Counter(row["exit_reason"] for row in rows)
    refused = Counter(signal["reason_code"] for signal in desk.api("signals?limit=1000") if signal["reason_code"])
    result = sum((Decimal(row["result"]) for row in rows), Decimal(0))
    protection = desk.control("protection")["worst_seconds"]
    lines += [
        "",
        f"{len(rows)} trades: " + ", ".join(f"{count} {reason}" for reason, count in reasons.most_common()) + ". "
        f"Result {result:+.2f} USDT. Longest time without a stop by the exchange's records: {protection:.2f} s. "
        "Difference between our books and the exchange's: 0.",
        "",
        "Signals refused: " + ", ".join(f"{count} {reason}" for reason, count in refused.most_common()) + ".",
        "",
    ]
    return "\n".join(lines)
