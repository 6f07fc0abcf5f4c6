"""What waits for a page: the newest state, every event once, and never more than it may hold."""

import asyncio

import pytest

from dashboard.live.mailbox import Mailbox
from dashboard.snapshots import StateType
from desk.models import Event

STATUS, TRADES = StateType.STATUS, StateType.TRADES


def event(pk: int) -> Event:
    return Event(pk=pk, kind="system_started")


async def taken(mailbox: Mailbox):
    async with asyncio.timeout(1):
        return await mailbox.take()


async def test_a_newer_state_replaces_the_one_that_waits():
    mailbox = Mailbox([STATUS], wants_events=False)
    mailbox.post(states={STATUS: "old"}, events=[])
    mailbox.post(states={STATUS: "new"}, events=[])

    assert await taken(mailbox) == ({STATUS: "new"}, [])


async def test_only_what_was_subscribed_to_comes_in():
    mailbox = Mailbox([STATUS], wants_events=False)
    mailbox.post(states={TRADES: "unwanted"}, events=[event(1)])
    mailbox.post(states={STATUS: "wanted"}, events=[])

    assert await taken(mailbox) == ({STATUS: "wanted"}, [])


async def test_events_come_in_order_and_once():
    mailbox = Mailbox([], wants_events=True)
    mailbox.post(states={}, events=[event(3), event(1)])
    first = await taken(mailbox)
    mailbox.post(states={}, events=[event(1), event(2)])
    second = await taken(mailbox)

    assert [row.pk for row in first[1]] == [1, 3]
    assert [row.pk for row in second[1]] == [2]


async def test_the_beginning_does_not_hide_what_is_newer():
    mailbox = Mailbox([STATUS, TRADES], wants_events=False)
    mailbox.post(states={STATUS: "newer"}, events=[])
    mailbox.post_beginning(states={STATUS: "older", TRADES: "first"}, events=[])

    assert await taken(mailbox) == ({STATUS: "newer", TRADES: "first"}, [])


async def test_an_empty_mailbox_waits():
    mailbox = Mailbox([STATUS], wants_events=True)
    mailbox.post(states={TRADES: "unwanted"}, events=[])

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await mailbox.take()


async def test_a_page_that_falls_behind_is_marked():
    mailbox = Mailbox([], wants_events=True, capacity=2)
    mailbox.post(states={}, events=[event(1), event(2)])
    assert not mailbox.has_overflowed

    mailbox.post(states={}, events=[event(3)])

    assert mailbox.has_overflowed
