"""The running desk of the drill: the whole system through the launcher, its processes, its rows, its exchange."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx2
import orjson

from exchange.binance.client import BinanceClient
from tests.chaos.dying import FOLDER
from tests.chaos.launcher import BROKEN
from tests.chaos.sight import Sight
from tests.system.running_desk import ROOT, RunningDesk

SPEED = 2  # market seconds per second: above 1 the check comes every two seconds
START = "2024-11-26T03:05Z"  # quiet hours
PAGE = 10_000
LOCK_SECONDS = 8.0  # with those of the fault it stays below SQLite's own patience of 20
DONE_ALREADY = (404, 409)  # nothing is open any more, or it is closing: the second of two clicks
# The scan finds nothing by itself; nothing but the drill's own signals enters, at a price that fills at once.
SETTINGS = {
    "surge_threshold": "14000",
    "enable_risk_filters": "false",
    "max_positions": "20",
    "max_entries_per_day": "50",
    "daily_loss_limit_usdt": "10000",
    "stop_loss_cooldown": "false",
    "live_fixed_margin_usdt": "100",
    "entry_offset_pct": "-1",
}
# Of orders by hand: slices and a limit's patience in seconds of the drill; its losses on purpose stop no add.
BY_HAND = {"style_timeout_seconds": 6, "twap_slices": 3, "twap_seconds": 12, "daily_loss_limit_usdt": 10000}
# The breaker would answer the drill's faults and losses with no more entries.
RISK = (
    "consecutive_losses", "api_failures", "daily_loss_pct", "weekly_loss_pct", "drawdown_pct", "crash_pct",
    "stale_minutes",
)  # fmt: skip


class NotPlayed(Exception):
    """A case could not be brought to where it begins, or the desk does not take what is asked."""


class DrillDesk(RunningDesk):
    """A desk with kill points in its processes; ``broken`` names a guard that is taken away."""

    def __init__(self, folder: Path, *, ports: list[int], broken: str = "") -> None:
        self.home, self.speed = folder / "home", SPEED
        self.web, self.paper = (f"http://127.0.0.1:{port}" for port in ports)
        self.armed = folder / "armed"
        self.armed.mkdir(parents=True)
        self._log = folder / "desk.log"
        ours = {name: text for name, text in os.environ.items() if not name.startswith(("DUOLIVE_", "BINANCE_"))}
        for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "FIELD_ENCRYPTION_KEYS"):
            ours.pop(name, None)
        self._environment = ours | {
            "DJANGO_SETTINGS_MODULE": "duolive.settings",
            "DUOLIVE_ENV_FILE": "",
            "DUOLIVE_HOME": str(self.home),
            "DUOLIVE_WEB_PORT": str(ports[0]),
            "DUOLIVE_PAPER_PORT": str(ports[1]),
            FOLDER: str(self.armed),
            BROKEN: broken,
        }
        argv = [sys.executable, "-m", "tests.chaos.launcher", "up", "--env", "replay", "--home", str(self.home)]
        argv += ["--demo", "--demo-bot", "surge_short", "--speed", str(SPEED), "--start", START]
        with self._log.open("wb") as log:
            self._supervisor = subprocess.Popen(
                argv, cwd=ROOT, env=self._environment, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
            )
        self._token = ""
        self._rows: subprocess.Popen[bytes] | None = None
        self._asking = threading.Lock()
        self.sight = Sight()

    def begin(self) -> None:
        """Wait until all runs, and give bot and account the drill's settings."""
        self.wait_until_ready()
        self.command("config", *(f"{name}={value}" for name, value in SETTINGS.items()))
        self.command("risk", *(f"{name}=0" for name in RISK))
        self._rows = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.rows"],
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.ask(do="by_hand", settings=BY_HAND)
        self.look()

    def end(self) -> None:
        if self._rows:
            self._rows.kill()
            self._rows.wait()
        self.stop()

    def ask(self, **words: Any) -> Any:
        """An answer of ``rows``."""
        assert self._rows and self._rows.stdin and self._rows.stdout
        with self._asking:
            self._rows.stdin.write(orjson.dumps(words) + b"\n")
            self._rows.stdin.flush()
            return orjson.loads(self._rows.stdout.readline())

    def look(self) -> bool:
        """Take in the exchange's new records; False while it does not answer."""
        try:
            while True:
                found = self.control(f"events?after={len(self.sight.records)}&limit={PAGE}")
                self.sight.follow(found["events"])
                if len(found["events"]) < PAGE:
                    return True
        except httpx2.HTTPError:
            return False

    def post(self, path: str, body: Mapping[str, Any], *, key: str = "", seconds: float = 40) -> Any:
        """A request to the desk's API, repeated as a client does until it is taken or refused for good."""
        headers = {"Authorization": f"Token {self._token}"} | ({"Idempotency-Key": key} if key else {})
        deadline, said = time.monotonic() + seconds, ""
        while time.monotonic() < deadline:
            try:
                answer = httpx2.post(f"{self.web}/api/v1/{path}", json=body, headers=headers, timeout=30)
                said = f"{answer.status_code} {answer.text[:300]}"
                if answer.status_code < 300 or answer.status_code in DONE_ALREADY:
                    return answer.json()
                if answer.status_code == 400:
                    break
            except httpx2.HTTPError as error:
                said = repr(error)
            time.sleep(0.2)
        raise NotPlayed(f"POST {path}: {said}")

    def set_control(self, method: str, path: str, body: Any = None) -> Any:
        """Change something at the exchange; waits while it does not answer."""
        deadline = time.monotonic() + 20
        while True:
            try:
                answer = httpx2.request(method, f"{self.paper}/control/{path}", json=body, timeout=10)
                assert answer.status_code == 200, answer.text
                return answer.json()
            except httpx2.HTTPError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def set_hedge_mode(self, is_on: bool) -> None:
        """Change the account's position mode; nothing may be open."""
        client = BinanceClient(self.paper, api_key=self.api_key, api_secret=self._secret("PAPER_API_SECRET"))
        client.send("POST", "/fapi/v1/positionSide/dual", {"dualSidePosition": "true" if is_on else "false"})

    def _secret(self, name: str) -> str:
        return (self.home / "secrets" / name).read_text().strip()

    @property
    def api_key(self) -> str:
        return self._secret("PAPER_API_KEY")

    def kill(self, victim: str) -> None:
        """SIGKILL one of the supervisor's processes, or one child of the worker's pool."""
        pid = self.pid("worker" if victim == "child" else victim)
        if pid is not None and victim == "child":
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            pid = int(children[0]) if children else None
        if pid is not None:
            os.kill(pid, signal.SIGKILL)

    def lock_database(self, seconds: float, *, once: Callable[[], bool]) -> None:
        """Hold the database's one write lock, ``seconds`` from when it is so, which is waited for a while."""
        connection = sqlite3.connect(self.home / "desk.sqlite3", timeout=10, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        deadline = time.monotonic() + LOCK_SECONDS
        while not once() and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(seconds)
        connection.execute("ROLLBACK")
        connection.close()
