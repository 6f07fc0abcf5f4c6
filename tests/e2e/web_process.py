"""The real web process, as the supervisor starts it, on the test's database."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
STARTS_WITHIN_SECONDS = 60


class WebProcess:
    """uvicorn on ``port``; its output is kept in ``home``. Ended by its own pid."""

    def __init__(self, *, port: int, home: Path, venue_url: str) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.log = home / "web.log"
        self._environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.e2e.settings",
            "DUOLIVE_HOME": str(home),
            "DATABASE_URL": f"sqlite:///{connection.settings_dict['NAME']}",
            "BINANCE_REST_URL": venue_url,
            "BINANCE_WS_URL": venue_url.replace("http", "ws", 1),
            "FIELD_ENCRYPTION_KEYS": "",
        }
        self._command = [sys.executable, "-m", "uvicorn", "duolive.asgi:application", "--port", str(port)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command, cwd=ROOT, env=self._environment, stdout=output, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + STARTS_WITHIN_SECONDS
        while not self._answers():
            assert self._process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=1) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
