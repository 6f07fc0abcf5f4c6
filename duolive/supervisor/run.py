"""The start in order, the watch, and the stop in reverse order."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Iterable, Sequence
from decimal import Decimal
from typing import Any

from duolive.configuration import Configuration, Venue
from duolive.supervisor import plan, redis_server
from duolive.supervisor.child import Child, ProcessPlan
from duolive.supervisor.errors import StartRefused
from duolive.supervisor.home import DEMO_PASSWORD
from duolive.supervisor.output import Output
from duolive.supervisor.plan import Launch
from duolive.supervisor.ports import LOOPBACK
from duolive.supervisor.readiness import PaperAddress, PaperAnnouncement, Readyz, release_clock, until

REDIS_SECONDS = 30.0  # loading a large append-only file takes a while
PAPER_SECONDS = 60.0
READY_SECONDS = 120.0
CLIENT_GRACE_SECONDS = 20.0
SERVER_GRACE_SECONDS = 8.0
SAME_SIGNAL_SECONDS = 1.0
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Supervisor:
    """All processes of one desk."""

    def __init__(self, launch: Launch, output: Output) -> None:
        self._launch = launch
        self._output = output
        self._stopping = asyncio.Event()
        self._first_signal_at = 0.0  # monotonic seconds
        # Stopped from the last group to the first, the members of a group together, each with its grace in seconds.
        self._groups: list[tuple[Sequence[Child], float]] = []

    async def run(self) -> int:
        """Start everything, watch it until a signal comes, stop everything. Raises StartRefused."""
        loop = asyncio.get_running_loop()
        for number in STOP_SIGNALS:
            loop.add_signal_handler(number, self._on_signal)
        try:
            if await self._unless_stopped(self._start()):
                self._announce()
                await self._stopping.wait()
        finally:
            await self._stop()
        return 0

    def _on_signal(self) -> None:
        """The first signal stops in order; one that comes later stops at once.

        Make passes on a SIGTERM that the supervisor has already, so one within the second is the same one.
        """
        now = time.monotonic()
        if self._stopping.is_set() and now - self._first_signal_at > SAME_SIGNAL_SECONDS:
            for group, _ in self._groups:
                for child in group:
                    child.kill()
        elif not self._stopping.is_set():
            self._first_signal_at = now
            self._stopping.set()

    async def _unless_stopped(self, work: Awaitable[None]) -> bool:
        """Whether ``work`` was done before a stop signal came."""
        task = asyncio.ensure_future(work)
        stop = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if not task.done():
            task.cancel()
            await asyncio.wait({task})
            return False
        task.result()
        return True

    async def _start(self) -> None:
        environment = plan.shared_environment(self._launch, redis_url=await self._redis())
        paper = await self._paper_exchange(environment)
        if paper:
            environment |= {"BINANCE_REST_URL": paper.rest, "BINANCE_WS_URL": paper.ws}
        for step in plan.setup(self._launch, environment):
            await self._run_to_end(step)
        self._keep_running(*self._children(plan.clients(self._launch, environment)), grace=CLIENT_GRACE_SECONDS)
        readyz = Readyz(f"http://{self._reachable_host()}:{self._launch.config.web_port}")
        await until(
            readyz.is_ready,
            seconds=READY_SECONDS,
            otherwise=lambda: f"not ready after {READY_SECONDS:g} s: /readyz says {readyz.last_answer}",
        )
        if paper:
            await release_clock(paper.control)

    async def _redis(self) -> str:
        """The URL of the broker, which answers."""
        external = self._launch.config.environment
        if external.text("REDIS_URL") or external.text("REDIS_URL_FILE"):
            url = external.secret("REDIS_URL")
            await asyncio.to_thread(redis_server.require_reachable, url)
            return url
        server = await asyncio.to_thread(redis_server.prepare, self._launch.config.home)
        child = Child(plan.redis(server.argv, external.variables), output=self._output)
        self._keep_running(child, grace=SERVER_GRACE_SECONDS)

        async def answers() -> bool:
            return await asyncio.to_thread(redis_server.answers, server.port, server.password)

        await until(
            answers,
            seconds=REDIS_SECONDS,
            otherwise=lambda: f"the embedded Redis does not answer: {child.last_line or 'it said nothing'}",
        )
        return server.url

    async def _paper_exchange(self, environment: dict[str, str]) -> PaperAddress | None:
        """Start our own exchange where this environment has one; its address once it listens."""
        if not self._launch.config.starts_paper_exchange:
            return None
        announcement = PaperAnnouncement()
        child = Child(
            plan.paper_exchange(self._launch, environment), output=self._output, take_line=announcement.take_line
        )
        self._keep_running(child, grace=SERVER_GRACE_SECONDS)
        died = asyncio.create_task(child.exited_once.wait())
        either: set[asyncio.Future[Any]] = {announcement.made, died}
        await asyncio.wait(either, timeout=PAPER_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        died.cancel()
        if not announcement.made.done():
            raise StartRefused(f"the paper exchange did not start: {child.last_line or 'it said nothing'}")
        return announcement.made.result()

    def _children(self, plans: Iterable[ProcessPlan]) -> list[Child]:
        return [Child(each, output=self._output) for each in plans]

    def _keep_running(self, *group: Child, grace: float) -> None:
        self._groups.append((group, grace))
        for child in group:
            child.keep_running()

    async def _run_to_end(self, step: ProcessPlan) -> None:
        """Raises StartRefused with the step's own last line and exit code when it fails."""
        child = Child(step, output=self._output)
        code = await child.run_once()
        if code:
            said = child.last_line or f"exit code {code}"
            raise StartRefused(f"{step.name} failed: {said}", exit_code=code if code > 0 else 1)

    async def _stop(self) -> None:
        self._output.plain("duo-live: stopping")
        for group, grace in reversed(self._groups):
            await asyncio.gather(*(child.stop(grace_seconds=grace) for child in group))

    def _reachable_host(self) -> str:
        """Where this machine reaches what listens on ``--host``."""
        host = self._launch.host
        if host in ("0.0.0.0", "::"):
            return LOOPBACK
        return f"[{host}]" if ":" in host else host

    def _announce(self) -> None:
        for line in announcement_lines(self._launch, host=self._reachable_host()):
            self._output.plain(line)


def announcement_lines(launch: Launch, *, host: str) -> list[str]:
    """What the owner reads when all is up."""
    config: Configuration = launch.config
    market = f"{config.venue} at {launch.speed}x" if launch.speed != Decimal(1) else config.venue.value
    if config.venue is Venue.PAPER and config.starts_paper_exchange:
        market += f", the market of {plan.mirrored_market(config)[0]}"
    lines = ["", f"  Duo-Live is running: http://{host}:{config.web_port}", f"  Environment: {market}"]
    if launch.demo:
        lines.append(f"  User: demo   Password: {config.environment.secret(DEMO_PASSWORD)}")
    return [*lines, "  Ctrl-C stops everything", ""]
