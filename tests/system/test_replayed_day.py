"""A recorded day at high speed, by the real processes: found, entered, protected, stopped out, and the books agree."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from exchange.types import from_ms
from tests.conftest import free_ports
from tests.system.running_desk import RunningDesk, desk_before_the_surge, open_quantities, wait_for_both_shorts

START = datetime(2024, 11, 23, 16, 55, tzinfo=UTC)
SIGNALS = Path(__file__).resolve().parents[1] / "signals" / "signals_10x.csv"

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    """A desk that has lived through 24 market hours."""
    desk = desk_before_the_surge(tmp_path_factory.mktemp("day") / "home", ports=free_ports(2))
    try:
        desk.wait_until_ready()
        wait_for_both_shorts(desk)
        desk.set_speed(1440)
        end = START + timedelta(hours=24)
        desk.wait(lambda: from_ms(desk.control("clock")["market_ms"]) > end, seconds=120, what="the day to pass")
        desk.wait(lambda: not open_quantities(desk), seconds=30, what="both positions to be stopped out")
        desk.wait(lambda: not desk.api("positions"), seconds=30, what="their rows to be closed")
        yield desk
    finally:
        assert desk.stop() == 0


def test_the_surges_are_those_of_the_reference_with_their_ratios(day: RunningDesk) -> None:
    with SIGNALS.open() as file:
        reference = {(row["symbol"], row["utc"]): row["ratio"] for row in csv.DictReader(file)}

    found = {
        (signal["symbol"], f"{datetime.fromisoformat(signal['candle_open']):%Y-%m-%d %H:%M}"): signal["surge_ratio"]
        for signal in day.api("signals")
    }

    expected = {key: ratio for key, ratio in reference.items() if key[1] == "2024-11-23 16:00"}
    assert {key: f"{Decimal(ratio):.4f}" for key, ratio in found.items() if key in expected} == expected
    assert set(found) <= set(reference)


def test_every_closed_position_has_its_reason_and_nothing_is_left(day: RunningDesk) -> None:
    trades = {trade["symbol"]: trade["exit_reason"] for trade in day.api("trades")}

    assert trades == {"DOTUSDT": "stop_loss", "TIAUSDT": "stop_loss"}
    assert day.exchange().open_orders() == []
    assert day.exchange().open_algo_orders() == []


def test_no_position_stood_five_seconds_without_a_stop_by_the_exchanges_records(day: RunningDesk) -> None:
    protection = day.control("protection")

    assert {row["symbol"] for row in protection["symbols"]} == {"DOTUSDT", "TIAUSDT"}
    assert protection["worst_seconds"] < 5


def test_the_income_of_the_exchange_is_our_fills_to_the_last_decimal(day: RunningDesk) -> None:
    income = day.exchange().income(start=START - timedelta(days=1))
    traded = [row for row in income if row.income_type in ("REALIZED_PNL", "COMMISSION")]

    ours = sum((Decimal(trade["result"]) for trade in day.api("trades")), Decimal(0))

    assert len(traded) >= 6
    assert ours == sum((row.income for row in traded), Decimal(0))


def test_the_balance_is_the_deposit_and_what_was_traded(day: RunningDesk) -> None:
    income = day.exchange().income(start=START - timedelta(days=1))

    assert day.exchange().account().wallet_balance == sum((row.income for row in income), Decimal(0))


def test_no_hour_was_missed(day: RunningDesk) -> None:
    assert "scan_missed" not in day.log()
    assert day.api("status")["last_scan"]["symbols"] == 25
