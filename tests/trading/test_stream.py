"""The stream's loop: events one by one, and a look at naked positions at its time, whatever comes."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Any

import pytest

from trading import stream

SWEEP = 0.05


class Loop:
    """The loop with its steps replaced: what it did, in order."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.did: list[str] = []
        self.queue: asyncio.Queue[Any] = asyncio.Queue()
        monkeypatch.setattr(stream, "SWEEP_SECONDS", SWEEP)
        monkeypatch.setattr(stream, "_in_thread", self._in_thread)
        monkeypatch.setattr(stream, "_sweep", self._sweep)
        monkeypatch.setattr(stream, "take_in", lambda event, venue: self.did.append(event))

    def _sweep(self, venue: Any) -> None:
        self.did.append("sweep")

    async def _in_thread(self, step: Callable[[Any], None], venue: Any) -> None:
        step(venue)

    async def run_until(self, is_done: Callable[[], bool], *, feed: float | None = None) -> None:
        """Let it work, an event every ``feed`` seconds, until ``is_done`` or five seconds have passed."""
        working = asyncio.create_task(stream._work(self.queue, None))  # type: ignore[arg-type]
        deadline = time.monotonic() + 5
        while not is_done() and time.monotonic() < deadline:
            if feed is not None:
                self.queue.put_nowait("event")
            await asyncio.sleep(feed or 0.01)
        working.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await working


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> Loop:
    return Loop(monkeypatch)


async def test_steady_events_do_not_put_off_the_look_at_naked_positions(loop: Loop) -> None:
    await loop.run_until(lambda: loop.did.count("sweep") >= 3, feed=SWEEP / 10)

    assert loop.did.count("sweep") >= 3
    assert loop.did.count("event") > loop.did.count("sweep")


async def test_without_events_the_look_comes_all_the_same(loop: Loop) -> None:
    await loop.run_until(lambda: loop.did.count("sweep") >= 2)

    assert loop.did == ["sweep", "sweep"]


async def test_no_event_is_lost_where_a_look_is_due(loop: Loop) -> None:
    for number in range(200):
        loop.queue.put_nowait(f"event {number}")

    await loop.run_until(lambda: len(loop.did) >= 200 and loop.queue.empty())

    assert [step for step in loop.did if step != "sweep"] == [f"event {number}" for number in range(200)]
