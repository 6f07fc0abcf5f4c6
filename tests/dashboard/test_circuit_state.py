"""The breaker on the socket: whole on subscription, again with every change of tier, in the reader's language."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from dashboard import snapshots
from dashboard.retelling import in_reader_language
from dashboard.snapshots import StateType
from desk.models import Account
from risk import breaker_store
from risk.breaker import Trip, reset, stop_at_once
from risk.breaker_causes import Cause, Ends
from risk.states import Tier
from tests import factories
from tests.dashboard.test_live_socket import opened, quick_heartbeat, write
from tests.factories import NOON

__all__ = ["quick_heartbeat"]

pytestmark = pytest.mark.django_db(transaction=True)


def halt(account: Account) -> None:
    breaker_store.change(account, lambda breaker, _row: stop_at_once(breaker, now=NOON, value="owner"))


def reduce(account: Account) -> None:
    trip = Trip(
        cause=Cause.CONSECUTIVE_LOSSES, tier=Tier.REDUCED, ends=Ends.TIME, since=NOON, level=Decimal(3), value="3",
        limit="3", until=NOON + timedelta(hours=1),
    )  # fmt: skip
    breaker_store.change(account, lambda breaker, _row: type(breaker)(trips=(*breaker.trips, trip)))


def end(account: Account) -> None:
    breaker_store.change(account, lambda breaker, _row: reset(breaker, now=NOON))


async def test_every_change_of_tier_is_told_without_asking(visitor: Client):
    account = await write(factories.make_account)
    heard: list[Any] = []

    async with opened(visitor) as page:
        await page.subscribe("circuit")
        heard.append((await page.hear("circuit"))["data"])
        for change in (reduce, halt, end):
            await write(change, account)
            heard.append((await page.hear("circuit"))["data"])

    rows = [state[0] for state in heard]
    assert [row["tier"] for row in rows] == ["active", "reduced", "halted", "active"]
    assert [row["version"] for row in rows] == [0, 1, 2, 3]
    assert (rows[1]["account"], rows[1]["tier_label"]) == (account.pk, "smaller entries")
    assert [trip["cause"] for trip in rows[2]["trips"]] == ["consecutive_losses", "emergency_stop"]
    assert rows[1]["trips"][0]["until"] == "2024-11-23T13:00:05Z"


async def test_counting_alone_sends_nothing(visitor: Client):
    account = await write(factories.make_account)

    async with opened(visitor) as page:
        await page.subscribe("circuit")
        await page.hear("circuit")
        await write(breaker_store.note_api, account, is_ok=False)
        heard = await page.hear_beats(12)

    assert heard == {"clock"}


def test_its_words_are_the_readers(db: None):
    reduce(factories.make_account())
    states = snapshots.read([StateType.CIRCUIT], None)

    with translation.override("zh-hans"):
        told = in_reader_language(states)[StateType.CIRCUIT][0]

    assert told["tier_label"] not in ("", states[StateType.CIRCUIT][0]["tier_label"])
    assert told["trips"][0]["cause_label"] != "losses in a row"
    assert states[StateType.CIRCUIT][0]["tier_label"] == "smaller entries"
