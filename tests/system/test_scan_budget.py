"""The rate budget of one address: a scan of 500 contracts beside eight busy workers, and a stop when all is used up."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path

import pytest

from bench.child import Child, running, wait_until
from tests.system.crowd import crowd, environment_of, own_database
from tests.system.wide_exchange import WideExchange, wide_exchange

pytestmark = [pytest.mark.system, pytest.mark.ci, pytest.mark.timeout(300)]
CONTRACTS, WORKERS, LATENCY_MS = 500, 8, 50
WEIGHT_A_MINUTE, SCAN_SHARE = 2400, 0.75
DEADLINE_S = 5.0
FILLED_WITHIN_S = 40.0  # the trade after the gap, which fills what rests, comes with the path's next turn
RESTING = {
    "collection_window_seconds": "0",
    "enable_risk_filters": "false",
    "live_fixed_margin_usdt": "20",
    "entry_offset_pct": "3",  # a short that waits above the market
    "entry_timeout_minutes": "60",
    "surge_threshold": "14000",
}
ACCOUNT = "budget"


class Desk:
    """The desk's child, its environment, and the exchange it trades on."""

    def __init__(self, crowd: Child, environment: dict[str, str], exchange: WideExchange) -> None:
        self.crowd, self.environment, self.exchange = crowd, environment, exchange

    def rest_two_entries(self) -> list[str]:
        self.crowd.ask("signals", symbols=self.exchange.symbols[:2])
        assert self.crowd.ask("crowd", workers=1, seconds=30) == [0]
        return list(self.exchange.symbols[:2])

    def naked_seconds(self, symbol: str) -> float | None:
        """Longest time without a stop; None before anything was open."""
        rows = [row for row in self.exchange.protection(ACCOUNT) if row["symbol"] == symbol and row["is_open"]]
        return rows[0]["worst_seconds"] if rows else None

    def is_naked(self) -> bool:
        return any(row["current_seconds"] for row in self.exchange.protection(ACCOUNT))


@pytest.fixture
def desk(tmp_path: Path, valkey_url: str) -> Iterator[Desk]:
    with ExitStack() as ends:
        exchange = ends.enter_context(
            wide_exchange(tmp_path, count=CONTRACTS, start="2024-11-23T12:00:30Z", latency_ms=LATENCY_MS)
        )
        exchange.open_account(ACCOUNT, is_hedge=False)
        database_url = ends.enter_context(own_database(tmp_path, is_postgres=False))
        environment = environment_of(tmp_path, exchange, redis_url=valkey_url, database_url=database_url)
        child = ends.enter_context(crowd(tmp_path, environment))
        child.ask("set_up", api_key=ACCOUNT, api_secret=ACCOUNT, settings=RESTING)
        yield Desk(child, environment, exchange)


@contextmanager
def stream(desk: Desk, log: Path) -> Iterator[None]:
    """The process that hears of fills."""
    with running(["manage.py", "user_stream"], log, desk.environment):
        wait_until(lambda: desk.crowd.ask("hears"), seconds=40)
        yield


def test_a_scan_beside_eight_busy_workers_meets_no_refusal(desk: Desk) -> None:
    seconds = 60 - time.time() % 60 + 15  # over the turn of a minute, when all begin anew

    codes = desk.crowd.ask("busy", workers=WORKERS, seconds=seconds)
    wait_until(lambda: not desk.crowd.ask("scan")["failed"], seconds=70)

    scan, counted = desk.crowd.ask("scan"), desk.exchange.end()
    print(f"{seconds:.0f} s, weight by minute {counted['weights']}, {len(counted['refused'])} refused, scan {scan}")
    assert codes == [0] * WORKERS
    assert counted["refused"] == []
    assert max(counted["weights"]) > SCAN_SHARE * WEIGHT_A_MINUTE  # the budget was put to the test
    assert scan["symbols"] == CONTRACTS


@pytest.mark.parametrize(
    "has_stream", [pytest.param(True, id="stream"), pytest.param(False, id="poll", marks=pytest.mark.long)]
)
def test_a_stop_leaves_in_time_when_the_budget_is_used_up(desk: Desk, tmp_path: Path, has_stream: bool) -> None:
    symbol, _ = desk.rest_two_entries()

    with stream(desk, tmp_path / "stream.log") if has_stream else nullcontext():
        assert desk.crowd.ask("exhaust") == {"scan": False, "tend": False, "protect": True}
        desk.exchange.control("faults", {"fault": "price_gap", "symbol": symbol, "percent": "6"})
        if not has_stream:
            desk.crowd.ask("tend", symbol=symbol, seconds=FILLED_WITHIN_S)
        wait_until(lambda: desk.naked_seconds(symbol) is not None, seconds=FILLED_WITHIN_S)
        wait_until(lambda: not desk.is_naked(), seconds=20)

    naked, counted = desk.naked_seconds(symbol), desk.exchange.end()
    print(f"without a stop for {naked:.3f} s, weight by minute {counted['weights']}")
    assert naked < DEADLINE_S
    assert counted["refused"] == []
