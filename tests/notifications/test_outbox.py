from datetime import timedelta

import pytest
from django.utils import timezone

from desk.event_kinds import EventKind
from desk.models import Event
from notifications import outbox
from notifications.models import Channel, Cursor, Delivery
from notifications.told import TOLD
from tests.notifications.conftest import MARKET_TIME

pytestmark = pytest.mark.django_db

TELEGRAM = [Channel.TELEGRAM]


def told_ids() -> list[int]:
    return list(Delivery.objects.order_by("event_id").values_list("event_id", flat=True))


def age(event: Event, by: timedelta) -> None:
    Event.objects.filter(pk=event.pk).update(recorded_at=timezone.now() - by)


@pytest.mark.parametrize("kind", sorted(TOLD))
def test_each_told_kind_gets_a_delivery(happened, kind):
    event = happened(kind)

    made = outbox.fill(TELEGRAM, now=timezone.now())

    assert made == 1
    assert told_ids() == [event.pk]


@pytest.mark.parametrize("kind", [EventKind.SCAN_FINISHED, EventKind.ORDER_SENT, EventKind.ORDER_ACCEPTED])
def test_the_rest_of_the_journal_is_not_told(happened, kind):
    happened(kind)

    assert outbox.fill(TELEGRAM, now=timezone.now()) == 0


def test_an_event_is_told_once_however_often_the_tick_comes(happened):
    happened()

    made = [outbox.fill(TELEGRAM, now=timezone.now() + timedelta(minutes=minutes)) for minutes in (0, 0, 30, 60)]

    assert made == [1, 0, 0, 0]


def test_no_channel_means_no_rows(happened):
    happened()

    outbox.fill([], now=timezone.now())

    assert not Delivery.objects.exists()
    assert not Cursor.objects.exists()


def test_a_newly_opened_channel_is_not_told_the_past(happened):
    age(happened(), outbox.SETTLING * 2)
    recent = happened()

    outbox.fill(TELEGRAM, now=timezone.now())

    assert told_ids() == [recent.pk]


def test_what_happened_while_a_channel_was_off_is_not_told_later(happened):
    outbox.fill(TELEGRAM, now=timezone.now())
    outbox.fill([], now=timezone.now())
    age(happened(), outbox.SETTLING * 2)

    assert outbox.fill(TELEGRAM, now=timezone.now()) == 0


def test_what_happened_while_no_worker_ran_is_told_later(happened):
    outbox.fill(TELEGRAM, now=timezone.now())
    missed = happened()
    age(missed, timedelta(days=2))

    outbox.fill(TELEGRAM, now=timezone.now())

    assert told_ids() == [missed.pk]


def test_an_event_whose_transaction_commits_late_is_not_missed(happened):
    late_id = happened(EventKind.ORDER_SENT).pk + 1
    Event.objects.bulk_create([Event(id=late_id + 1, kind=EventKind.STOP_PLACED, at=MARKET_TIME)])
    outbox.fill(TELEGRAM, now=timezone.now())

    Event.objects.bulk_create([Event(id=late_id, kind=EventKind.ENTRY_FILLED, at=MARKET_TIME)])
    outbox.fill(TELEGRAM, now=timezone.now())

    assert told_ids() == [late_id, late_id + 1]


def test_the_cursor_follows_once_events_have_settled(happened):
    outbox.fill(TELEGRAM, now=timezone.now())
    event = happened()
    outbox.fill(TELEGRAM, now=timezone.now())
    before = Cursor.objects.get().settled_event_id

    outbox.fill(TELEGRAM, now=timezone.now() + outbox.SETTLING * 2)

    assert before == 0
    assert Cursor.objects.get().settled_event_id == event.pk


def test_more_events_than_one_batch_are_all_told(happened, monkeypatch):
    monkeypatch.setattr(outbox, "BATCH", 3)
    events = [happened().pk for _ in range(8)]

    assert outbox.fill(TELEGRAM, now=timezone.now()) == 8
    assert told_ids() == events
