"""What every test may use: a real Valkey, free ports, and no silent skips in CI."""

import os
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
import structlog

from tests.valkey import Valkey

REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests marked postgres_only run with TEST_DATABASE=postgres; a run on SQLite leaves them to that one."""
    if os.environ.get("TEST_DATABASE") == "postgres":
        return
    marked = [item for item in items if item.get_closest_marker("postgres_only")]
    if os.environ.get("TEST_POSTGRES_URL"):
        config.hook.pytest_deselected(items=marked)
        items[:] = [item for item in items if item not in set(marked)]
        return
    for item in marked:
        item.add_marker(pytest.mark.skip(reason="TEST_POSTGRES_URL names no PostgreSQL server"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped although REQUIRE_ALL=1: {_reason(report)}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if REQUIRE_ALL and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid} skipped although REQUIRE_ALL=1: {_reason(report)}"
    return report


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    return str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else str(report.longrepr)


@pytest.fixture(autouse=True)
def no_language_is_left_behind() -> Iterator[None]:
    """A request of a test activates its reader's language for the thread; the next test begins without one."""
    yield
    if translation := sys.modules.get("django.utils.translation"):
        translation.deactivate()


@pytest.fixture(autouse=True)
def the_log_goes_where_it_went() -> Iterator[None]:
    """A command run inside a test may send the log elsewhere; loggers keep the processors of their first use."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    """A real server for the session; ``restart()`` and ``stop()`` are for tests that need a loss of Redis."""
    with Valkey(tmp_path_factory.mktemp("valkey")) as server:
        yield server


@pytest.fixture
def valkey_url(valkey: Valkey) -> str:
    """The URL of the session's Valkey, emptied for this test and up."""
    valkey.empty()
    return valkey.url


@pytest.fixture
def free_port() -> int:
    return free_ports(1)[0]


@pytest.fixture
def many_free_ports() -> Callable[[int], list[int]]:
    return free_ports


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on at this moment, all different."""
    from duolive.supervisor.ports import any_free

    ports: set[int] = set()
    while len(ports) < count:
        ports.add(any_free())
    return sorted(ports)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """A Chromium of this machine."""
    from shutil import which

    for name in ("chromium", "chromium-browser", "google-chrome", "chrome"):
        if found := which(name):
            return str(Path(found))
    pytest.skip("no Chromium on this machine")
