"""The whole desk as its owner starts it: supervisor, Valkey, paper exchange, worker, beat, stream, web."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import httpx2

from exchange.binance.client import BinanceClient
from exchange.binance.trading import BinanceTrading

ROOT = Path(__file__).resolve().parents[2]
PROCESSES = {
    "redis": r"valkey-server|redis-server",
    "paper": r"manage\.py paper_exchange",
    "web": r"uvicorn",
    "worker": r"celery .*worker",
    "beat": r"celery .*beat",
    "stream": r"manage\.py user_stream",
    "watchdog": r"manage\.py watchdog",
}
BEFORE_THE_SURGE, OPENING_SPEED = "2024-11-23T16:59Z", 10  # a moment lost leaves the market where it was decided on
Found = TypeVar("Found")


class Observer(BinanceClient):
    """Comes from an address of its own: what a test asks again and again is not taken from the desk's weight."""

    def _options(self) -> dict[str, Any]:
        return {"headers": self._headers, "transport": httpx2.HTTPTransport(local_address="127.0.0.2")}


class RunningDesk:
    """One desk in ``replay`` on ports of its own, on which the surge bot trades alone unless ``bot`` says otherwise.

    ``stop`` ends it by the supervisor's process id.
    """

    def __init__(
        self,
        home: Path,
        *,
        ports: list[int],
        speed: int,
        start: str = "2024-11-23T16:55Z",
        bot: str = "surge_short",
    ) -> None:
        self.home, self.speed = home, speed
        self.web, self.paper = (f"http://127.0.0.1:{port}" for port in ports)
        self._log = home.parent / "desk.log"
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("DUOLIVE_", "BINANCE_"))},
            "DJANGO_SETTINGS_MODULE": "duolive.settings",
            "DUOLIVE_ENV_FILE": "",
            "DUOLIVE_HOME": str(home),
            "DUOLIVE_WEB_PORT": str(ports[0]),
            "DUOLIVE_PAPER_PORT": str(ports[1]),
        }
        for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "FIELD_ENCRYPTION_KEYS"):
            self._environment.pop(name, None)
        argv = [sys.executable, "manage.py", "up", "--env", "replay", "--home", str(home), "--demo", "--demo-bot", bot]
        argv += ["--speed", str(speed), "--start", start]
        with self._log.open("wb") as log:
            self._supervisor = subprocess.Popen(
                argv, cwd=ROOT, env=self._environment, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
            )
        self._token = ""

    def wait_until_ready(self) -> None:
        self.wait(lambda: "Duo-Live is running" in self.log(), seconds=180, what="the desk to start")
        said = self.command("token", "demo")
        self._token = said.strip().splitlines()[-1]

    def command(self, *words: str) -> str:
        """Output of the desk's own command line."""
        return subprocess.run(
            [sys.executable, "-m", "duolive", *words],
            cwd=ROOT,
            env=self._environment,
            check=True,
            capture_output=True,
            text=True,
            timeout=120,
        ).stdout

    def manage(self, *words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        """A management command with the desk's variables and ``variables``; how it ended is the caller's to judge."""
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self._environment | variables,
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def headers(self) -> dict[str, str]:
        """What a client of the API shows of itself."""
        return {"Authorization": f"Token {self._token}"}

    def api(self, path: str) -> Any:
        answer = httpx2.get(f"{self.web}/api/v1/{path}", headers=self.headers(), timeout=10)
        answer.raise_for_status()
        return answer.json()

    def is_ready(self) -> bool:
        try:
            return httpx2.get(f"{self.web}/readyz", timeout=5).status_code == 200
        except httpx2.HTTPError:
            return False

    def control(self, path: str) -> Any:
        """The paper exchange's own records."""
        return httpx2.get(f"{self.paper}/control/{path}", timeout=10).json()

    def set_speed(self, speed: int) -> None:
        httpx2.post(f"{self.paper}/control/clock", json={"speed": speed}, timeout=10).raise_for_status()

    def exchange(self) -> BinanceTrading:
        """The account at the exchange, read with its own key: what is true there, whatever our rows say."""
        secrets = self.home / "secrets"
        key, secret = ((secrets / name).read_text().strip() for name in ("PAPER_API_KEY", "PAPER_API_SECRET"))
        return BinanceTrading(Observer(self.paper, api_key=key, api_secret=secret))

    def pid(self, name: str) -> int | None:
        """Process id of a child of the supervisor by its name in the log."""
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and self._is_child(entry) and re.search(PROCESSES[name], self._argv(entry)):
                return int(entry.name)
        return None

    def _is_child(self, entry: Path) -> bool:
        try:
            return int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == self._supervisor.pid
        except (OSError, ValueError):
            return False

    @staticmethod
    def _argv(entry: Path) -> str:
        try:
            return (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            return ""

    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def wait(self, condition: Callable[[], Found], *, seconds: float, what: str) -> Found:
        """What ``condition`` returns once it is true; fails with the log's end when it never is."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self._supervisor.poll() is None, f"the supervisor ended:\n{self.log()[-3000:]}"
            if found := condition():
                return found
            time.sleep(0.2)
        raise AssertionError(f"waited {seconds} s for {what}:\n{self.log()[-3000:]}")

    def stop(self) -> int:
        """Exit code of the supervisor after SIGTERM."""
        if self._supervisor.poll() is None:
            self._supervisor.send_signal(signal.SIGTERM)
        try:
            return self._supervisor.wait(timeout=40)
        except subprocess.TimeoutExpired:
            self._supervisor.kill()
            raise


def desk_before_the_surge(home: Path, *, ports: list[int]) -> RunningDesk:
    """One that finds DOTUSDT and TIAUSDT a few seconds after it is ready."""
    return RunningDesk(home, ports=ports, speed=OPENING_SPEED, start=BEFORE_THE_SURGE)


def wait_for_both_shorts(desk: RunningDesk) -> None:
    """Both are entered, protected and in our rows; from then on the market goes at a minute a second."""
    desk.wait(lambda: len(open_quantities(desk)) == 2, seconds=90, what="two entries")
    desk.wait(lambda: _are_protected(desk.api("positions")), seconds=20, what="their rows and exits")
    desk.set_speed(60)


def _are_protected(rows: list[dict[str, Any]]) -> bool:
    return len(rows) == 2 and all(row["protection"]["state"] == "protected" for row in rows)


def open_quantities(desk: RunningDesk) -> dict[str, Decimal]:
    """Signed open quantity by symbol at the exchange."""
    return {row.symbol: row.quantity for row in desk.exchange().positions()}
