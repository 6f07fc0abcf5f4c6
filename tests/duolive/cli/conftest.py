"""Running commands: in this process against the test database, and as real processes."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.lockstep import Lockstep

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one object on stdout."""
        return json.loads(self.out)


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Answer]:
    """Run a command in this process."""
    from duolive.cli.main import main

    monkeypatch.setenv("LOG_LEVEL", "WARNING")

    def run(*arguments: str) -> Answer:
        try:
            code = main(arguments)
        except SystemExit as exit_of_argparse:
            code = exit_of_argparse.code
        out, err = capsys.readouterr()
        return Answer(int(code), out, err)

    return run


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """What the desk does while the command waits."""

    def during_the_wait(work: Callable[[], None]) -> None:
        monkeypatch.setattr("duolive.cli.waiting.time.sleep", lambda seconds: work())

    return during_the_wait


@pytest.fixture
def lockstep(db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lockstep:
    """A desk against the paper exchange in this process; the commands' doors lead to it."""
    desk = Lockstep(tmp_path)
    monkeypatch.setattr("desk.venue._market_data", lambda pid: desk.venue.market)
    monkeypatch.setattr("desk.venue._clock", lambda pid: desk.venue.clock)
    monkeypatch.setattr("desk.venue.trading", lambda account: desk.venue.trading)
    return desk


@pytest.fixture
def at_work(lockstep: Lockstep, meanwhile: Callable[..., None]) -> Lockstep:
    """The same, and the desk's processes work while a command waits."""

    def work() -> None:
        from trading.services.tending import tend, unfinished
        from trading.services.working_entries import work_entries

        work_entries(lockstep.venue)
        lockstep.step(1)
        lockstep.deliver()
        for position in unfinished(lockstep.account):
            tend(position, lockstep.venue)

    meanwhile(work)
    return lockstep


@pytest.fixture
def process(tmp_path: Path) -> Callable[..., Answer]:
    """Run ``python -m duolive`` with an empty home and the given variables."""

    def run(*arguments: str, **variables: str) -> Answer:
        ours = {"DUOLIVE_ENV_FILE": "", "DUOLIVE_HOME": str(tmp_path), "PATH": os.environ["PATH"]}
        done = subprocess.run(
            [sys.executable, "-m", "duolive", *arguments],
            cwd=ROOT,
            env=ours | variables,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    return run
