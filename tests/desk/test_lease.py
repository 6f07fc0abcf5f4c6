"""One running desk to a database: a second is refused in one line, the lease of a dead one is taken over."""

import os
import signal
import socket
import subprocess
import sys
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from desk import lease
from desk.giving_way import give_way
from desk.lease import LeaseHeld, Run
from desk.models import Lease
from trading import tasks

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]

ELSEWHERE = "another-machine"


def run(name: str = "first", *, host: str = ELSEWHERE, pid: int = 1) -> Run:
    return Run(name=name, host=host, pid=pid)


class Clock:
    """Sleeping moves the clock on, and lets somebody else have a turn."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, meanwhile=lambda: None) -> None:
        self.now, self.meanwhile = 0.0, meanwhile
        monkeypatch.setattr(lease.time, "monotonic", lambda: self.now)

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.meanwhile()


def dead_pid() -> int:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def test_a_free_lease_is_taken_and_renewed():
    lease.take(run())

    assert lease.renew(run())
    assert not lease.renew(run("second"))


def test_a_second_run_is_refused_in_one_line_while_the_first_renews(monkeypatch):
    lease.take(run())
    clock = Clock(monkeypatch, meanwhile=lambda: lease.renew(run()))

    with pytest.raises(LeaseHeld) as refused:
        lease.take(run("second", pid=2), sleep=clock.sleep)

    assert "\n" not in str(refused.value)
    assert f"process 1 on {ELSEWHERE}" in str(refused.value)
    assert lease.renew(run())


def test_a_run_that_does_not_renew_is_taken_over_within_thirty_seconds(monkeypatch):
    lease.take(run())
    clock = Clock(monkeypatch)

    lease.take(run("second", pid=2), sleep=clock.sleep)

    assert 0 < clock.now <= 30
    assert not lease.renew(run())


def test_a_lease_that_was_not_renewed_for_long_is_taken_at_once(monkeypatch):
    lease.take(run())
    Lease.objects.update(renewed_at=timezone.now() - timedelta(seconds=16))
    clock = Clock(monkeypatch)

    lease.take(run("second"), sleep=clock.sleep)

    assert clock.now == 0


@pytest.mark.parametrize("behind", [20, 86_400])
def test_a_machine_whose_clock_is_ahead_takes_no_lease_that_is_renewed(monkeypatch, behind):
    def renew_by_a_clock_that_is_behind() -> None:
        lease.renew(run())
        Lease.objects.update(renewed_at=timezone.now() - timedelta(seconds=behind))

    lease.take(run())
    renew_by_a_clock_that_is_behind()
    clock = Clock(monkeypatch, meanwhile=renew_by_a_clock_that_is_behind)

    with pytest.raises(LeaseHeld):
        lease.take(run("second", host="a-third-machine", pid=2), sleep=clock.sleep)

    assert lease.renew(run())


def test_an_old_lease_of_another_machine_is_taken_once_it_was_watched(monkeypatch):
    lease.take(run())
    Lease.objects.update(renewed_at=timezone.now() - timedelta(days=2))
    clock = Clock(monkeypatch)

    lease.take(run("second", host="a-third-machine", pid=2), sleep=clock.sleep)

    assert 15 <= clock.now <= 16


def test_the_lease_of_a_process_of_this_machine_that_died_is_taken_at_once(monkeypatch):
    here = socket.gethostname()
    lease.take(run(host=here, pid=dead_pid()))
    clock = Clock(monkeypatch)

    lease.take(run("second", host=here, pid=os.getpid()), sleep=clock.sleep)

    assert clock.now == 0


def test_the_same_run_may_take_it_again():
    lease.take(run())
    lease.take(run())

    assert lease.renew(run())


def test_a_released_lease_is_free():
    lease.take(run())
    lease.release(run())

    lease.take(run("second"))

    assert lease.renew(run("second"))


@pytest.mark.parametrize(("text", "known"), [("abc:12", True), ("", False), ("abc", False), ("abc:x", False)])
def test_a_run_is_named_by_its_variable(text, known):
    assert (Run.of(text) is not None) is known


def test_the_setup_of_a_second_supervisor_says_one_line_and_ends(monkeypatch, settings: Settings):
    lease.take(run())
    clock = Clock(monkeypatch, meanwhile=lambda: lease.renew(run()))
    monkeypatch.setattr(lease.take, "__kwdefaults__", {"sleep": clock.sleep})
    settings.DUOLIVE_RUN = f"second:{os.getpid()}"
    said = StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command("desk_setup", stderr=said)

    assert ended.value.code == 4
    assert said.getvalue().strip().startswith("another desk (process 1 on")
    assert len(said.getvalue().strip().splitlines()) == 1


def test_a_run_that_lost_its_lease_asks_its_supervisor_to_stop(monkeypatch, settings: Settings):
    lease.take(run())
    settings.DUOLIVE_RUN = "second:4711"
    sent = []
    monkeypatch.setattr("desk.giving_way.os.kill", lambda pid, number: sent.append((pid, number)))

    tasks.hold_lease()

    assert sent == [(4711, signal.SIGTERM)]


def test_a_run_that_holds_its_lease_goes_on(monkeypatch, settings: Settings):
    settings.DUOLIVE_RUN = "first:4711"
    lease.take(Run.of(settings.DUOLIVE_RUN))
    monkeypatch.setattr("desk.giving_way.os.kill", lambda pid, number: pytest.fail("it gave way"))

    tasks.hold_lease()


def test_processes_without_a_supervisor_only_say_that_they_give_way(monkeypatch, settings: Settings):
    settings.DUOLIVE_RUN = ""
    monkeypatch.setattr("desk.giving_way.os.kill", lambda pid, number: pytest.fail("nobody is to be stopped"))

    give_way("another desk has taken over this database")
