"""Redis or the database taken from a running desk: by the exchange's records every position keeps its stop."""

import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from decimal import Decimal
from pathlib import Path

import httpx2
import pytest

from exchange.binance.client import BinanceClient
from exchange.binance.market import BinanceMarketData
from exchange.errors import ExchangeError
from exchange.rules import floor_to_step, plain
from tests.conftest import free_ports
from tests.system.running_desk import RunningDesk, desk_before_the_surge, open_quantities, wait_for_both_shorts
from tests.system.test_kills import entries_sent
from trading.core.client_ids import parse
from trading.core.emergency_ids import is_emergency

pytestmark = [
    pytest.mark.system,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds processes by /proc"),
]
SYMBOL = "XRPUSDT"
DEADLINE = 5.0  # wall seconds from the fill to its stop
LOCKED_SECONDS = 10.0
MENDED_WITHIN = 20.0
RECOVERED_WITHIN = 30.0


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    """A desk with two open, protected shorts."""
    desk = desk_before_the_surge(tmp_path_factory.mktemp("lost") / "home", ports=free_ports(2))
    try:
        desk.wait_until_ready()
        wait_for_both_shorts(desk)
        desk.wait(lambda: _agrees(desk), seconds=20, what="their rows")
        yield desk
    finally:
        assert desk.stop() == 0


def stops(desk: RunningDesk, symbol: str) -> list[str]:
    """Client ids of the close-only stops that stand at the exchange."""
    standing = desk.exchange().open_algo_orders(symbol)
    return [order.client_order_id for order in standing if order.order_type == "STOP_MARKET"]


def is_emergency_id(client_order_id: str) -> bool:
    parts = parse(client_order_id)
    return parts is not None and is_emergency(parts)


def _agrees(desk: RunningDesk) -> bool:
    """Our rows say what the exchange says, and each position stands behind exactly one stop."""
    try:
        there = open_quantities(desk)
        rows = [row for row in desk.api("positions") if row["status"] == "open"]
        ours = {row["symbol"]: -Decimal(row["quantity"]) for row in rows}
        return ours == there and all(len(stops(desk, symbol)) == 1 for symbol in there) and desk.is_ready()
    except (httpx2.HTTPError, ExchangeError):
        return False


def _stood_down(desk: RunningDesk) -> int:
    """How often the stream process stood in and, when the others were back, down again."""
    return min(desk.log().count(word) for word in ("standing_in", "standing_down"))


@contextmanager
def silent_stream(desk: RunningDesk) -> Iterator[None]:
    """The exchange tells nothing of conditional orders: only a check finds out."""
    fault = {"fault": "event_gap", "events": ["ALGO_UPDATE"]}
    httpx2.post(f"{desk.paper}/control/faults", json=fault).raise_for_status()
    try:
        yield
    finally:
        httpx2.delete(f"{desk.paper}/control/faults").raise_for_status()


@contextmanager
def hanging(pid: int) -> Iterator[None]:
    """A process that is there and answers nothing."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def killed_and_kept_down(desk: RunningDesk) -> Iterator[None]:
    """Redis is gone, and the supervisor does not see it."""
    redis = desk.wait(lambda: desk.pid("redis"), seconds=10, what="redis to run")
    with hanging(desk._supervisor.pid):
        os.kill(redis, signal.SIGKILL)
        yield


def without_redis(desk: RunningDesk, how: str) -> AbstractContextManager[None]:
    if how == "killed":
        return killed_and_kept_down(desk)
    return hanging(desk.wait(lambda: desk.pid("redis"), seconds=10, what="redis to run"))


@pytest.mark.parametrize("how", ["hanging", "killed"])
def test_without_redis_the_stream_checks_and_mends_a_stop_that_somebody_cancelled(desk: RunningDesk, how: str) -> None:
    symbol = sorted(open_quantities(desk))[0]
    entries, times_stood_in = entries_sent(desk), _stood_down(desk)
    with without_redis(desk, how), silent_stream(desk):
        (stop,) = stops(desk, symbol)
        desk.exchange().cancel_algo_order(symbol, stop)
        cancelled = time.monotonic()

        desk.wait(lambda: stops(desk, symbol), seconds=MENDED_WITHIN, what="the stop to be placed again")

        print(f"redis {how}: a cancelled stop was back after {time.monotonic() - cancelled:.1f} s")
    desk.wait(lambda: _agrees(desk), seconds=RECOVERED_WITHIN, what="the state to be right again")
    assert entries_sent(desk) == entries
    desk.wait(lambda: _stood_down(desk) > times_stood_in, seconds=RECOVERED_WITHIN, what="the worker to check again")


def test_a_locked_database_keeps_no_stop_from_leaving_within_the_deadline(desk: RunningDesk) -> None:
    order_resting_entry(desk)
    with locked_database(desk):
        locked = time.monotonic()
        gap = {"fault": "price_gap", "symbol": SYMBOL, "percent": "6"}
        httpx2.post(f"{desk.paper}/control/faults", json=gap).raise_for_status()
        desk.wait(lambda: SYMBOL in open_quantities(desk), seconds=30, what="the entry to fill")
        filled = time.monotonic()
        assert filled - locked < LOCKED_SECONDS, "the lock is to stand while the entry fills"

        found = desk.wait(lambda: stops(desk, SYMBOL), seconds=DEADLINE, what="a stop without the database")

        print(f"database locked: stop at the exchange {time.monotonic() - filled:.1f} s after the fill")
        assert time.monotonic() - filled < DEADLINE
        assert [is_emergency_id(each) for each in found] == [True]
        while time.monotonic() - locked < LOCKED_SECONDS:
            assert stops(desk, SYMBOL), "the stop stands for as long as the database is away"
            time.sleep(0.2)
    desk.wait(lambda: _agrees(desk), seconds=RECOVERED_WITHIN, what="the rows to say what the exchange says")
    assert len(open_quantities(desk)) == 3


def order_resting_entry(desk: RunningDesk) -> None:
    """A short by hand whose limit lies above the market."""
    market = BinanceMarketData(BinanceClient(desk.paper))
    tick = next(contract.rules.tick_size for contract in market.contracts() if contract.symbol == SYMBOL)
    price = floor_to_step(market.ticker(SYMBOL).last_price * Decimal("1.04"), tick)
    desk.command("order", SYMBOL, plain(price), "--margin", "20", "--yes", "--no-wait")
    desk.wait(lambda: desk.exchange().open_orders(SYMBOL), seconds=15, what="the entry to rest at the exchange")
    desk.wait(
        lambda: [row for row in desk.api("orders") if row["symbol"] == SYMBOL and row["status"] == "NEW"],
        seconds=15,
        what="its answer to be written",
    )


@contextmanager
def locked_database(desk: RunningDesk) -> Iterator[None]:
    """Somebody holds the write lock of the file for as long as this lasts."""
    connection = sqlite3.connect(desk.home / "desk.sqlite3", timeout=15, isolation_level=None)
    try:
        connection.execute("BEGIN EXCLUSIVE")
        yield
    finally:
        connection.rollback()
        connection.close()
