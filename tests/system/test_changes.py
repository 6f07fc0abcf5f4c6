"""Adds, part closes and moved stops by the real processes: nothing twice, nothing naked, books that agree."""

import json
import os
import signal
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import pytest

from exchange.errors import ExchangeError
from tests.conftest import free_ports
from tests.system.running_desk import RunningDesk, desk_before_the_surge, open_quantities, wait_for_both_shorts

pytestmark = [
    pytest.mark.system,
    pytest.mark.long,
    pytest.mark.timeout(400),
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds processes by /proc"),
]
ORDERS = "POST /fapi/v1/order"
ANY_ADD = ["min_add_gain_pct=0", "max_adds=10", "max_reduces=10", "max_add_multiple=10"]
REDUCED, MOVED = "ADAUSDT", "LINKUSDT"
ADVISED = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "BNBUSDT", "XRPUSDT", "DOGEUSDT")
SLOW = 6  # market seconds in a second: an add is asked for while the price that allows it still holds
DEADLINE = 5.0  # wall seconds without a stop


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    """A desk with two shorts and, whichever way the market goes, longs of two contracts that no bot looks at."""
    desk = desk_before_the_surge(tmp_path_factory.mktemp("changes") / "home", ports=free_ports(2))
    try:
        desk.wait_until_ready()
        desk.command("risk", *ANY_ADD)
        switch_adviser_off(desk)
        wait_for_both_shorts(desk)
        for symbol in (REDUCED, MOVED):
            buy(desk, symbol)
        desk.wait(lambda: len(_open(desk)) == 4, seconds=60, what="four positions")
        desk.set_speed(SLOW)
        yield desk
    finally:
        assert desk.stop() == 0


def switch_adviser_off(desk: RunningDesk) -> None:
    """The bot that takes advice changes positions of its own accord; here only what is asked for is to be seen."""
    for bot in desk.api("bots"):
        if bot["strategy"] == "ai_futures":
            body = {"enabled": False, "bot": bot["id"]}
            httpx2.post(f"{desk.web}/api/v1/auto-trade", json=body, headers=desk.headers(), timeout=10)


def buy(desk: RunningDesk, symbol: str) -> None:
    body = {"symbol": symbol, "side": "BUY", "margin_usdt": "300", "sl_pct": "18", "tp_pct": "33"}
    answer = httpx2.post(f"{desk.web}/api/v1/order", json=body, headers=desk.headers(), timeout=30)
    assert answer.status_code == 201, answer.text


def _open(desk: RunningDesk) -> list[dict[str, Any]]:
    """Open positions, those of the adviser left out."""
    return [row for row in desk.api("positions") if row["status"] == "open" and row["symbol"] not in ADVISED]


def disturb(desk: RunningDesk, **fault: Any) -> None:
    answer = httpx2.post(f"{desk.paper}/control/faults", json={"request": ORDERS, "count": 1, **fault}, timeout=10)
    answer.raise_for_status()


def in_profit(desk: RunningDesk) -> dict[str, Any]:
    """The position that gains most; as long as the market gives none, its time goes faster."""
    desk.set_speed(60)
    try:
        return desk.wait(lambda: _most_gaining(desk), seconds=90, what="a position in profit")
    finally:
        desk.set_speed(SLOW)


def _most_gaining(desk: RunningDesk) -> dict[str, Any] | None:
    rows = sorted(_open(desk), key=_gain, reverse=True)
    return rows[0] if rows and _gain(rows[0]) > Decimal("0.5") else None


def _gain(row: dict[str, Any]) -> Decimal:
    """In percent of the margin."""
    return Decimal(row["unrealized_pnl"] or 0) / Decimal(row["margin"]) * 100


def ask(desk: RunningDesk, row: dict[str, Any], **body: Any) -> dict[str, Any]:
    answer = httpx2.post(
        f"{desk.web}/api/v1/positions/{row['id']}/changes", json=body, headers=desk.headers(), timeout=10
    )
    assert answer.status_code == 202, answer.text
    return answer.json()


def outcome(desk: RunningDesk, change: dict[str, Any], *, seconds: float = 60) -> dict[str, Any]:
    """The change once it is over, with our rows and the exchange's agreeing again."""

    def over() -> dict[str, Any] | None:
        [row] = [each for each in desk.api(f"positions/{change['position_id']}/changes") if each["id"] == change["id"]]
        return row if row["status"] not in ("asked", "working") else None

    ended = desk.wait(over, seconds=seconds, what="the change to end")
    desk.wait(lambda: _agrees(desk), seconds=30, what="rows and exchange to agree")
    return ended


def _agrees(desk: RunningDesk) -> bool:
    try:
        ours = {row["symbol"]: _signed(row) for row in _open(desk)}
        is_quiet = desk.is_ready() and not desk.control("protection")["current_seconds"]
        time.sleep(0.5)  # asking for positions has its weight
        theirs = {symbol: quantity for symbol, quantity in open_quantities(desk).items() if symbol not in ADVISED}
        return is_quiet and ours == theirs
    except (httpx2.HTTPError, ExchangeError):
        return False


def _signed(row: dict[str, Any]) -> Decimal:
    quantity = Decimal(row["quantity"])
    return quantity if row["side"] == "LONG" else -quantity


def sent(desk: RunningDesk, letter: str) -> list[str]:
    """Client ids of the orders of a purpose that the exchange took, one for each time it took one."""
    records = desk.control("events?after=0")
    rows = records["events"] if isinstance(records, dict) else records
    orders = [row["payload"]["o"] for row in rows if row["type"] == "ORDER_TRADE_UPDATE"]
    return [order["c"] for order in orders if order["x"] == "NEW" and f"-{letter}" in order["c"]]


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ({}, "done"),
        ({"fault": "answer_lost", "client_id": "dl*-a*"}, "done"),
        ({"fault": "error_code", "code": -2019, "client_id": "dl*-a*"}, "failed"),
    ],
    ids=["plain", "answer lost", "refused"],
)
def test_an_add_is_made_once(desk: RunningDesk, fault: dict[str, Any], status: str) -> None:
    row, before = in_profit(desk), sent(desk, "a")
    if fault:
        disturb(desk, **fault)

    ended = outcome(desk, ask(desk, row, kind="ADD", share_pct="20", style="market"))

    assert (ended["status"], ended["refusal_code"]) == (status, "" if status == "done" else "unfilled")
    assert len(sent(desk, "a")) - len(before) == (status == "done")
    assert desk.control("protection")["worst_seconds"] < DEADLINE


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ({}, "done"),
        ({"fault": "answer_lost", "client_id": "dl*-r*"}, "done"),
        ({"fault": "error_code", "code": -2022, "client_id": "dl*-r*"}, "failed"),
    ],
    ids=["plain", "answer lost", "refused"],
)
def test_a_part_is_closed_once(desk: RunningDesk, fault: dict[str, Any], status: str) -> None:
    [row] = [each for each in _open(desk) if each["symbol"] == REDUCED]
    before = sent(desk, "r")
    if fault:
        disturb(desk, **fault)

    ended = outcome(desk, ask(desk, row, kind="REDUCE", share_pct="20"))

    [after] = [each for each in _open(desk) if each["symbol"] == REDUCED]
    closed = Decimal(ended["quantity"] or 0)
    assert ended["status"] == status
    assert len(sent(desk, "r")) - len(before) == (status == "done")
    assert Decimal(after["quantity"]) == Decimal(row["quantity"]) - closed
    assert desk.control("protection")["worst_seconds"] < DEADLINE


def test_a_stop_is_moved_nearer_without_a_gap(desk: RunningDesk) -> None:
    [row] = [each for each in _open(desk) if each["symbol"] == MOVED]
    nearer = (Decimal(row["stop_price"]) * Decimal("1.02")).quantize(Decimal("0.001"))

    ended = outcome(desk, ask(desk, row, kind="ADJUST", stop_price=str(nearer)))

    standing = [each.trigger_price for each in desk.exchange().open_algo_orders(MOVED) if "STOP" in each.order_type]
    assert (ended["status"], standing) == ("done", [nearer])
    assert desk.control("protection")["worst_seconds"] < DEADLINE


@pytest.mark.parametrize(("kind", "letter"), [("ADD", "a"), ("REDUCE", "r")])
def test_a_worker_killed_between_intent_and_answer_leaves_one_order(desk: RunningDesk, kind: str, letter: str) -> None:
    row = in_profit(desk) if kind == "ADD" else next(each for each in _open(desk) if each["symbol"] == REDUCED)
    before, worker = sent(desk, letter), desk.pid("worker")
    assert worker is not None
    disturb(desk, fault="late_answer", ms=4000, client_id=f"dl*-{letter}*")
    change = ask(desk, row, kind=kind, share_pct="20", style="market")
    desk.wait(lambda: len(sent(desk, letter)) > len(before), seconds=20, what="the order to arrive")

    os.kill(worker, signal.SIGKILL)
    killed = time.monotonic()
    ended = outcome(desk, change, seconds=90)

    print(f"{kind}: over {time.monotonic() - killed:.1f} s after kill -9")
    assert ended["status"] == "done"
    assert len(sent(desk, letter)) - len(before) == 1
    assert desk.control("protection")["worst_seconds"] < DEADLINE


def test_in_the_end_the_books_agree(desk: RunningDesk) -> None:
    desk.set_speed(60)
    time.sleep(12)  # wall: rows younger than a settling time are not compared

    [account] = json.loads(desk.command("ledger", "--json"))["accounts"]

    assert (account["discrepancies"], Decimal(account["difference"])) == ([], 0)
    assert account["rows"] > 10
