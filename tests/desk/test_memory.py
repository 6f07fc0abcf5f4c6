"""Too much memory: told of once, then the process is started again."""

import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from desk import memory
from desk.event_kinds import EventKind
from desk.memory import RESTARTED_FROM_MIB, WARNED_FROM_MIB, guard
from desk.models import Event
from desk.processes import Usage
from desk.tasks import guard_memory

pytestmark = pytest.mark.django_db

NOW = datetime(2024, 11, 23, 17, tzinfo=UTC)


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> list[Usage]:
    """What was asked to end."""
    ended: list[Usage] = []
    monkeypatch.setattr(memory, "end", lambda usage: ended.append(usage) or True)
    return ended


def holding(mib: int, *, pid: int = 4711, started_at: float = 1.5) -> Usage:
    return Usage(name="worker", pid=pid, started_at=started_at, resident_mib=mib)


def told() -> list[tuple[str, int]]:
    return [(event.kind, event.facts["used_mib"]) for event in Event.objects.order_by("id")]


def test_below_the_warning_nothing_is_said(ended):
    guard(holding(WARNED_FROM_MIB - 1), now=NOW)

    assert told() == []
    assert ended == []


def test_a_process_is_warned_of_once_in_its_life(ended):
    guard(holding(WARNED_FROM_MIB), now=NOW)
    guard(holding(RESTARTED_FROM_MIB - 1), now=NOW)
    guard(holding(WARNED_FROM_MIB + 1, started_at=2.5), now=NOW)
    guard(holding(WARNED_FROM_MIB + 2, pid=4712), now=NOW)

    assert told() == [(EventKind.MEMORY_HIGH, WARNED_FROM_MIB + more) for more in (0, 1, 2)]
    assert ended == []


def test_a_process_that_holds_far_too_much_is_ended_in_order(ended):
    guard(holding(RESTARTED_FROM_MIB), now=NOW)

    assert told() == [(EventKind.PROCESS_RESTARTED, RESTARTED_FROM_MIB)]
    assert ended == [holding(RESTARTED_FROM_MIB)]


def test_the_owner_hears_of_it_before_the_process_ends(monkeypatch):
    seen = []
    monkeypatch.setattr(memory, "end", lambda usage: seen.append(told()))

    guard(holding(RESTARTED_FROM_MIB), now=NOW)

    assert seen == [[(EventKind.PROCESS_RESTARTED, RESTARTED_FROM_MIB)]]


def test_the_tick_looks_at_the_processes_of_its_supervisor(settings, monkeypatch):
    settings.DUOLIVE_RUN = f"run:{os.getpid()}"
    monkeypatch.setattr(memory, "RESTARTED_FROM_MIB", 50)
    code = "import sys; held = bytearray(60 * 2**20); print('holds', flush=True); sys.stdin.readline()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "manage.py", "holder"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        process.stdout.readline()
        guard_memory()

        assert process.wait(10) < 0
    finally:
        process.kill()
        process.wait()
    (event,) = Event.objects.all()
    assert (event.kind, event.facts["process"]) == (EventKind.PROCESS_RESTARTED, "holder")


def test_without_a_supervisor_nothing_is_looked_at(settings):
    settings.DUOLIVE_RUN = ""

    guard_memory()

    assert told() == []
