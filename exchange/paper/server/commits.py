"""Group commit: lines are written as they come and put on disk together; what follows from them leaves afterwards."""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import structlog

from exchange.paper.journal import Journal, JournalError

log = structlog.get_logger(__name__)

Leave = Callable[[], None]


class GroupCommits:
    """For one running event loop. While one sync is under way further lines are written; the next takes them all."""

    def __init__(self, journal: Journal, *, on_failure: Callable[[], None]) -> None:
        self._journal = journal
        self._on_failure = on_failure
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        self._written = self._synced = 0
        self._leaving: deque[tuple[int, Leave]] = deque()
        self._turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._syncing: asyncio.Task[None] | None = None
        self._has_failed = False

    def wrote(self) -> None:
        """A line was written that is not yet on disk."""
        self._written += 1
        if self._syncing is None:
            self._syncing = asyncio.create_task(self._sync())

    def after(self, leave: Leave) -> None:
        """Call ``leave`` once all that was written so far is on disk, in the order of these calls; perhaps at once."""
        if self._synced == self._written and not self._leaving:
            leave()
        else:
            self._leaving.append((self._written, leave))

    async def settled(self) -> None:
        """Wait until all that was written so far is on disk. Raises JournalError when it cannot be put there."""
        wanted = self._written
        while self._synced < wanted and not self._has_failed:
            await asyncio.shield(self._turn)
        if self._has_failed:
            raise JournalError("the journal cannot be written")

    async def close(self) -> None:
        """Let the sync under way end."""
        if self._syncing is not None:
            await asyncio.wait([self._syncing])
        self._thread.shutdown()

    async def _sync(self) -> None:
        loop = asyncio.get_running_loop()
        while self._synced < self._written:
            written = self._written
            try:
                await loop.run_in_executor(self._thread, self._journal.sync)
            except OSError:
                log.exception("journal_not_synced")
                self._fail()
                return
            self._synced = written
            self._let_leave()
            self._wake()
        self._syncing = None

    def _let_leave(self) -> None:
        while self._leaving and self._leaving[0][0] <= self._synced:
            _, leave = self._leaving.popleft()
            try:
                leave()
            except Exception:  # one listener's trouble must not end the commits of all
                log.exception("paper_record_not_sent")

    def _fail(self) -> None:
        self._has_failed = True
        self._leaving.clear()
        self._on_failure()
        self._wake()

    def _wake(self) -> None:
        turn, self._turn = self._turn, asyncio.get_running_loop().create_future()
        turn.set_result(None)
