"""One real process under supervision."""

import asyncio
import io
import os
import signal
import sys
import time

import pytest

from duolive.supervisor.child import Backoff, Child, ProcessPlan
from duolive.supervisor.output import Output
from tests.duolive.supervisor.desk import is_alive

DEADLINE_SECONDS = 15


def child_of(script, *, restart=None, output=None, backoff=None, take_line=None):
    def argv(code):
        return (sys.executable, "-c", code)

    plan = ProcessPlan(
        name="child", argv=argv(script), env=dict(os.environ), cwd="/", restart_argv=argv(restart) if restart else None
    )
    return Child(
        plan,
        output=output or Output(io.StringIO()),
        backoff=backoff or Backoff(shortest=0.01, longest=0.02),
        take_line=take_line,
    )


async def eventually(condition):
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


def test_the_pause_doubles_up_to_its_longest():
    backoff = Backoff()

    assert [backoff.after_run(1) for _ in range(7)] == [0.5, 1, 2, 4, 8, 15, 15]


def test_a_healthy_run_makes_the_pause_short_again():
    backoff = Backoff()
    for _ in range(5):
        backoff.after_run(1)

    assert backoff.after_run(30) == 0.5
    assert backoff.after_run(1) == 1


async def test_every_line_is_shown_behind_the_name_of_its_process():
    shown = io.StringIO()
    child = child_of(
        "import sys; print('one'); print('two', file=sys.stderr); print('end', end='')", output=Output(shown)
    )

    code = await child.run_once()

    assert code == 0
    assert sorted(shown.getvalue().splitlines()) == ["child    | end", "child    | one", "child    | two"]


async def test_a_very_long_line_and_bytes_that_are_no_text_are_shown_all_the_same():
    shown = io.StringIO()
    child = child_of(r"import sys; sys.stdout.buffer.write(b'x' * 300000 + b'\n\xff\n')", output=Output(shown))

    await child.run_once()

    assert shown.getvalue().count("x") == 300_000
    assert shown.getvalue().endswith("child    | \ufffd\n")


async def test_a_line_meant_for_the_supervisor_is_not_shown():
    shown, taken = io.StringIO(), []

    def take(line):
        taken.append(line)
        return line == "for you"

    await child_of("print('for you'); print('for all')", output=Output(shown), take_line=take).run_once()

    assert taken == ["for you", "for all"]
    assert shown.getvalue() == "child    | for all\n"


@pytest.mark.parametrize(("script", "code"), [("raise SystemExit(3)", 3), ("import os; os.kill(os.getpid(), 9)", -9)])
async def test_the_exit_code_of_a_single_run_is_known(script, code):
    assert await child_of(script).run_once() == code


async def test_a_program_that_is_not_there_is_one_line():
    shown = io.StringIO()
    child = Child(ProcessPlan(name="child", argv=("/no/such",), env={}, cwd="/"), output=Output(shown))

    assert await child.run_once() == 127
    assert shown.getvalue() == "child    | cannot start /no/such: No such file or directory\n"


async def test_it_is_started_again_and_again_with_its_restart_arguments():
    shown = io.StringIO()
    child = child_of("print('first')", restart="print('again')", output=Output(shown))

    child.keep_running()
    await eventually(lambda: child.starts >= 4)
    await child.stop(grace_seconds=5)

    lines = [line.removeprefix("child    | ") for line in shown.getvalue().splitlines()]
    said = [line for line in lines if not line.startswith("ended")]
    assert said[:3] == ["first", "again", "again"]
    assert "ended with exit code 0; starts again in 0.01 s" in lines


async def test_a_stop_asks_first_and_starts_nothing_again():
    child = child_of("import time; print('up', flush=True); time.sleep(600)")
    child.keep_running()
    await eventually(lambda: child.last_line == "up")
    pid = child.pid

    await child.stop(grace_seconds=10)

    assert not is_alive(pid)
    assert child.starts == 1


async def test_a_stop_during_the_pause_ends_it():
    child = child_of("", backoff=Backoff(shortest=60, longest=60))
    child.keep_running()
    await eventually(lambda: child.exited_once.is_set() and child.pid is None)

    await asyncio.wait_for(child.stop(grace_seconds=10), 5)

    assert child.starts == 1


async def test_who_does_not_listen_is_killed_after_the_grace_time_with_all_its_own():
    shown = io.StringIO()
    child = child_of(
        "import signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "print(p.pid, flush=True)\n"
        "time.sleep(600)",
        output=Output(shown),
    )
    child.keep_running()
    await eventually(lambda: child.last_line.isdigit())
    pids = [child.pid, int(child.last_line)]

    await child.stop(grace_seconds=0.2)

    await eventually(lambda: not any(is_alive(pid) for pid in pids))
    assert "still running after 0.2 s: killed" in shown.getvalue()


async def test_a_grandchild_that_holds_the_output_does_not_delay_the_restart():
    """A pool process outlives its SIGKILLed worker and keeps the pipe open; the next worker must not wait for it."""
    child = child_of(
        "import subprocess, sys, time\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "print('up', flush=True)\n"
        "time.sleep(600)"
    )
    child.keep_running()
    await eventually(lambda: child.last_line == "up")

    os.kill(child.pid, signal.SIGKILL)

    await eventually(lambda: child.starts == 2)
    await child.stop(grace_seconds=5)


def test_a_closed_terminal_stops_nothing():
    class Closed(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

    Output(Closed()).line("web", "up")


def test_each_process_has_its_colour_on_a_terminal():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    shown = Terminal()
    output = Output(shown)
    for name in ("web", "worker", "web"):
        output.line(name, "up")

    first, second, third = shown.getvalue().splitlines()
    assert first == third == "\x1b[36mweb      |\x1b[0m up"
    assert second.startswith("\x1b[33mworker")
