"""The tick of the sources: one at a time, and whatever goes wrong in it ends there."""

import pytest

from advisor import tasks
from desk.locks import only_one
from duolive.setup.schedule import ticks


@pytest.fixture
def asked(monkeypatch, settings, valkey_url) -> list[int]:
    settings.REDIS_URL = valkey_url
    found: list[int] = []
    monkeypatch.setattr("desk.locks._connection", _connection(valkey_url))
    monkeypatch.setattr(tasks, "read_due", lambda: found.append(1))
    return found


def _connection(url: str):
    import redis

    return lambda: redis.Redis.from_url(url, socket_timeout=5)


def test_a_tick_asks_who_is_due(asked):
    tasks.read_context()

    assert asked == [1]


def test_while_one_is_at_it_another_tick_leaves_it_alone(asked):
    with only_one("context", seconds=30) as is_ours:
        tasks.read_context()

    assert is_ours
    assert asked == []


def test_what_goes_wrong_ends_in_the_log(asked, monkeypatch):
    def broken() -> int:
        raise ValueError("unforeseen")

    monkeypatch.setattr(tasks, "read_due", broken)

    tasks.read_context()


@pytest.mark.parametrize("speed", [1, 60])
def test_it_is_on_the_schedule(speed):
    assert "advisor.tasks.read_context" in {tick.task for tick in ticks(speed=speed)}
