"""A Bot API, settings that point to it, and events to be told."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import redis

from tests.notifications.bot_api import BotApi

MARKET_TIME = datetime(2024, 11, 23, 17, 0, 7, tzinfo=UTC)


@pytest.fixture(autouse=True)
def locks(valkey_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The locks of the ticks are real ones."""
    with redis.Redis.from_url(valkey_url, socket_timeout=5) as connection:
        monkeypatch.setattr("desk.locks._connection", lambda: connection)
        yield


@pytest.fixture
def bot_api() -> Iterator[BotApi]:
    with BotApi() as api:
        yield api


@pytest.fixture
def telegram(bot_api: BotApi, settings: Any) -> BotApi:
    """The Bot API, set up as the owner's channel."""
    settings.TELEGRAM_API_URL = bot_api.url
    settings.TELEGRAM_BOT_TOKEN = "123:token"
    settings.TELEGRAM_CHAT_ID = "42"
    return bot_api


@pytest.fixture
def happened(db: None) -> Callable[..., Any]:
    """Record an event of a kind, by default one that is told."""
    from desk import events
    from desk.event_kinds import EventKind

    def record(kind: EventKind = EventKind.TAKE_PROFIT_PLACED, **facts: Any) -> Any:
        facts.setdefault("price", "0.1")
        return events.record(kind, at=MARKET_TIME, symbol="ABCUSDT", **facts)

    return record
