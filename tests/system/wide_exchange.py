"""A paper exchange of many contracts as a process of its own, and what its records say."""

import json
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2

from bench.child import running
from exchange.binance.client import BinanceClient

PAGE = 10_000
Row = Mapping[str, Any]


@dataclass(slots=True)
class WideExchange:
    """A running exchange, asked over its control interface."""

    rest: str
    ws: str
    process: "subprocess.Popen[bytes]"
    symbols: Sequence[str] = field(default_factory=tuple)

    def control(self, path: str, body: Any = None) -> Any:
        method = "GET" if body is None else "POST"
        answer = httpx2.request(method, f"{self.rest}/control/{path}", json=body, timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def end(self) -> Mapping[str, Any]:
        """Stop it: the weight of each minute, and the requests that were refused for it."""
        assert self.process.stdout is not None
        self.process.terminate()
        counted: Mapping[str, Any] = json.loads(self.process.stdout.readline())
        self.process.wait(timeout=20)
        return counted

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.control("clock")["market_ms"] / 1000, UTC)

    def jump_to(self, when: datetime) -> None:
        self.control("clock", {"jump_to_ms": int(when.timestamp() * 1000)})

    def open_account(self, name: str, *, is_hedge: bool) -> None:
        """An account with ``name`` as its key and its secret."""
        self.control("accounts", {"api_key": name, "api_secret": name, "deposit": "10000"})
        if is_hedge:
            client = BinanceClient(self.rest, api_key=name, api_secret=name)
            client.send("POST", "/fapi/v1/positionSide/dual", {"dualSidePosition": "true"})

    def records(self, account: str) -> list[Row]:
        """Everything that happened on one account, oldest first."""
        found: list[Row] = []
        while True:
            page = self.control(f"events?after={len(found)}&limit={PAGE}")["events"]
            found += page
            if len(page) < PAGE:
                return [row for row in found if row["account"] == account]

    def protection(self, account: str) -> list[Row]:
        """The exchange's own record of stops by contract, wall seconds."""
        return [row for row in self.control("protection")["symbols"] if row["account"] == account]


def entries_by_day(records: Sequence[Row]) -> Mapping[str, int]:
    """Orders that open, by the UTC day on which the exchange took them in."""
    days: dict[str, int] = defaultdict(int)
    for order, at_ms in _orders(records):
        if order["x"] == "NEW" and "-e" in order["c"]:
            days[f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d}"] += 1
    return days


def most_positions(records: Sequence[Row]) -> int:
    """The most positions that were open at one moment."""
    open_now: dict[tuple[str, str], Decimal] = {}
    most = 0
    for row in records:
        if row["type"] == "ACCOUNT_UPDATE":
            open_now |= {(each["s"], each["ps"]): Decimal(each["pa"]) for each in row["payload"]["a"]["P"]}
            most = max(most, sum(1 for quantity in open_now.values() if quantity))
    return most


def _orders(records: Sequence[Row]) -> Iterator[tuple[Row, int]]:
    for row in records:
        if row["type"] == "ORDER_TRADE_UPDATE":
            yield row["payload"]["o"], row["market_ms"]


@contextmanager
def wide_exchange(folder: Path, *, count: int, start: str, latency_ms: int = 0) -> Iterator[WideExchange]:
    """A new exchange at market speed 1, ended by its own process id."""
    argv = ["-m", "bench.wide_market", str(count), "--port", "0", "--home", str(folder / "paper")]
    argv += ["--start", start, "--latency-ms", str(latency_ms), "--funding", "off"]
    with running(argv, folder / "paper.log") as process:
        assert process.stdout is not None
        line = json.loads(process.stdout.readline())
        info = httpx2.get(f"{line['rest']}/fapi/v1/exchangeInfo", timeout=10).json()
        yield WideExchange(line["rest"], line["ws"], process, [row["symbol"] for row in info["symbols"]])


def noon_after(when: datetime) -> datetime:
    """Noon of the next UTC day."""
    return (when + timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)
