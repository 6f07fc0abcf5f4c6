"""A broker that is away is asked for once a second, for ever."""

import pytest
from django.conf import settings

from duolive.broker import SteadyConnection
from duolive.celery import app
from tests.conftest import free_ports


class Enough(Exception):
    """The test has seen what it wanted."""


def test_the_wait_before_an_attempt_does_not_grow() -> None:
    (port,) = free_ports(1)
    waits: list[float] = []

    def note(error: Exception, seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            raise Enough

    with pytest.raises(Enough):
        app.connection_for_read(f"redis://127.0.0.1:{port}/0").ensure_connection(note)

    assert waits == [1, 1, 1]


def test_worker_beat_and_publishers_use_it_and_never_give_up() -> None:
    assert isinstance(app.connection_for_read(), SteadyConnection)
    assert isinstance(app.connection_for_write(), SteadyConnection)
    assert settings.CELERY_BROKER_CONNECTION_MAX_RETRIES is None
