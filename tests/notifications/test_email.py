"""Alarms by e-mail, against a mail server of our own: what is written, what a refusal means."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import timezone

from desk.event_kinds import EventKind
from desk.models import Event
from notifications import outbox
from notifications.channels import open_channels
from notifications.email import EmailTransport, Security
from notifications.errors import SendError
from notifications.models import Channel, Delivery
from notifications.services import deliver_due
from notifications.told import TOLD, URGENT
from tests.notifications.bot_api import BotApi
from tests.notifications.mailbox import Mailbox, settings_for


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    with Mailbox() as server:
        for name, value in settings_for(server).items():
            setattr(settings, name, value)
        yield server


def transport(mailbox: Mailbox, **changes: Any) -> EmailTransport:
    details = {
        "host": "127.0.0.1",
        "port": mailbox.port,
        "user": "",
        "password": "",
        "sender": "desk@example.org",
        "recipient": "owner@example.org",
        "security": Security.NONE,
    }
    return EmailTransport(**(details | changes))


def test_an_alarm_arrives_with_its_beginning_as_the_subject(mailbox: Mailbox) -> None:
    transport(mailbox).send("[live] DOTUSDT: NO STOP, refused\nsee the page")

    [mail] = mailbox.mails
    assert mail["Subject"] == "[live] DOTUSDT: NO STOP, refused see the page"
    assert mail.get_content().splitlines() == ["[live] DOTUSDT: NO STOP, refused", "see the page"]
    assert mailbox.envelopes == [("desk@example.org", "owner@example.org")]


def test_chinese_survives_the_way(mailbox: Mailbox) -> None:
    transport(mailbox).send("DOTUSDT：没有止损")

    [mail] = mailbox.mails
    assert (mail["Subject"], mail.get_content().strip()) == ("DOTUSDT：没有止损", "DOTUSDT：没有止损")


@pytest.mark.parametrize(
    ("command", "code", "is_permanent"),
    [("MAIL", 451, False), ("MAIL", 550, True), ("RCPT", 550, True), ("RCPT", 450, False), ("DATA", 554, True)],
)
def test_a_refusal_says_whether_trying_again_can_help(
    mailbox: Mailbox, command: str, code: int, is_permanent: bool
) -> None:
    mailbox.refuse_next(command, code)

    with pytest.raises(SendError) as refused:
        transport(mailbox).send("alarm")

    assert refused.value.permanent is is_permanent


def test_a_server_that_is_away_may_come_back(free_port: int, mailbox: Mailbox) -> None:
    with pytest.raises(SendError) as refused:
        transport(mailbox, port=free_port, password="hush").send("alarm")

    assert not refused.value.permanent
    assert "hush" not in str(refused.value)


@pytest.mark.django_db
def test_only_what_is_urgent_goes_to_the_mailbox(mailbox: Mailbox, happened: Callable[..., Event]) -> None:
    events = [happened(kind, reason="refused") for kind in sorted(TOLD)]

    outbox.fill([Channel.EMAIL], now=timezone.now())

    told = Delivery.objects.values_list("event__kind", flat=True)
    assert set(told) == set(URGENT)
    assert len(told) < len(events)


@pytest.mark.django_db
def test_each_channel_is_told_by_itself(mailbox: Mailbox, telegram: BotApi, happened: Callable[..., Event]) -> None:
    happened(EventKind.POSITION_UNPROTECTED, reason="refused")
    telegram.refuse_next(502, "Bad Gateway")
    channels = open_channels()
    outbox.fill(channels, now=timezone.now())

    sent = deliver_due(channels)

    assert (sent, len(mailbox.mails), telegram.texts) == (1, 1, [])
    assert "NO STOP, refused" in mailbox.mails[0]["Subject"]
    assert Delivery.objects.get(channel=Channel.TELEGRAM).status == "pending"


def test_the_channel_is_open_only_with_a_server_and_an_address(mailbox: Mailbox, settings: Any) -> None:
    assert list(open_channels()) == [Channel.EMAIL]
    settings.ALERT_EMAIL = ""

    assert open_channels() == {}


def test_a_mailbox_that_needs_a_login_is_logged_in_to(mailbox: Mailbox) -> None:
    with pytest.raises(SendError):
        transport(mailbox, user="desk@example.org", password="hush").send("alarm")  # it offers no way to log in

    assert mailbox.mails == []
