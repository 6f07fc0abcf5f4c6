"""The stream's loop: each event in the lane of its symbol, and a look at naked positions whatever comes."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from exchange.types import AccountUpdate, OrderUpdate, StreamConnected
from tests.factories import make_account
from trading import stream
from trading.acknowledgements import Acknowledgements
from trading.emergency_picture import Exposure
from trading.intake import Due
from trading.lanes import Lanes
from trading.services.listing import is_heard
from trading.venue import ContractRules

SWEEP = 0.05
DEADLINE = 5.0


class FakeWatch:
    def __init__(self) -> None:
        self.overdue: list[Any] = []

    def take_overdue(self) -> list[Any]:
        overdue, self.overdue = self.overdue, []
        return overdue


class FakeIntake:
    """Notes what it was asked, in order; ``slow`` symbols wait until ``release``."""

    def __init__(self) -> None:
        self.did: list[str] = []
        self.slow: set[str] = set()
        self.release = threading.Event()
        self.behind = False
        self.watch = FakeWatch()
        self.naked: list[str] = []
        self.resorted: list[Exposure] = []

    def expect(self, event: Any) -> None:
        self.did.append(f"expect {event.at}")

    def take_in(self, event: Any) -> None:
        if event.order.symbol in self.slow:
            self.release.wait(DEADLINE)
        self.did.append(f"take {event.at}")

    def reconcile(self) -> None:
        self.behind = False
        self.did.append("reconcile")

    def due(self) -> list[Due]:
        self.did.append("sweep")
        return [Due(symbol, f"tend {symbol}", lambda symbol=symbol: self._tend(symbol)) for symbol in self.naked]

    def is_behind(self) -> bool:
        return self.behind

    def resort(self, exposure: Exposure) -> None:
        self.resorted.append(exposure)

    def _tend(self, symbol: str) -> None:
        if symbol in self.slow:
            self.release.wait(DEADLINE)
        self.did.append(f"tend {symbol}")


class Named:
    def __init__(self, symbol: str, client_order_id: str = "") -> None:
        self.symbol = symbol
        self.client_order_id = client_order_id


def event(name: str, symbol: str = "DOTUSDT") -> OrderUpdate:
    return OrderUpdate(order=Named(symbol), execution_type="TRADE", trade=None, at=name)  # type: ignore[arg-type]


@pytest.fixture
def intake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeIntake]:
    monkeypatch.setattr(stream, "SWEEP_SECONDS", SWEEP)
    monkeypatch.setattr(stream, "WATCH_SECONDS", SWEEP)
    intake = FakeIntake()
    yield intake
    intake.release.set()


@contextlib.asynccontextmanager
async def running(*loops: Awaitable[None]) -> Any:
    tasks = [asyncio.ensure_future(loop) for loop in loops]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        await asyncio.sleep(0.005)


async def test_steady_events_do_not_put_off_the_look_at_naked_positions(intake: FakeIntake) -> None:
    async with Lanes(threads=2, room=10_000) as lanes, running(stream._sweep(lanes, intake)):
        deadline = time.monotonic() + DEADLINE
        while intake.did.count("sweep") < 3 and time.monotonic() < deadline:
            await stream._accept(event("steady"), lanes, intake, Acknowledgements())
            await asyncio.sleep(SWEEP / 10)

    assert intake.did.count("sweep") >= 3
    assert intake.did.count("take steady") > intake.did.count("sweep")


async def test_without_events_the_look_comes_all_the_same(intake: FakeIntake) -> None:
    async with Lanes(threads=2, room=10) as lanes, running(stream._sweep(lanes, intake)):
        await until(lambda: intake.did.count("sweep") >= 2)

    assert set(intake.did) == {"sweep"}


async def test_no_event_is_lost_where_a_look_is_due(intake: FakeIntake) -> None:
    async with Lanes(threads=2, room=10_000) as lanes, running(stream._sweep(lanes, intake)):
        for number in range(200):
            await stream._accept(event(str(number)), lanes, intake, Acknowledgements())
        await until(lambda: sum(step.startswith("take") for step in intake.did) == 200)

    assert [step for step in intake.did if step.startswith("take")] == [f"take {number}" for number in range(200)]


async def test_a_symbol_that_hangs_delays_no_other(intake: FakeIntake) -> None:
    intake.slow = {"DOTUSDT"}
    async with Lanes(threads=3, room=100) as lanes:
        await stream._accept(event("dot"), lanes, intake, Acknowledgements())
        await stream._accept(event("xrp", "XRPUSDT"), lanes, intake, Acknowledgements())

        await until(lambda: "take xrp" in intake.did)
        assert "take dot" not in intake.did
        intake.release.set()
        await until(lambda: "take dot" in intake.did)


async def test_an_event_is_expected_before_it_waits_for_its_turn(intake: FakeIntake) -> None:
    intake.slow = {"DOTUSDT"}
    async with Lanes(threads=1, room=100) as lanes:
        await stream._accept(event("1"), lanes, intake, Acknowledgements())
        await stream._accept(event("2"), lanes, intake, Acknowledgements())

        assert intake.did == ["expect 1", "expect 2"]
        intake.release.set()
        await until(lambda: intake.did[-1] == "take 2")


def of_order(client_order_id: str, execution_type: str, name: str) -> OrderUpdate:
    order = Named("DOTUSDT", client_order_id)
    return OrderUpdate(order=order, execution_type=execution_type, trade=None, at=name)  # type: ignore[arg-type]


async def test_a_fill_does_not_wait_for_the_word_that_its_order_is_new(intake: FakeIntake) -> None:
    held = Acknowledgements()
    async with Lanes(threads=1, room=100) as lanes, running(stream._give_back(held, lanes, intake)):
        await stream._accept(of_order("a", "NEW", "a is new"), lanes, intake, held)
        await stream._accept(of_order("b", "NEW", "b is new"), lanes, intake, held)
        await stream._accept(of_order("a", "TRADE", "a filled"), lanes, intake, held)

        await until(lambda: "take b is new" in intake.did)

    assert intake.did == ["expect a filled", "take a filled", "take b is new"]


async def test_an_order_that_nothing_follows_is_told_in_its_turn(intake: FakeIntake) -> None:
    held = Acknowledgements()
    async with Lanes(threads=1, room=100) as lanes, running(stream._give_back(held, lanes, intake)):
        for name in ("1", "2", "3"):
            await stream._accept(of_order(name, "NEW", name), lanes, intake, held)

        await until(lambda: intake.did[-1:] == ["take 3"])

    assert intake.did == ["take 1", "take 2", "take 3"]


async def test_a_connect_is_compared_beside_the_events(intake: FakeIntake) -> None:
    intake.slow = {"DOTUSDT"}
    async with Lanes(threads=3, room=100) as lanes:
        await stream._accept(event("dot"), lanes, intake, Acknowledgements())
        await stream._accept(StreamConnected(), lanes, intake, Acknowledgements())

        await until(lambda: "reconcile" in intake.did)
        intake.release.set()


async def test_a_change_of_the_balance_needs_no_turn(intake: FakeIntake) -> None:
    async with Lanes(threads=1, room=1) as lanes:
        for _ in range(5):
            await stream._accept(AccountUpdate(reason="ORDER", at=None), lanes, intake, Acknowledgements())  # type: ignore[arg-type]

    assert intake.did == []


async def test_a_slow_look_at_one_symbol_is_not_queued_again_and_delays_no_other(intake: FakeIntake) -> None:
    intake.naked, intake.slow = ["DOTUSDT", "XRPUSDT"], {"DOTUSDT"}
    async with Lanes(threads=3, room=100) as lanes, running(stream._sweep(lanes, intake)):
        await until(lambda: intake.did.count("tend XRPUSDT") >= 3)
        intake.naked = []
        sweeps = intake.did.count("sweep")
        intake.release.set()
        await until(lambda: "tend DOTUSDT" in intake.did and intake.did.count("sweep") > sweeps + 1)

    assert intake.did.count("tend DOTUSDT") == 1


async def test_what_the_database_missed_is_made_up_for_once_it_is_back(intake: FakeIntake) -> None:
    intake.behind = True
    async with Lanes(threads=3, room=100) as lanes, running(stream._sweep(lanes, intake)):
        await until(lambda: intake.did.count("sweep") >= 4)

    assert intake.did.count("reconcile") == 1


async def test_what_waits_too_long_is_protected_beside_the_lanes(intake: FakeIntake) -> None:
    intake.watch.overdue = ["exposure"]
    async with running(stream._watch(intake)):
        await until(lambda: intake.resorted == ["exposure"])


async def test_the_pulse_stops_while_a_lane_stalls(intake: FakeIntake, monkeypatch: pytest.MonkeyPatch) -> None:
    beats: list[float] = []
    monkeypatch.setattr(stream, "PULSE_SECONDS", 0.02)
    monkeypatch.setattr(stream, "STALLED_SECONDS", 0.2)
    intake.slow = {"DOTUSDT"}

    def beat() -> None:
        beats.append(time.monotonic())

    async with Lanes(threads=3, room=100) as lanes, running(stream._pulse(lanes, beat)):
        await until(lambda: len(beats) > 2)
        await stream._accept(event("dot"), lanes, intake, Acknowledgements())
        await until(lambda: lanes.longest_wait() > 0.5)
        stalled = len(beats)
        last = beats[-1]
        assert time.monotonic() - last > 0.2
        intake.release.set()
        await until(lambda: len(beats) > stalled)


class FakeStream:
    is_connected = False


@pytest.mark.django_db
def test_only_a_connected_stream_says_that_it_hears(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "close_old_connections", lambda: None)  # it would end the test's own
    account, socket = make_account(), FakeStream()

    stream._beat(socket, account)  # type: ignore[arg-type]
    while_away = is_heard(account)
    socket.is_connected = True
    stream._beat(socket, account)  # type: ignore[arg-type]

    assert not while_away
    assert is_heard(account)


class FakeMarket:
    def __init__(self) -> None:
        self.reads = 0

    def contracts(self) -> list[Any]:
        self.reads += 1
        return [SimpleNamespace(symbol="DOTUSDT", rules="rules")]


def test_contract_rules_are_read_before_anything_waits_for_them() -> None:
    market = FakeMarket()
    rules = ContractRules(market)  # type: ignore[arg-type]
    before = rules.known("DOTUSDT")

    rules.keep_fresh()
    rules.keep_fresh()

    assert (before, rules.known("DOTUSDT"), market.reads) == (None, "rules", 1)


def test_rules_are_read_anew_before_they_are_too_old() -> None:
    market = FakeMarket()
    rules = ContractRules(market)  # type: ignore[arg-type]
    rules.keep_fresh()
    rules._read_at = timezone.now() - ContractRules.KEPT_FOR + timedelta(minutes=5)

    rules.keep_fresh()
    rules("DOTUSDT")

    assert market.reads == 2
