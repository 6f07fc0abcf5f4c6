"""The live socket: closed to strangers, whole states, events without a gap, only changes."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from dashboard.live import consumer, feed
from desk.event_kinds import EventKind
from desk.models import Account, Event
from duolive.asgi import application
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

WITHIN = 5.0


class Page:
    """The browser's end of a socket."""

    def __init__(self, socket: WebsocketCommunicator) -> None:
        self._socket = socket

    async def subscribe(self, *types: str, **details: Any) -> None:
        await self._socket.send_json_to({"type": "subscribe", "types": list(types), **details})

    async def say(self, message: Any) -> None:
        await self._socket.send_json_to(message)

    async def hear(self, message_type: str) -> dict[str, Any]:
        """The next message of that type."""
        async with asyncio.timeout(WITHIN):
            while True:
                message = await self._socket.receive_json_from(timeout=WITHIN)
                if message["type"] == message_type:
                    return message

    async def hear_beats(self, count: int) -> set[str]:
        """Types of all messages until the clock was told ``count`` times."""
        heard: list[str] = []
        async with asyncio.timeout(WITHIN):
            while heard.count("clock") < count:
                heard.append((await self._socket.receive_json_from(timeout=WITHIN))["type"])
        return set(heard)

    async def hear_close(self) -> int:
        async with asyncio.timeout(WITHIN):
            while True:
                message = await self._socket.receive_output(timeout=WITHIN)
                if message["type"] == "websocket.close":
                    return message["code"]


@asynccontextmanager
async def opened(client: Client):
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    headers = [(b"cookie", cookie.encode()), (b"origin", b"http://localhost"), (b"host", b"localhost")]
    socket = WebsocketCommunicator(application, "/ws/live", headers=headers)
    connected, _ = await socket.connect(timeout=WITHIN)
    assert connected
    try:
        yield Page(socket)
    finally:
        await socket.disconnect()


@pytest.fixture(autouse=True)
def quick_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer, "HEARTBEAT_SECONDS", 0.2)


async def write(function, *arguments: Any, **details: Any) -> Any:
    return await database_sync_to_async(function)(*arguments, **details)


async def test_a_stranger_is_closed_with_the_login_code(db):
    async with opened(Client()) as page:
        assert await page.hear_close() == 4401


async def test_another_origin_is_not_let_in(visitor: Client):
    headers = [(b"origin", b"https://evil.example"), (b"cookie", b"")]
    socket = WebsocketCommunicator(application, "/ws/live", headers=headers)

    connected, _ = await socket.connect(timeout=WITHIN)

    assert connected is False


async def test_states_come_whole_and_equal_the_api(visitor: Client):
    await write(factories.make_protected_position)
    expected = (await write(visitor.get, "/api/v1/positions")).json()

    async with opened(visitor) as page:
        await page.subscribe("positions")
        message = await page.hear("positions")

    assert message["data"] == expected
    assert message["v"] == 1


async def test_a_new_position_is_sent_without_asking(visitor: Client):
    async with opened(visitor) as page:
        await page.subscribe("positions", "log", resume_from=0)
        assert (await page.hear("positions"))["data"] == []

        position = await write(factories.make_protected_position)
        event = await write(
            factories.make_event, EventKind.STOP_PLACED, symbol=position.symbol, price="10.03", seconds=1
        )

        assert (await page.hear("log"))["seq"] == event.pk
        assert [row["id"] for row in (await page.hear("positions"))["data"]] == [position.pk]


async def test_events_resume_after_the_last_one_the_page_had(visitor: Client):
    events = [await write(factories.make_event) for _ in range(4)]

    async with opened(visitor) as page:
        await page.subscribe("log", resume_from=events[1].pk)
        heard = [(await page.hear("log"))["seq"] for _ in range(2)]
        fresh = await write(factories.make_event)
        heard.append((await page.hear("log"))["seq"])

    assert heard == [events[2].pk, events[3].pk, fresh.pk]


async def test_without_resume_only_new_events_come(visitor: Client):
    await write(factories.make_event)

    async with opened(visitor) as page:
        await page.subscribe("log")
        await page.hear("clock")
        fresh = await write(factories.make_event)

        assert (await page.hear("log"))["seq"] == fresh.pk


async def test_an_event_that_commits_after_a_later_one_is_not_lost(visitor: Client):
    """On PostgreSQL ids are given out before the commit, so a lower one may appear last."""
    first = await write(factories.make_event)
    async with opened(visitor) as page:
        await page.subscribe("log", resume_from=first.pk)
        await page.hear("clock")
        late_pk = first.pk + 1
        await write(bulk_event, late_pk + 1)
        assert (await page.hear("log"))["seq"] == late_pk + 1

        await write(bulk_event, late_pk)

        assert (await page.hear("log"))["seq"] == late_pk


def bulk_event(pk: int) -> None:
    row = Event(pk=pk, kind=EventKind.SYSTEM_STARTED, at=timezone.now(), facts={"environment": "replay"})
    Event.objects.bulk_create([row])


async def test_two_pages_hear_the_same_and_one_leaving_does_not_end_the_other(visitor: Client):
    async with opened(visitor) as stays:
        await stays.subscribe("log", resume_from=0)
        async with opened(visitor) as leaves:
            await leaves.subscribe("log", resume_from=0)
            event = await write(factories.make_event)
            assert (await leaves.hear("log"))["seq"] == (await stays.hear("log"))["seq"] == event.pk

        later = await write(factories.make_event)
        assert (await stays.hear("log"))["seq"] == later.pk


async def test_events_are_told_in_the_readers_language(visitor: Client, monkeypatch: pytest.MonkeyPatch):
    from django.utils import translation

    monkeypatch.setattr("dashboard.serializers.sentence", lambda event: translation.get_language())
    await write(factories.make_event)

    async with opened(visitor) as page:
        await page.subscribe("log", resume_from=0, language="zh-hans")

        assert (await page.hear("log"))["data"]["sentence"] == "zh-hans"


async def test_the_clock_is_told_again_and_again(visitor: Client, venue_clock):
    async with opened(visitor) as page:
        await page.subscribe("status")
        first = await page.hear("clock")
        venue_clock.at += timedelta(minutes=1)

        second = await page.hear("clock")
        while second["data"] == first["data"]:
            second = await page.hear("clock")

    assert first["data"] == {"market_time": "2024-11-23T12:00:05+00:00", "speed": "60"}
    assert second["data"]["market_time"] == "2024-11-23T12:01:05+00:00"


async def test_a_moving_clock_alone_sends_no_state(visitor: Client, venue_clock, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(feed, "STATE_SECONDS", 0.1)
    account = await write(factories.make_account)
    async with opened(visitor) as page:
        await page.subscribe("status")
        await page.hear("status")
        await page.hear_beats(3)  # by then the feed has its own first reading
        venue_clock.at += timedelta(seconds=30)
        assert await page.hear_beats(5) == {"clock"}

        await write(Account.objects.filter(pk=account.pk).update, wallet_balance="1234")

        assert (await page.hear("status"))["data"]["wallet_balance"] == "1234"


async def test_nonsense_is_answered_and_the_socket_stays(visitor: Client):
    async with opened(visitor) as page:
        await page.say({"type": "close_position"})
        assert "subscribe" in (await page.hear("error"))["data"]["message"]
        await page.say(["status"])
        await page.hear("error")

        await page.subscribe("status")

        assert (await page.hear("status"))["data"]["environment"] == "replay"


async def test_logging_out_closes_the_socket(visitor: Client):
    async with opened(visitor) as page:
        await page.subscribe("status")
        await page.hear("status")

        await write(Session.objects.all().delete)

        assert await page.hear_close() == 4401


async def test_a_deactivated_user_is_closed(visitor: Client):
    async with opened(visitor) as page:
        await page.subscribe("status")
        await page.hear("status")

        await write(User.objects.update, is_active=False)

        assert await page.hear_close() == 4401


async def test_a_page_that_falls_behind_is_sent_away_to_resume(visitor: Client, monkeypatch: pytest.MonkeyPatch):
    for _ in range(3):
        await write(factories.make_event)
    monkeypatch.setattr(
        consumer, "Mailbox", lambda states, *, wants_events: SmallMailbox(states, wants_events=wants_events)
    )

    async with opened(visitor) as page:
        await page.subscribe("log", resume_from=0)

        assert await page.hear_close() == 4408


class SmallMailbox(consumer.Mailbox):
    def __init__(self, states, *, wants_events: bool) -> None:
        super().__init__(states, wants_events=wants_events, capacity=2)


async def test_a_failing_database_is_survived(visitor: Client, monkeypatch: pytest.MonkeyPatch):
    from django.db import OperationalError

    monkeypatch.setattr(feed, "FAILURE_SECONDS", 0.05)
    real = feed.snapshots.read
    failures = [OperationalError("database is locked")]

    async with opened(visitor) as page:
        await page.subscribe("positions", "log", resume_from=0)
        await page.hear("positions")
        monkeypatch.setattr(
            feed.snapshots,
            "read",
            lambda *arguments: (_ for _ in ()).throw(failures.pop()) if failures else real(*arguments),
        )
        position = await write(factories.make_protected_position)

        shown = (await page.hear("positions"))["data"]
        while not shown:
            shown = (await page.hear("positions"))["data"]
        assert [row["id"] for row in shown] == [position.pk]
        assert failures == []


async def test_the_venue_being_down_leaves_the_page_alive(visitor: Client, venue_clock):
    venue_clock.is_down = True

    async with opened(visitor) as page:
        await page.subscribe("status")

        assert (await page.hear("status"))["data"]["market_time"] is None
        assert (await page.hear("clock"))["data"] is None
