"""A desk against the paper exchange, a watch over it whose seconds the test moves, and the owner's chat."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from desk.models import Heartbeat
from duolive.watchdog.alarms import Alarms
from duolive.watchdog.database import Answer
from duolive.watchdog.watch import Watch
from notifications.channels import open_channels
from tests.lockstep import Lockstep
from tests.notifications.bot_api import BotApi


@dataclass
class Seconds:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


class AtOnce:
    """A database that answers in the thread that asks, and so within the test's transaction."""

    def ask(self, work: Callable[[], Answer]) -> Answer:
        return work()


@pytest.fixture
def lockstep(db: None, tmp_path: Path) -> Lockstep:
    return Lockstep(tmp_path)


@pytest.fixture
def chat(settings: Any) -> Iterator[BotApi]:
    with BotApi() as api:
        settings.TELEGRAM_API_URL, settings.TELEGRAM_BOT_TOKEN, settings.TELEGRAM_CHAT_ID = api.url, "123:token", "42"
        yield api


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def watch(lockstep: Lockstep, chat: BotApi, seconds: Seconds) -> Watch:
    database = AtOnce()
    alarms = Alarms(open_channels(), database=database, monotonic=seconds)
    return Watch(account=lockstep.account, venue=lockstep.venue, alarms=alarms, database=database, monotonic=seconds)


@pytest.fixture
def look(watch: Watch, seconds: Seconds) -> Callable[[], None]:
    """One look, a turn of the telling after it, and five wall seconds until the next."""

    def once() -> None:
        watch.round()
        watch.alarms.turn()
        seconds.now += 5

    return once


def check_was(age: float) -> None:
    """The desk's last check ended so many wall seconds ago."""
    Heartbeat.objects.update_or_create(loop="check", defaults={"beat_at": timezone.now() - timedelta(seconds=age)})
