"""The owner's last word with database and Redis dead: by what the running watchdog kept in the home."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import free_ports
from tests.system.running_desk import RunningDesk, desk_before_the_surge, open_quantities, wait_for_both_shorts

pytestmark = [pytest.mark.system, pytest.mark.long, pytest.mark.timeout(300)]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[RunningDesk]:
    """A desk with two open, protected shorts."""
    desk = desk_before_the_surge(tmp_path / "home", ports=free_ports(2))
    try:
        desk.wait_until_ready()
        wait_for_both_shorts(desk)
        yield desk
    finally:
        assert desk.stop() == 0


def test_both_shorts_are_closed_by_a_command_that_reaches_nothing_but_the_exchange(desk: RunningDesk) -> None:
    kept = desk.home / "watchdog.json"
    shorts = open_quantities(desk)
    desk.wait(lambda: kept.exists() and all(s in kept.read_text() for s in shorts), seconds=30, what="the keeping")

    ended = desk.manage(
        *("watchdog", "--flatten", "--yes"),
        DATABASE_URL="postgres://desk@127.0.0.1:9/desk",
        REDIS_URL="redis://127.0.0.1:9/0",
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "All flat." in ended.stdout
    assert "the database does not answer" in ended.stderr
    assert open_quantities(desk) == {}
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
