from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone, translation

from desk.event_kinds import EventKind
from desk.models import Heartbeat
from notifications import outbox, services, tasks
from notifications.channels import open_channels
from notifications.errors import SendError
from notifications.messages import message
from notifications.models import Channel, Delivery, DeliveryStatus
from notifications.services import LEASE, MAX_ATTEMPTS, claim, deliver_due, pause_after, send_again

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """The process dies here."""


@dataclass
class Chat:
    """A transport that answers what the test has scripted, then takes everything."""

    script: list[BaseException] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def send(self, text: str) -> None:
        if self.script:
            raise self.script.pop(0)
        self.texts.append(text)


def transient(**details) -> SendError:
    return SendError("HTTP 500: down", permanent=False, **details)


def due_delivery(event) -> Delivery:
    outbox.fill([Channel.TELEGRAM], now=timezone.now())
    return Delivery.objects.select_related("event").get(event=event)


def deliver(chat: Chat, *, after: timedelta = timedelta(0)) -> int:
    now = timezone.now() + after
    return deliver_due({Channel.TELEGRAM: chat}, clock=lambda: now)


def fresh(delivery: Delivery) -> Delivery:
    return Delivery.objects.get(pk=delivery.pk)


def test_a_due_message_is_sent_once_and_marked(happened):
    delivery, chat = due_delivery(happened()), Chat()

    rounds = [deliver(chat), deliver(chat, after=timedelta(days=1))]

    assert rounds == [1, 0]
    assert len(chat.texts) == 1
    assert fresh(delivery).status == DeliveryStatus.SENT
    assert fresh(delivery).sent_at is not None


def test_messages_leave_in_the_order_of_events(happened):
    events = [happened(price=price) for price in ("1", "2", "3")]
    outbox.fill([Channel.TELEGRAM], now=timezone.now())
    chat = Chat()

    deliver(chat)

    assert [text.rsplit("#", 1)[1] for text in chat.texts] == [str(event.pk) for event in events]


def test_a_passing_error_is_tried_again_after_a_pause(happened):
    delivery, chat = due_delivery(happened()), Chat([transient()])

    at_once = deliver(chat), deliver(chat)
    later = deliver(chat, after=timedelta(minutes=1))

    assert at_once == (0, 0)
    assert later == 1
    assert fresh(delivery).attempts == 2
    assert fresh(delivery).last_error == ""


def test_the_pause_is_as_long_as_the_channel_asked_for(happened):
    delivery, chat = due_delivery(happened()), Chat([transient(retry_after=timedelta(minutes=20))])

    deliver(chat)

    assert fresh(delivery).next_attempt_at > timezone.now() + timedelta(minutes=19)
    assert deliver(chat, after=timedelta(minutes=10)) == 0
    assert deliver(chat, after=timedelta(minutes=21)) == 1


def test_pauses_grow_to_an_hour_and_not_beyond():
    pauses = [pause_after(attempts) for attempts in range(1, MAX_ATTEMPTS)]

    assert pauses == sorted(pauses)
    assert pauses[0] == timedelta(seconds=5)
    assert pauses[-1] == timedelta(hours=1)
    assert sum(pauses, timedelta(0)) > timedelta(hours=12)


def test_a_passing_error_ends_the_round_and_leaves_the_rest_due(happened):
    happened()
    happened()
    outbox.fill([Channel.TELEGRAM], now=timezone.now())
    chat = Chat([transient()])

    assert deliver(chat) == 0
    assert deliver(chat) == 1
    assert deliver(chat, after=timedelta(minutes=1)) == 1


def test_a_permanent_refusal_fails_at_once_and_does_not_hold_up_the_next(happened):
    first = due_delivery(happened())
    second = due_delivery(happened())
    chat = Chat([SendError("HTTP 403: blocked", permanent=True)])

    assert deliver(chat) == 1
    assert fresh(first).status == DeliveryStatus.FAILED
    assert fresh(first).last_error == "HTTP 403: blocked"
    assert fresh(second).status == DeliveryStatus.SENT
    assert deliver(chat, after=timedelta(days=1)) == 0


def test_a_message_that_never_passes_is_given_up(happened):
    delivery = due_delivery(happened())
    Delivery.objects.update(attempts=MAX_ATTEMPTS - 1)

    deliver(Chat([transient()]))

    assert fresh(delivery).status == DeliveryStatus.FAILED


def test_a_failed_message_can_be_sent_again(happened):
    delivery, chat = due_delivery(happened()), Chat([SendError("HTTP 401: wrong token", permanent=True)])
    deliver(chat)

    assert send_again([delivery.pk], now=timezone.now()) == 1
    assert deliver(chat) == 1
    assert send_again([delivery.pk], now=timezone.now()) == 0


def test_a_crash_between_claim_and_mark_is_made_good_after_the_lease(happened):
    delivery, chat = due_delivery(happened()), Chat([Killed()])
    with pytest.raises(Killed):
        deliver(chat)

    during_the_lease = deliver(chat, after=LEASE / 2)
    after_the_lease = deliver(chat, after=LEASE + timedelta(seconds=1))

    assert (during_the_lease, after_the_lease) == (0, 1)
    assert fresh(delivery).status == DeliveryStatus.SENT


def test_only_one_of_two_workers_gets_a_row(happened):
    delivery = due_delivery(happened())
    one, other = fresh(delivery), fresh(delivery)

    assert [claim(one, now=timezone.now()), claim(other, now=timezone.now())] == [True, False]


def test_a_worker_that_lost_its_lease_does_not_overwrite_the_outcome(happened):
    delivery = due_delivery(happened())

    class SlowChat(Chat):
        def send(self, text: str) -> None:
            deliver(Chat(), after=LEASE * 2)  # another worker takes the row over meanwhile
            raise transient()

    deliver(SlowChat())

    assert fresh(delivery).status == DeliveryStatus.SENT


def test_nothing_is_locked_while_a_channel_is_talked_to(happened):
    from django.db import connection

    due_delivery(happened())
    depth: list[int] = []

    class LookingChat(Chat):
        def send(self, text: str) -> None:
            depth.append(len(connection.savepoint_ids))

    outside = len(connection.savepoint_ids)
    deliver(LookingChat())

    assert depth == [outside]


def test_a_message_is_one_line_with_environment_time_and_event_id(happened):
    event = happened(EventKind.POSITION_UNPROTECTED, reason="refused\ntwice")

    assert message(event) == f"[replay] ABCUSDT: NO STOP, refused twice · 2024-11-23 17:00:07 UTC · #{event.pk}"


def test_a_message_can_be_made_in_another_language(happened):
    event = happened()

    with translation.override("zh-hans"):
        assert message(event).startswith("[replay] ")


def test_telegram_is_closed_without_token_or_chat(settings, telegram):
    assert list(open_channels()) == [Channel.TELEGRAM]

    settings.TELEGRAM_CHAT_ID = ""
    assert open_channels() == {}
    settings.TELEGRAM_CHAT_ID, settings.TELEGRAM_BOT_TOKEN = "42", ""
    assert open_channels() == {}


def test_the_task_tells_each_event_once_over_the_real_transport(telegram, happened):
    event = happened(EventKind.ENTRY_FILLED, quantity="12", price="0.5")

    tasks.deliver()
    tasks.deliver()

    assert telegram.texts == [f"[replay] ABCUSDT: 12 filled at 0.5 · 2024-11-23 17:00:07 UTC · #{event.pk}"]
    assert Heartbeat.objects.filter(loop="notify").exists()


def test_the_task_obeys_the_wait_that_telegram_asks_for(telegram, happened):
    happened()
    telegram.refuse_next(429, "Too Many Requests", retry_after=300)

    tasks.deliver()
    tasks.deliver()

    assert len(telegram.paths) == 1
    assert Delivery.objects.get().next_attempt_at > timezone.now() + timedelta(seconds=250)


def test_the_task_makes_no_rows_while_telegram_is_off(happened):
    happened()

    tasks.deliver()

    assert not Delivery.objects.exists()


def test_a_round_takes_one_batch_and_leaves_the_rest_to_the_next(happened, monkeypatch):
    monkeypatch.setattr(services, "BATCH", 2)
    for _ in range(3):
        happened()
    outbox.fill([Channel.TELEGRAM], now=timezone.now())
    chat = Chat()

    assert [deliver(chat), deliver(chat), deliver(chat)] == [2, 1, 0]


def test_the_admin_lists_deliveries_and_sends_failed_ones_again(client, happened):
    delivery = due_delivery(happened())
    deliver(Chat([SendError("HTTP 403: blocked", permanent=True)]))
    client.force_login(get_user_model().objects.create_superuser("owner"))
    url = "/admin/notifications/delivery/"

    listing = client.get(url)
    client.post(url, {"action": "send_failed_again", "_selected_action": [delivery.pk]})

    assert "HTTP 403: blocked" in listing.content.decode()
    assert fresh(delivery).status == DeliveryStatus.PENDING
    assert client.get(f"{url}add/").status_code == 403
