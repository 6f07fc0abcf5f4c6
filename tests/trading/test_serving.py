"""Several accounts in one stream process: the trouble of one is not the others'."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from desk.event_kinds import EventKind
from desk.models import Account, Event
from exchange.errors import BadCredentials, ExchangeUnavailable
from notifications.told import TOLD_ON
from tests.factories import NOON, make_account
from tests.trading.test_stream import FakeIntake
from trading import serving, stream
from trading.management.commands import user_stream

DEADLINE = 5.0


class Streams:
    """What ``run`` and ``stand_by`` do here. A refused account ends its run; the others go on until cancelled."""

    def __init__(self) -> None:
        self.refused: set[str] = set()
        self.runs: list[str] = []
        self.rounds: list[str] = []
        self.told: list[str] = []

    async def run(self, account: Account) -> None:
        self.runs.append(account.name)
        while account.name not in self.refused:
            await asyncio.sleep(0.005)
            self.rounds.append(account.name)
        raise ExceptionGroup("tasks", [BadCredentials("HTTP 401, -2015: Invalid API-key")])

    async def stand_by(self) -> None:
        while True:
            await asyncio.sleep(0.005)
            self.rounds.append("standby")

    def tell(self, account: Account) -> bool:
        self.told.append(account.name)
        return True


@pytest.fixture
def streams(monkeypatch: pytest.MonkeyPatch) -> Streams:
    streams = Streams()
    monkeypatch.setattr(serving, "run", streams.run)
    monkeypatch.setattr(serving, "stand_by", streams.stand_by)
    monkeypatch.setattr(serving, "_tell", streams.tell)
    monkeypatch.setattr(serving, "AGAIN_SECONDS", 0.02)
    return streams


async def serve_until(condition: Callable[[], bool], *names: str) -> None:
    """Serve accounts of these names as the command does, and stop once ``condition`` holds."""
    task = asyncio.create_task(user_stream._serve([Account(name=name) for name in names]))
    try:
        deadline = time.monotonic() + DEADLINE
        while not condition():
            assert not task.done(), task.result()
            assert time.monotonic() < deadline, "it never came"
            await asyncio.sleep(0.005)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("names", [("expired", "good"), ("good", "expired")])
async def test_a_key_that_is_refused_ends_its_own_stream_only(streams: Streams, names: tuple[str, ...]) -> None:
    streams.refused = {"expired"}

    def others_went_on() -> bool:
        after = streams.rounds[10:]
        return streams.runs.count("expired") > 2 and after.count("good") > 5 and after.count("standby") > 5

    await serve_until(others_went_on, *names)

    assert streams.runs.count("good") == 1
    assert "expired" not in streams.rounds


async def test_a_refused_key_is_told_of_once(streams: Streams) -> None:
    streams.refused = {"expired"}

    await serve_until(lambda: streams.runs.count("expired") > 4, "expired")

    assert streams.told == ["expired"]


async def test_a_key_that_had_worked_for_long_is_told_of_again(
    streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "WORKED_SECONDS", 0.0)
    streams.refused = {"expired"}

    await serve_until(lambda: len(streams.told) >= 2, "expired")


async def test_what_could_not_be_told_is_told_later(streams: Streams, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [False, False, True]

    def tell(account: Account) -> bool:
        streams.told.append(account.name)
        return answers.pop(0)

    monkeypatch.setattr(serving, "_tell", tell)
    streams.refused = {"expired"}

    await serve_until(lambda: streams.runs.count("expired") > 5, "expired")

    assert streams.told == ["expired"] * 3


async def test_a_key_that_is_accepted_again_is_served_again(streams: Streams) -> None:
    streams.refused = {"mended"}

    def is_served() -> bool:
        if streams.told:
            streams.refused = set()
        return "mended" in streams.rounds

    await serve_until(is_served, "mended")


async def test_other_trouble_ends_the_process_which_is_started_again(streams: Streams) -> None:
    async def run(account: Account) -> None:
        raise ExceptionGroup("tasks", [BadCredentials("-2015"), ValueError("unforeseen")])

    serving.run = run  # type: ignore[assignment]  # the fixture puts it back

    with pytest.raises(BaseExceptionGroup) as ended:
        await serving.serve([Account(name="odd")])

    assert ended.value.subgroup(ValueError) is not None


class Refused:
    is_connected = False

    async def __aiter__(self) -> Any:
        raise BadCredentials("HTTP 401, -2015: Invalid API-key")
        yield


class RuledIntake(FakeIntake):
    def keep_rules(self) -> None:
        self.did.append("rules")


@pytest.fixture
def refused_stream(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(stream, "open_intake", lambda account: RuledIntake())
    monkeypatch.setattr(stream, "_user_stream", lambda account: Refused())
    monkeypatch.setattr(stream, "_beat", lambda *_: None)
    yield
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("emergency")]


async def test_the_stream_itself_ends_with_the_refusal_it_was_given(refused_stream: None) -> None:
    with pytest.raises(BaseExceptionGroup) as ended:
        await asyncio.wait_for(stream.run(Account(name="expired")), DEADLINE)

    assert ended.value.split(BadCredentials)[1] is None


@pytest.mark.django_db
def test_the_owner_reads_whose_key_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock:
        def now(self) -> Any:
            return NOON

    monkeypatch.setattr(serving, "clock", Clock)
    monkeypatch.setattr(serving, "close_old_connections", lambda: None)  # it would end the test's own
    account = make_account()

    assert serving._tell(account)

    event = Event.objects.get(kind=EventKind.KEY_REFUSED)
    assert (event.account, event.facts) == (account, {"name": account.name})
    assert all(EventKind.KEY_REFUSED in kinds for kinds in TOLD_ON.values())


@pytest.mark.django_db
def test_without_market_time_it_is_told_later(monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock:
        def now(self) -> Any:
            raise ExchangeUnavailable("no answer")

    monkeypatch.setattr(serving, "clock", Clock)
    monkeypatch.setattr(serving, "close_old_connections", lambda: None)

    assert not serving._tell(make_account())
