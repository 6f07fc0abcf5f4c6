"""Lanes: steps of one key run one after the other, those of different keys side by side, in a few threads."""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import TracebackType
from typing import Self, TypeVar

from django.db import connections

from desk.guarding import guarded

Result = TypeVar("Result")
Step = Callable[[], None]
CLOSING_SECONDS = 2.0


class Lanes:
    """Open it with ``async with``; at the end running steps end, and what waits is dropped.

    ``room`` is how many steps may wait before ``put`` does.
    """

    def __init__(self, *, threads: int, room: int) -> None:
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="lane")
        self._threads = threads
        self._room = asyncio.Semaphore(room)
        self._waiting: dict[str, deque[tuple[float, Step]]] = {}
        self._running: set[asyncio.Task[None]] = set()

    async def put(self, key: str, step: Step) -> None:
        """Give ``step`` its turn behind those of the same key."""
        await self._room.acquire()
        lane = self._waiting.get(key)
        if lane is not None:
            lane.append((time.monotonic(), step))
            return
        self._waiting[key] = deque([(time.monotonic(), step)])
        task = asyncio.create_task(self._run(key))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def ask(self, question: Callable[[], Result]) -> Result:
        """What ``question`` returns, asked in one of the threads beside the lanes."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, question)

    def longest_wait(self) -> float:
        """Seconds for which the oldest step has been waiting or running."""
        oldest = min((lane[0][0] for lane in self._waiting.values()), default=time.monotonic())
        return time.monotonic() - oldest

    async def _run(self, key: str) -> None:
        lane = self._waiting[key]
        while lane:
            await self.ask(partial(_contained, key, lane[0][1]))
            lane.popleft()
            self._room.release()
        del self._waiting[key]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for task in tuple(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await asyncio.to_thread(retire, self._pool, threads=self._threads)


def _contained(key: str, step: Step) -> None:
    with guarded("lane", lane=key):
        step()


def retire(pool: ThreadPoolExecutor, *, threads: int) -> None:
    """Let what runs in ``pool`` end, then close the database connection of each of its threads."""
    meeting = threading.Barrier(threads)

    def close() -> None:
        connections.close_all()
        try:
            meeting.wait(CLOSING_SECONDS)  # so that no thread closes twice and another never
        except threading.BrokenBarrierError:
            return

    for _ in range(threads):
        pool.submit(close)
    pool.shutdown(wait=True)
