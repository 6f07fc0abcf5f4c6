"""A chat that does not answer takes little of the worker, and no message is lost or overtaken for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest
from django.utils import timezone

from desk.locks import only_one
from desk.models import Heartbeat
from duolive.celery import app
from notifications import outbox, tasks
from notifications.errors import NoAnswer, SendError
from notifications.models import Channel, Cursor, Delivery, DeliveryStatus, TelegramUpdate, UpdateStatus
from notifications.resting import LONGEST_REST, REST
from notifications.services import LEASE, ROUND, deliver_due
from notifications.telegram import inbox

pytestmark = pytest.mark.django_db


def silence() -> NoAnswer:
    return NoAnswer(httpx2.ReadTimeout("ten seconds"))


class Clock:
    """Wall time that goes on when a channel is waited for."""

    def __init__(self) -> None:
        self.now = timezone.now()

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, time: timedelta) -> None:
        self.now += time


@dataclass
class Line:
    """A channel that is silent, or takes its time."""

    clock: Clock = field(default_factory=Clock)
    is_silent: bool = True
    takes: timedelta = timedelta(seconds=10)
    tried: int = 0
    texts: list[str] = field(default_factory=list)

    def send(self, text: str) -> None:
        self.tried += 1
        self.clock.pass_by(self.takes)
        if self.is_silent:
            raise silence()
        self.texts.append(text)

    def deliver(self) -> int:
        return deliver_due({Channel.TELEGRAM: self}, clock=self.clock)

    def told(self) -> list[int]:
        """Ids of the events that were told, in that order."""
        return [int(text.rsplit("#", 1)[1]) for text in self.texts]


@pytest.fixture
def several(happened: Callable[..., Any]) -> list[int]:
    """Ids of events that wait to be told."""
    ids = [happened(price=str(price)).pk for price in range(1, 7)]
    outbox.fill([Channel.TELEGRAM, Channel.EMAIL], now=timezone.now())
    Delivery.objects.filter(channel=Channel.EMAIL).delete()
    return ids


@dataclass
class Ticking:
    """A silent transport; while it waits, the beat's next ticks come in the other slots of the worker."""

    depth: int = 0
    most: int = 0

    def send(self, text: str) -> None:
        self.depth += 1
        self.most = max(self.most, self.depth)
        if self.depth < 6:
            tasks.deliver()
            tasks.answer_messages()
        self.depth -= 1
        raise silence()


def open_(monkeypatch: pytest.MonkeyPatch, channels: Mapping[Channel, Any]) -> None:
    monkeypatch.setattr(tasks, "open_channels", lambda: channels)


def test_one_tick_at_a_time_waits_for_a_channel(several, monkeypatch):
    chat = Ticking()
    open_(monkeypatch, {Channel.TELEGRAM: chat})

    tasks.deliver()

    assert chat.most == 1


def test_an_answer_and_a_message_do_not_both_wait_for_the_chat(several, monkeypatch):
    chat = Ticking()
    open_(monkeypatch, {Channel.TELEGRAM: chat})
    TelegramUpdate.objects.create(
        update_id=1, text="/help", status=UpdateStatus.ANSWERED, answer="Help", next_attempt_at=timezone.now()
    )

    tasks.answer_messages()

    assert chat.most == 1


def test_while_a_chat_is_waited_for_another_tick_writes_e_mail_and_does_what_the_owner_says(several, monkeypatch):
    mail = Line(is_silent=False)
    open_(monkeypatch, {Channel.TELEGRAM: Line(), Channel.EMAIL: mail})
    Delivery.objects.create(event_id=several[0], channel=Channel.EMAIL, next_attempt_at=timezone.now())
    TelegramUpdate.objects.create(update_id=1, text="/help")

    with only_one("channel_telegram", seconds=60) as is_ours:
        tasks.deliver()

    assert is_ours
    assert mail.told() == several[:1]
    assert TelegramUpdate.objects.get().status == UpdateStatus.ANSWERED
    assert Heartbeat.objects.filter(loop="notify").exists()


def test_a_tick_that_hangs_is_ended_before_its_lock_and_its_lease_are_over():
    for tick in (tasks.deliver, tasks.answer_messages):
        assert tick.time_limit < tasks.LOCK_SECONDS <= LEASE.total_seconds()
        assert tick.time_limit < app.conf.task_time_limit


def test_a_silent_chat_rests_before_the_next_message_is_tried(several):
    chat = Line()

    chat.deliver()
    chat.deliver()
    chat.clock.pass_by(REST - timedelta(seconds=1))
    chat.deliver()
    tried_in_the_rest = chat.tried
    chat.clock.pass_by(timedelta(seconds=1))
    chat.deliver()

    assert (tried_in_the_rest, chat.tried) == (1, 2)


def test_a_chat_that_is_silent_takes_no_more_than_a_quarter_of_one_slot_however_much_is_to_be_told(happened):
    for _ in range(60):
        happened()
    outbox.fill([Channel.TELEGRAM], now=timezone.now())
    chat, shortly = Line(), timedelta(minutes=15)
    end = chat.clock.now + shortly

    while chat.clock.now < end:
        chat.deliver()
        chat.clock.pass_by(timedelta(seconds=2))

    assert chat.tried > 10
    assert (chat.tried - 1) * chat.takes <= shortly / 4


def test_answers_obey_the_rest_too(several):
    chat = Line()
    TelegramUpdate.objects.create(
        update_id=1, text="/help", status=UpdateStatus.ANSWERED, answer="Help", next_attempt_at=chat.clock.now
    )

    inbox.send_answers(chat, clock=chat.clock)
    chat.deliver()
    chat.clock.pass_by(REST)
    chat.is_silent = False

    assert chat.tried == 1
    assert inbox.send_answers(chat, clock=chat.clock) == 1


def test_once_the_chat_is_back_everything_is_told_soon_and_in_order(several):
    chat = Line()
    for _ in range(40):
        chat.deliver()
        chat.clock.pass_by(timedelta(seconds=20))
    scattered = Delivery.objects.filter(next_attempt_at__gt=chat.clock.now + timedelta(minutes=1)).count()

    chat.is_silent, chat.takes = False, timedelta(milliseconds=100)
    chat.clock.pass_by(REST)
    for _ in range(4):
        chat.deliver()
        chat.clock.pass_by(timedelta(seconds=2))

    first, *rest = chat.told()
    assert scattered > 1
    assert sorted([first, *rest]) == several
    assert rest == sorted(rest)


def test_a_short_silence_changes_no_order(several):
    chat = Line()
    chat.deliver()
    chat.is_silent, chat.takes = False, timedelta(milliseconds=100)
    chat.clock.pass_by(REST)

    chat.deliver()

    assert chat.told() == several


def test_a_slow_chat_is_left_after_some_seconds_and_goes_on_with_the_next_tick(several):
    chat = Line(is_silent=False, takes=ROUND / 2)

    rounds = [chat.deliver(), chat.deliver(), chat.deliver()]

    assert rounds == [2, 2, 2]
    assert chat.told() == several


def test_a_slow_chat_takes_its_answers_in_rounds_too():
    chat = Line(is_silent=False, takes=ROUND / 2)
    for number in range(3):
        TelegramUpdate.objects.create(
            update_id=number, text="/help", status=UpdateStatus.ANSWERED, answer="#0", next_attempt_at=chat.clock.now
        )

    assert [inbox.send_answers(chat, clock=chat.clock) for _ in range(2)] == [2, 1]


@pytest.mark.parametrize(
    ("asked_for", "rest"), [(timedelta(minutes=5), timedelta(minutes=5)), (timedelta(days=2), LONGEST_REST)]
)
def test_a_wait_that_the_chat_asks_for_is_one_for_every_message(several, asked_for, rest):
    chat, now = Line(takes=timedelta(0)), timezone.now()
    chat.send = lambda text: _raise(SendError("HTTP 429", permanent=False, retry_after=asked_for))  # type: ignore[method-assign]

    deliver_due({Channel.TELEGRAM: chat}, clock=lambda: now)

    assert Cursor.objects.get(channel=Channel.TELEGRAM).rests_until == now + rest
    assert Delivery.objects.exclude(status=DeliveryStatus.PENDING).count() == 0
    assert Delivery.objects.filter(attempts__gt=0).count() == 1


def _raise(error: SendError) -> None:
    raise error


def test_a_channel_of_other_settings_does_not_inherit_the_rest(several):
    chat = Line()
    chat.deliver()

    outbox.fill([], now=chat.clock.now)
    outbox.fill([Channel.TELEGRAM], now=chat.clock.now)
    chat.deliver()

    assert chat.tried == 2
