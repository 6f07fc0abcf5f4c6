"""A process killed in the middle of every tier: the next one finds it, with the time that is left of it."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bench.child import Child, desk_environment, migrate, running, wait_until
from tests.system.crowd import own_database

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]
NOON = datetime(2024, 11, 23, 12, tzinfo=UTC)
TIERS = ["reduced", "close_only", "halted"]
SETTINGS = {"api_failures": 5, "api_failures_minutes": 60}


@contextmanager
def keeper(folder: Path, environment: dict[str, str]) -> Iterator[tuple[Child, int]]:
    """A process that keeps the breakers, and its id."""
    log = folder / "breaker.log"
    with running(["-m", "tests.system.breaker_worker"], log, environment) as process:
        yield Child(process, log), process.pid


def killed_while_writing(folder: Path, environment: dict[str, str], *, at: datetime) -> None:
    with keeper(folder, environment) as (child, pid):
        child.ask("keep_busy", now=at.isoformat(), settings=SETTINGS)
        before = _written(folder)
        wait_until(lambda: _written(folder) != before, seconds=20)
        os.kill(pid, signal.SIGKILL)


def _written(folder: Path) -> dict[str, int]:
    """When the database's files were written last."""
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("desk.sqlite3*") if path.exists()}


def test_every_tier_outlives_the_process_that_keeps_it_with_its_remaining_time(tmp_path: Path) -> None:
    with own_database(tmp_path, is_postgres=False) as url:
        environment = desk_environment(
            tmp_path / "home",
            rest="http://127.0.0.1:1",
            ws="ws://127.0.0.1:1",
            redis_url="redis://127.0.0.1:1/0",
            database_url=url,
            encryption_key=Fernet.generate_key().decode(),
        )
        migrate(environment)
        with keeper(tmp_path, environment) as (child, pid):
            tripped = child.ask("trip", now=NOON.isoformat(), tiers=TIERS, settings=SETTINGS)
            os.kill(pid, signal.SIGKILL)
        killed_while_writing(tmp_path, environment, at=NOON + timedelta(minutes=10))
        with keeper(tmp_path, environment) as (child, _pid):
            after_40_minutes, after_the_hour, over_midnight = (
                child.ask("look", now=(NOON + timedelta(minutes=minutes)).isoformat(), settings=SETTINGS)
                for minutes in (40, 60, 13 * 60)
            )

    assert tripped == {tier: [tier, [3600.0], 5] for tier in TIERS} | {"emergency": ["halted", [None], 0]}
    assert after_40_minutes == {tier: [tier, [1200.0], 5] for tier in TIERS} | {"emergency": ["halted", [None], 0]}
    assert after_the_hour == {tier: ["active", [], 0] for tier in TIERS} | {"emergency": ["halted", [None], 0]}
    assert over_midnight == after_the_hour
