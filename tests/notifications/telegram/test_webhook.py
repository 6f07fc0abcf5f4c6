"""The webhook: who may call, what is kept, and that the answer reaches the chat."""

import itertools
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError as OperationalErrorOfDatabase
from django.db import connection
from django.test import Client
from django.utils import timezone
from kombu.exceptions import OperationalError
from structlog.testing import capture_logs

from desk.models import Heartbeat
from notifications import tasks, views
from notifications.channels import open_channels
from notifications.models import Channel, TelegramUpdate, UpdateStatus
from notifications.telegram import inbox
from notifications.telegram.moment import present
from tests.factories import NOON, make_account, make_bot, make_event, make_protected_position
from tests.notifications.bot_api import BotApi
from tests.notifications.telegram.conftest import code_in
from trading.core.states import PositionStatus

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("market_clock")]

SECRET = "a-long-webhook-secret"
OWNER = 42
_ids = itertools.count(1)


def update(text: Any, *, chat: Any = OWNER, update_id: Any = None) -> dict[str, Any]:
    return {
        "update_id": next(_ids) if update_id is None else update_id,
        "message": {"message_id": 7, "date": 1, "chat": {"id": chat, "type": "private"}, "text": text},
    }


@pytest.fixture
def post(telegram: BotApi, settings: Any, client: Client) -> Callable[..., int]:
    """Call the webhook as Telegram does; returns the status."""
    settings.TELEGRAM_WEBHOOK_SECRET = SECRET

    def call(body: Any, *, secret: str | None = SECRET) -> int:
        headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}
        content = body if isinstance(body, bytes | str) else json.dumps(body)
        return client.post(
            "/telegram/webhook", data=content, content_type="application/json", headers=headers
        ).status_code

    return call


def chat(post: Callable[..., int], api: BotApi, text: str) -> str:
    """Send a line through webhook, task and Bot API, and read the answer."""
    assert post(update(text)) == 200
    tasks.answer_messages()
    return api.texts[-1]


def test_a_command_is_answered_in_the_owners_chat(post, telegram):
    make_account()

    told = chat(post, telegram, "/status")

    assert told.startswith("Balance 1000.00 USDT")
    assert telegram.messages[-1]["chat_id"] == "42"
    assert telegram.paths == ["/bot123:token/sendMessage"]


def test_the_webhook_itself_does_not_work_or_send(post, telegram):
    bot = make_bot()

    post(update("/pause"))

    bot.refresh_from_db()
    assert bot.auto_trade
    assert telegram.messages == []


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET[:-1], SECRET + "x", "ünïcode"])
def test_without_the_secret_nothing_is_taken(post, secret):
    assert post(update("/pause"), secret=secret) == 403
    assert not TelegramUpdate.objects.exists()


def test_a_webhook_without_a_configured_secret_is_closed(post, settings):
    settings.TELEGRAM_WEBHOOK_SECRET = ""

    assert post(update("/pause"), secret="") == 403
    assert not TelegramUpdate.objects.exists()


def test_reading_the_address_is_no_way_in(post, client):
    assert client.get("/telegram/webhook").status_code == 405


@pytest.mark.parametrize("stranger", [43, "42 ", -42, None, True, {"id": 42}])
def test_a_foreign_chat_is_met_with_silence_and_a_log_line(post, telegram, stranger):
    with capture_logs() as logs:
        status = post(update("/panic", chat=stranger))
    tasks.answer_messages()

    assert status == 200
    assert not TelegramUpdate.objects.exists()
    assert telegram.messages == []
    assert [line["event"] for line in logs] == ["telegram_foreign_chat"]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "null",
        b"\xff\xfe",
        {"update_id": 1},
        {"update_id": 1, "message": None},
        {"update_id": 1, "edited_message": {"chat": {"id": OWNER}, "text": "/panic"}},
        {"update_id": 1, "message": {"chat": {"id": OWNER}, "photo": []}},
        {"update_id": "one", "message": {"chat": {"id": OWNER}, "text": "/panic"}},
        {"update_id": 2**70, "message": {"chat": {"id": OWNER}, "text": "/panic"}},
        {"update_id": -1, "message": {"chat": {"id": OWNER}, "text": "/panic"}},
        {"message": {"chat": {"id": OWNER}, "text": "/panic"}},
        {"update_id": 1, "message": {"chat": OWNER, "text": "/panic"}},
        {"update_id": 1, "message": {"chat": {"id": OWNER}, "text": ["/panic"]}},
    ],
)
def test_what_is_no_text_message_is_taken_and_ignored(post, body):
    assert post(body) == 200
    assert not TelegramUpdate.objects.exists()


def test_a_repeated_update_does_nothing(post, telegram):
    make_bot()
    repeated = update("/status")

    statuses = []
    for _ in range(3):
        statuses.append(post(repeated))
        tasks.answer_messages()

    assert statuses == [200, 200, 200]
    assert len(telegram.messages) == 1


def test_a_repeated_yes_does_not_close_again(post, telegram):
    position = make_protected_position(make_bot(), symbol="DOTUSDT")
    code = code_in(chat(post, telegram, "/close DOTUSDT"))
    confirmation = update(f"/yes {code}")

    for _ in range(2):
        post(confirmation)
        tasks.answer_messages()

    position.refresh_from_db()
    assert position.status == PositionStatus.CLOSING
    assert telegram.texts[-1] == "DOTUSDT: closing at market."
    assert len(telegram.messages) == 2


def test_commands_are_worked_in_the_order_they_were_written(post, telegram):
    make_bot(name="surge")
    post(update("/pause"))
    post(update("/pause"))

    tasks.answer_messages()

    assert [text.split(":")[0].split(".")[0] for text in telegram.texts] == [
        "New entries are off",
        "New entries were off already",
    ]


def test_a_broker_that_is_gone_costs_a_tick_and_no_command(post, telegram, monkeypatch):
    make_account()

    def fails(**_: Any) -> None:
        raise OperationalError("no broker")

    monkeypatch.setattr(tasks.answer_messages, "apply_async", fails)

    assert post(update("/status")) == 200
    tasks.deliver()

    assert len(telegram.messages) == 1
    assert Heartbeat.objects.filter(loop="notify").exists()


def test_a_database_that_fails_is_logged_and_telegram_does_not_come_again_and_again(post, monkeypatch):
    def fails(update: Any) -> bool:
        raise OperationalErrorOfDatabase("database is locked")

    monkeypatch.setattr(views, "keep", fails)

    with capture_logs() as logs:
        status = post(update("/status"))

    assert status == 200
    assert [line["event"] for line in logs] == ["telegram_message_lost"]


def test_odd_characters_are_kept_or_dropped_and_never_fatal(post, telegram):
    assert chat(post, telegram, "/sta\0tus \u202e").startswith("Write it like this: /status")


def test_an_answer_the_chat_did_not_take_is_sent_again_and_the_act_is_not_done_again(post, telegram):
    bot = make_bot(name="surge")
    post(update("/pause"))
    telegram.refuse_next(429, "Too Many Requests", retry_after=20)
    tasks.answer_messages()
    assert telegram.messages == []

    transport = open_channels()[Channel.TELEGRAM]
    too_early = inbox.send_answers(transport, clock=lambda: timezone.now() + timedelta(seconds=10))
    later = inbox.send_answers(transport, clock=lambda: timezone.now() + timedelta(seconds=30))

    bot.refresh_from_db()
    assert (too_early, later) == (0, 1)
    assert telegram.texts == [
        "New entries are off: surge. Open positions are looked after all the same. /resume switches on."
    ]


def test_a_permanent_refusal_ends_the_sending(post, telegram):
    make_account()
    post(update("/status"))
    post(update("/help"))
    telegram.refuse_next(403, "Forbidden: bot was blocked by the user")

    tasks.answer_messages()

    statuses = list(TelegramUpdate.objects.order_by("update_id").values_list("status", flat=True))
    assert statuses == [UpdateStatus.FAILED, UpdateStatus.SENT]


def test_a_command_that_fails_is_answered_and_leaves_nothing_behind(post, telegram, monkeypatch):
    bot = make_bot()

    def half_done(text: str, moment: Any) -> str:
        bot.auto_trade = False
        bot.save()
        raise RuntimeError("the second half failed")

    monkeypatch.setattr(inbox, "answer", half_done)

    told = chat(post, telegram, "/pause")

    bot.refresh_from_db()
    assert told == "That failed and nothing was changed. The log of the worker says why."
    assert bot.auto_trade


def test_a_message_another_worker_has_worked_is_left_to_it(post, telegram, monkeypatch):
    make_bot()
    post(update("/help"))

    def beaten(text: str, moment: Any) -> str:
        TelegramUpdate.objects.update(status=UpdateStatus.ANSWERED, answer="theirs")
        return "ours"

    monkeypatch.setattr(inbox, "answer", beaten)

    assert inbox.work_received() == 0


def test_answers_are_in_the_language_of_the_settings(post, telegram, settings):
    settings.LANGUAGE = "zh-hans"
    make_protected_position(make_bot(), symbol="DOTUSDT")

    told = chat(post, telegram, "/positions")

    assert "DOTUSDT" in told
    assert "short" not in told


def test_a_command_works_while_the_exchange_does_not_answer(post, telegram, monkeypatch):
    from exchange.errors import ExchangeUnavailable

    def down() -> None:
        raise ExchangeUnavailable("down")

    monkeypatch.setattr("notifications.telegram.moment.clock", down)
    make_event(account=make_account())

    assert present().market == NOON
    assert "does not answer" in chat(post, telegram, "/status")


def test_without_a_channel_messages_wait(post, telegram, settings):
    post(update("/help"))
    settings.TELEGRAM_BOT_TOKEN = ""

    tasks.answer_messages()

    assert TelegramUpdate.objects.get().status == UpdateStatus.RECEIVED
    assert connection.in_atomic_block is False
