"""Lanes: order within a key, none waits for another's slow step, a bounded number of threads, a clean end."""

import asyncio
import threading
import time
from collections.abc import Callable

import pytest

from trading.lanes import Lanes

DEADLINE = 5.0


async def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        await asyncio.sleep(0.005)


async def test_steps_of_one_key_keep_their_order_whatever_the_others_do() -> None:
    done: list[tuple[str, int]] = []

    async with Lanes(threads=3, room=1000) as lanes:
        for number in range(100):
            for key in ("A", "B", "C", "D"):
                await lanes.put(key, lambda key=key, number=number: done.append((key, number)))
        await until(lambda: len(done) == 400)

    for key in ("A", "B", "C", "D"):
        assert [number for name, number in done if name == key] == list(range(100))


async def test_a_step_that_hangs_delays_no_other_key() -> None:
    release, done = threading.Event(), list[str]()
    async with Lanes(threads=2, room=10) as lanes:
        await lanes.put("slow", lambda: release.wait(DEADLINE) and None)
        await lanes.put("slow", lambda: done.append("slow"))
        await lanes.put("quick", lambda: done.append("quick"))

        await until(lambda: done == ["quick"])
        release.set()
        await until(lambda: done == ["quick", "slow"])


async def test_no_more_steps_run_at_once_than_there_are_threads() -> None:
    running, most, lock = 0, 0, threading.Lock()

    def step() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        gate.wait(0.02)
        with lock:
            running -= 1

    gate, done = threading.Event(), list[int]()
    async with Lanes(threads=3, room=100) as lanes:
        for number in range(20):
            await lanes.put(str(number), step)
            await lanes.put(str(number), lambda: done.append(1))
        await until(lambda: len(done) == 20)

    assert most == 3


async def test_a_step_that_fails_ends_no_lane() -> None:
    done: list[int] = []

    async with Lanes(threads=1, room=10) as lanes:
        await lanes.put("A", lambda: done.append(1 // 0))
        await lanes.put("A", lambda: done.append(2))
        await until(lambda: done == [2])


async def test_the_reader_waits_while_there_is_no_room() -> None:
    release = threading.Event()
    async with Lanes(threads=1, room=2) as lanes:
        for _ in range(2):
            await lanes.put("A", lambda: release.wait(DEADLINE) and None)

        with pytest.raises(TimeoutError):
            await asyncio.wait_for(lanes.put("B", lambda: None), timeout=0.05)
        release.set()
        await asyncio.wait_for(lanes.put("B", lambda: None), timeout=DEADLINE)


async def test_the_longest_wait_is_that_of_the_oldest_step() -> None:
    release = threading.Event()
    async with Lanes(threads=2, room=10) as lanes:
        assert lanes.longest_wait() < 0.05
        await lanes.put("A", lambda: release.wait(DEADLINE) and None)

        await until(lambda: lanes.longest_wait() > 0.1)
        await lanes.put("B", lambda: None)
        assert lanes.longest_wait() > 0.1
        release.set()
        await until(lambda: lanes.longest_wait() < 0.1)


async def test_at_the_end_what_runs_is_finished_and_what_waits_is_dropped() -> None:
    begun, done = threading.Event(), list[str]()

    def running() -> None:
        begun.set()
        time.sleep(0.1)
        done.append("running")

    async with Lanes(threads=1, room=10) as lanes:
        await lanes.put("A", running)
        await lanes.put("A", lambda: done.append("waiting"))
        await lanes.put("B", lambda: done.append("waiting"))
        await until(begun.is_set)

    assert done == ["running"]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("lane") and thread.is_alive()]
