"""Processes of a desk under measurement: what they are told, and one that answers questions."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from duolive.supervisor import redis_server

ROOT = Path(__file__).resolve().parents[1]
OURS = ("DUOLIVE_", "BINANCE_", "DATABASE_", "REDIS_", "FIELD_ENCRYPTION", "SECRET_KEY")
ENDS_WITHIN_S = 20


def desk_environment(
    home: Path, *, rest: str, ws: str, redis_url: str, database_url: str, encryption_key: str
) -> dict[str, str]:
    """What every process of one desk is told."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(OURS)}
    return kept | {
        "DJANGO_SETTINGS_MODULE": "duolive.settings",
        "DUOLIVE_ENV_FILE": "",
        "DUOLIVE_ENV": "replay",
        "DUOLIVE_HOME": str(home),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "SECRET_KEY": "of this desk alone",
        "FIELD_ENCRYPTION_KEYS": encryption_key,
        "BINANCE_REST_URL": rest,
        "BINANCE_WS_URL": ws,
    }


def migrate(environment: Mapping[str, str]) -> None:
    """The tables of a new database."""
    argv = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(argv, cwd=ROOT, env=environment, check=True, timeout=120)


@contextmanager
def running(
    argv: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    """``python ARGV`` in the repository, its stdout to be read, ended by its own process id."""
    with log.open("ab") as stderr:
        process = subprocess.Popen(
            [sys.executable, *argv],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(timeout=ENDS_WITHIN_S)


@contextmanager
def valkey(home: Path) -> Iterator[str]:
    """The URL of a Valkey of its own."""
    server = redis_server.prepare(home)
    process = subprocess.Popen(server.argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: redis_server.answers(server.port, server.password), seconds=15)
        yield server.url
    finally:
        process.terminate()
        process.wait(timeout=ENDS_WITHIN_S)


class Child:
    """A process that answers a line of JSON for a line of JSON ``{"do": QUESTION, …}``."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self._process, self._log = process, log

    def ask(self, question: str, **words: Any) -> Any:
        """Raises RuntimeError with the end of its log when the process has ended."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(words | {"do": question}).encode() + b"\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{question}: the process ended:\n{self.log()[-5000:]}")
        return json.loads(answer)

    def log(self) -> str:
        return self._log.read_text(errors="replace")


def answer_questions(questions: Mapping[str, Callable[[Mapping[str, Any]], Any]]) -> None:
    """Answer until nobody asks any more: the other end of a Child."""
    for line in sys.stdin.buffer:
        words = json.loads(line)
        sys.stdout.write(json.dumps(questions[words["do"]](words)) + "\n")
        sys.stdout.flush()


def wait_until(condition: Callable[[], bool], *, seconds: float) -> None:
    """Raises TimeoutError when ``condition`` is not true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds} s")
        time.sleep(0.005)
