"""One process under supervision: started, read, restarted when it dies, stopped for good.

Each child leads a session of its own, so that a Ctrl-C in the terminal reaches only the supervisor, and on Linux dies
with the supervisor, however that ends. macOS has no such signal: after a SIGKILL of the supervisor the children there
must be ended by hand.
"""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from duolive.supervisor.output import Output

PR_SET_PDEATHSIG = 1
LONGEST_LINE = 64 * 1024  # bytes
LAST_WORDS_SECONDS = 1.0  # a process that left its session may hold the pipe for ever

_prctl = ctypes.CDLL(None, use_errno=True).prctl if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessPlan:
    """What to run. ``restart_argv`` replaces ``argv`` from the second start on."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: str
    restart_argv: tuple[str, ...] | None = None


@dataclass(slots=True, kw_only=True)
class Backoff:
    """Wall seconds to wait before the next start: doubling, and forgotten after a healthy run."""

    shortest: float = 0.5
    longest: float = 15.0
    healthy_after: float = 30.0
    _next: float = field(default=0.0, init=False)

    def after_run(self, seconds: float) -> float:
        """The pause after a run that lasted ``seconds``."""
        if seconds >= self.healthy_after:
            self._next = 0.0
        pause = max(self._next, self.shortest)
        self._next = min(pause * 2, self.longest)
        return min(pause, self.longest)


class Child:
    """Keeps one process running until it is stopped.

    ``take_line`` sees each line first; True means that it was meant for the supervisor and is not shown.
    """

    def __init__(
        self,
        plan: ProcessPlan,
        *,
        output: Output,
        backoff: Backoff | None = None,
        take_line: Callable[[str], bool] | None = None,
    ) -> None:
        self.plan = plan
        self.starts = 0
        self.exited_once = asyncio.Event()
        self.last_line = ""
        self._output = output
        self._backoff = backoff or Backoff()
        self._take_line = take_line
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The running process, None between two runs."""
        process = self._process
        return process.pid if process and process.returncode is None else None

    def keep_running(self) -> None:
        """Start, and start again whenever it ends."""
        self._keeper = asyncio.create_task(self._keep())

    async def run_once(self) -> int:
        """Run to the end; the exit code, negative for a signal, 127 when it cannot be started."""
        started = self.starts
        self.starts += 1
        argv = self.plan.restart_argv if started and self.plan.restart_argv else self.plan.argv
        # A pipe of our own: asyncio's would let wait() last until a grandchild, too, has closed it.
        readable, writable = os.pipe()
        reader = asyncio.create_task(self._read(readable))
        try:
            process = self._process = await self._spawn(argv, output=writable)
        except OSError as error:
            self._output.line(self.plan.name, f"cannot start {argv[0]}: {error.strerror}")
            return 127
        finally:
            os.close(writable)
        try:
            return await process.wait()
        finally:
            _kill_group(process.pid)
            await process.wait()
            await _at_most(LAST_WORDS_SECONDS, reader)

    async def _spawn(self, argv: tuple[str, ...], *, output: int) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *argv,
            env=self.plan.env,
            cwd=self.plan.cwd,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=partial(_die_with_parent, os.getpid()) if _prctl else None,
        )

    async def stop(self, *, grace_seconds: float) -> None:
        """SIGTERM, then SIGKILL for the whole group after the grace time."""
        if self._keeper and not self._keeper.done() and self.pid is None:
            self._keeper.cancel()
        self._keeper, keeper = None, self._keeper
        process = self._process
        if process and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            try:
                await asyncio.wait_for(process.wait(), grace_seconds)
            except TimeoutError:
                self._output.line(self.plan.name, f"still running after {grace_seconds:g} s: killed")
                _kill_group(process.pid)
                await process.wait()
        if keeper:
            await asyncio.wait([keeper])

    def kill(self) -> None:
        """End the running process and all of its group at once."""
        if self.pid:
            _kill_group(self.pid)

    async def _keep(self) -> None:
        while True:
            began = time.monotonic()
            code = await self.run_once()
            self.exited_once.set()
            if self._keeper is None:
                return
            pause = self._backoff.after_run(time.monotonic() - began)
            self._output.line(self.plan.name, f"ended with {_named(code)}; starts again in {pause:g} s")
            await asyncio.sleep(pause)

    async def _read(self, readable: int) -> None:
        """Show each line until the last writer has closed the pipe."""
        stream = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(readable, "rb")
        )
        try:
            await self._show_lines(stream)
        finally:
            transport.close()

    async def _show_lines(self, stream: asyncio.StreamReader) -> None:
        rest = b""
        while chunk := await stream.read(LONGEST_LINE):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self._show(line)
            if len(rest) > LONGEST_LINE:
                self._show(rest)
                rest = b""
        if rest:
            self._show(rest)

    def _show(self, raw: bytes) -> None:
        text = raw.decode("utf-8", errors="replace").rstrip()
        if self._take_line and self._take_line(text):
            return
        if text:
            self.last_line = text
            self._output.line(self.plan.name, text)


def _die_with_parent(supervisor: int) -> None:
    """Runs in the child before exec. SIGKILL: nothing may outlive the supervisor, however busy it is."""
    assert _prctl is not None
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != supervisor:  # it died before the line above
        os._exit(1)


def _kill_group(leader: int) -> None:
    """End what a process left behind in its session, for example the pool of a killed Celery worker."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


async def _at_most(seconds: float, work: Awaitable[None]) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(work, seconds)


def _named(code: int) -> str:
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name
