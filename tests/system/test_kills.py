"""kill -9 of each process while positions are open: back within 30 s, state right, nothing twice, nothing naked."""

import os
import signal
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import httpx2
import pytest

from exchange.errors import ExchangeError
from tests.conftest import free_ports
from tests.system.running_desk import (
    PROCESSES,
    RunningDesk,
    desk_before_the_surge,
    open_quantities,
    wait_for_both_shorts,
)

pytestmark = [
    pytest.mark.system,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds processes by /proc"),
]
RECOVERED_WITHIN = 30.0  # wall seconds


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    """A desk with two open, protected shorts."""
    desk = desk_before_the_surge(tmp_path_factory.mktemp("kills") / "home", ports=free_ports(2))
    try:
        desk.wait_until_ready()
        wait_for_both_shorts(desk)
        yield desk
    finally:
        assert desk.stop() == 0


def state(desk: RunningDesk) -> dict[str, Decimal]:
    """What our rows say is open, signed as the exchange does."""
    return {row["symbol"]: -Decimal(row["quantity"]) for row in desk.api("positions") if row["status"] == "open"}


def entries_sent(desk: RunningDesk) -> int:
    records = desk.control("events?after=0")
    rows = records["events"] if isinstance(records, dict) else records
    return sum(
        1
        for row in rows
        if row["type"] == "ORDER_TRADE_UPDATE"
        and row["payload"]["o"]["x"] == "NEW"
        and "-e" in row["payload"]["o"]["c"]
    )


@pytest.mark.parametrize("name", PROCESSES)
def test_a_killed_process_comes_back_and_nothing_is_doubled_or_naked(desk: RunningDesk, name: str) -> None:
    entries = entries_sent(desk)
    before = desk.wait(lambda: desk.pid(name), seconds=10, what=f"{name} to run")

    os.kill(before, signal.SIGKILL)
    killed = time.monotonic()
    desk.wait(lambda: desk.pid(name) not in (None, before), seconds=RECOVERED_WITHIN, what=f"{name} to be restarted")
    desk.wait(lambda: _is_right(desk), seconds=RECOVERED_WITHIN, what="the state to be right")

    print(f"{name}: right again {time.monotonic() - killed:.1f} s after kill -9")
    assert time.monotonic() - killed < RECOVERED_WITHIN
    assert entries_sent(desk) == entries
    assert desk.control("protection")["worst_seconds"] < 5


def _is_right(desk: RunningDesk) -> bool:
    try:
        return desk.is_ready() and _agrees(desk)
    except (httpx2.HTTPError, ExchangeError):  # the very process that was killed is not back yet
        return False


def _agrees(desk: RunningDesk) -> bool:
    protection, ours = desk.control("protection"), state(desk)
    return protection["current_seconds"] == 0 and ours == open_quantities(desk) and len(ours) == 2
