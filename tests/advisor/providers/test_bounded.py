"""Nothing outlives its deadline."""

import asyncio
import threading
import time

import pytest

from advisor.providers.bounded import run_until
from advisor.providers.errors import NotAsked
from advisor.providers.port import Deadline


def test_work_within_the_deadline_gives_its_result():
    async def work():
        return 7

    assert run_until(Deadline.within(5), work()) == 7


def test_work_beyond_the_deadline_is_cancelled_and_cleans_up():
    ended = []

    async def work():
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    with pytest.raises(TimeoutError):
        run_until(Deadline.within(0.05), work())
    assert ended == [True]


def test_a_thread_that_hangs_holds_nobody_beyond_the_deadline():
    release = threading.Event()

    async def work():
        await asyncio.get_running_loop().run_in_executor(None, release.wait, 20)

    started = time.monotonic()
    with pytest.raises(TimeoutError):
        run_until(Deadline.within(0.1), work())
    took = time.monotonic() - started
    release.set()

    assert took < 2


def test_a_deadline_that_has_passed_begins_nothing():
    begun = []

    async def work():
        begun.append(True)

    with pytest.raises(NotAsked):
        run_until(Deadline.within(0), work())
    assert begun == []


def test_an_earlier_deadline_wins():
    clock = [100.0]
    deadline = Deadline.within(10, lambda: clock[0])

    assert deadline.sooner(3).seconds_left == 3
    assert deadline.sooner(30).seconds_left == 10
    clock[0] = 120.0
    assert deadline.seconds_left == 0
