"""The waiting time of a venue, shared by all processes, and kept where Redis cannot be reached."""

import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from desk import locks
from desk.locks import SharedNotBefore

Connect = Callable[[str], None]


@pytest.fixture
def connect(settings) -> Iterator[Connect]:
    def to(url: str) -> None:
        settings.REDIS_URL = url
        locks._quick_connection.cache_clear()

    yield to
    locks._quick_connection.cache_clear()


def soon() -> datetime:
    return (datetime.now(UTC) + timedelta(minutes=1)).replace(microsecond=0)


def test_what_one_process_learns_the_others_wait_for(valkey_url: str, connect: Connect) -> None:
    connect(valkey_url)
    until = soon()

    SharedNotBefore("http://venue").extend(until)

    assert SharedNotBefore("http://venue").read() == until
    assert SharedNotBefore("http://other").read() is None


def test_a_time_that_has_passed_leaves_nothing_behind(valkey_url: str, connect: Connect) -> None:
    connect(valkey_url)

    SharedNotBefore("http://venue").extend(datetime.now(UTC) - timedelta(seconds=1))

    assert SharedNotBefore("http://venue").read() is None


def test_without_redis_the_process_remembers_for_itself(free_port: int, connect: Connect) -> None:
    connect(f"redis://127.0.0.1:{free_port}/0")
    waiting, until = SharedNotBefore("http://venue"), soon()

    before = waiting.read()
    waiting.extend(until)

    assert before is None
    assert waiting.read() == until


def test_a_redis_that_hangs_is_not_waited_for(connect: Connect) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        connect(f"redis://127.0.0.1:{deaf.getsockname()[1]}/0")
        waiting, until = SharedNotBefore("http://venue"), soon()

        waiting.extend(until)

        assert waiting.read() == until
