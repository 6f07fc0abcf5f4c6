"""The intake as the stream runs it, in lanes of its own: what is slow for one symbol delays no other's stop."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections

from desk.models import Installation
from tests.lockstep import SYMBOL, InProcessClient, Lockstep
from trading import stream
from trading.acknowledgements import Acknowledgements
from trading.emergency_journal import EmergencyJournal
from trading.intake import Intake
from trading.lanes import Lanes
from trading.models import Position

pytestmark = pytest.mark.django_db(transaction=True)
OTHER = "XRPUSDT"
DEADLINE = 5.0  # wall seconds, the law's own


class Threaded:
    """A desk whose exchange takes one request at a time; events go through the stream's lanes."""

    def __init__(self, home: Path) -> None:
        self.lockstep = Lockstep(home / "exchange")
        self.lockstep.market.trade(OTHER, self.lockstep.host.clock.now_ms() - 1, "8.500")
        self.journal = home / "emergency.jsonl"
        self.intake = Intake(
            self.lockstep.venue, journal=EmergencyJournal(self.journal), nonce=Installation.current().nonce
        )
        self.lockstep.enter()
        self.lockstep.enter(symbol=OTHER)
        self.events = list(self.lockstep.events())

    def is_protected(self, symbol: str) -> bool:
        return bool(self.lockstep.stops_at_exchange(symbol))

    async def run(self, until: Callable[[], bool], *, seconds: float = 20) -> float:
        """Let the stream's loops work until the condition holds; the seconds that took."""
        held = Acknowledgements()
        async with Lanes(threads=4, room=1000) as lanes:
            steps = stream._sweep(lanes, self.intake), stream._give_back(held, lanes, self.intake), self._watch()
            loops = [asyncio.ensure_future(step) for step in steps]
            try:
                return await self._work(lanes, until, held, seconds=seconds)
            finally:
                for loop in loops:
                    loop.cancel()
                await asyncio.gather(*loops, return_exceptions=True)

    async def _work(self, lanes: Lanes, until: Callable[[], bool], held: Acknowledgements, *, seconds: float) -> float:
        begun = time.monotonic()
        for event in self.events:
            await stream._accept(event, lanes, self.intake, held)
        self.events = []
        while not await asyncio.to_thread(self._look, until):
            assert time.monotonic() - begun < seconds, "it never came"
            await asyncio.sleep(0.02)
        return time.monotonic() - begun

    async def _watch(self) -> None:
        await stream._watch(self.intake)

    @staticmethod
    def _look(until: Callable[[], bool]) -> bool:
        try:
            return until()
        finally:
            connections.close_all()


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Threaded:
    one_at_a_time = threading.RLock()
    answer = InProcessClient._exchange

    def locked(self: InProcessClient, call: Any) -> Any:
        with one_at_a_time:
            return answer(self, call)

    monkeypatch.setattr(InProcessClient, "_exchange", locked)
    return Threaded(tmp_path)


@contextmanager
def locked_database() -> Iterator[None]:
    """Another process writes and does not end."""
    if connection.vendor != "sqlite":
        pytest.skip("locks the file of SQLite")
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None, timeout=10, check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        other.rollback()
        other.close()


async def test_both_symbols_are_protected_and_the_threads_leave_no_connection(desk: Threaded) -> None:
    await desk.run(lambda: desk.is_protected(SYMBOL) and desk.is_protected(OTHER) and not desk.intake.watch.open())

    assert not desk.journal.exists()


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch, desk: Threaded) -> Iterator[threading.Event]:
    """The first regular stop of one symbol is not sent before this event is set."""
    release = threading.Event()
    trading = type(desk.lockstep.venue.trading)
    place = trading.place_algo_order

    def slow(self: Any, request: Any) -> Any:
        if request.symbol == SYMBOL and request.client_order_id.endswith("-s1"):
            release.wait(20)
        return place(self, request)

    monkeypatch.setattr(trading, "place_algo_order", slow)
    yield release
    release.set()


def let_go(event: threading.Event) -> bool:
    event.set()
    return True


async def test_what_is_slow_for_one_symbol_delays_no_stop_of_another(desk: Threaded, stuck: threading.Event) -> None:
    took = await desk.run(lambda: desk.is_protected(OTHER) and not desk.is_protected(SYMBOL) and let_go(stuck))

    assert took < DEADLINE


async def test_a_stop_that_does_not_get_through_in_time_is_sent_by_another_way(
    desk: Threaded, stuck: threading.Event
) -> None:
    took = await desk.run(lambda: desk.is_protected(SYMBOL) and let_go(stuck))
    assert took < DEADLINE

    await desk.run(_is_settled(desk), seconds=40)
    assert len(desk.lockstep.stops_at_exchange(SYMBOL)) == 1


async def test_a_locked_database_keeps_no_stop_from_leaving_within_the_deadline(desk: Threaded) -> None:
    lock = locked_database()
    await asyncio.to_thread(lock.__enter__)
    released = threading.Event()

    def release() -> bool:
        if not released.is_set():
            released.set()
            lock.__exit__(None, None, None)
        return True

    try:
        took = await desk.run(lambda: desk.is_protected(SYMBOL) and desk.is_protected(OTHER) and release())
    finally:
        release()

    assert took < DEADLINE
    assert len(desk.journal.read_text().splitlines()) >= 4

    await desk.run(_is_settled(desk), seconds=40)
    for symbol in (SYMBOL, OTHER):
        assert len(desk.lockstep.stops_at_exchange(symbol)) == 1


def _is_settled(desk: Threaded) -> Callable[[], bool]:
    def settled() -> bool:
        positions = Position.objects.filter(status="open", naked_since=None, quantity__gt=0)
        symbols = (SYMBOL, OTHER)
        is_quiet = not desk.intake.watch.open() and not EmergencyJournal(desk.journal).open_entries()
        return is_quiet and positions.count() == 2 and all(len(_stops(desk, each)) == 1 for each in symbols)

    return settled


def _stops(desk: Threaded, symbol: str) -> list[str]:
    desk.events += list(desk.lockstep.events())
    for event in desk.events:
        desk.intake.take_in(event)
    desk.events = []
    return desk.lockstep.stops_at_exchange(symbol)
