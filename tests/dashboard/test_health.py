"""Health is told in words, to everybody."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.pulse import MAX_SILENCE_SECONDS
from desk.events import beat
from desk.models import Heartbeat
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def healthy(settings, valkey_url: str) -> None:
    settings.REDIS_URL = valkey_url
    for loop in MAX_SILENCE_SECONDS:
        beat(loop)


def test_healthz_answers_anybody(client: Client):
    assert client.get("/healthz").json() == {"status": "ok"}


def test_a_desk_whose_loops_beat_is_ready(client: Client, healthy):
    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json() == {
        "status": "ok",
        "failing": [],
        "database": "ok",
        "redis": "ok",
        "check": "ok",
        "scan": "ok",
        "entries": "ok",
        "stream": "ok",
        "watchdog": "ok",
        "advise": "ok",
        "protection": "nothing_open",
    }


@pytest.mark.parametrize("loop", sorted(MAX_SILENCE_SECONDS))
def test_a_silent_loop_is_named(client: Client, healthy, loop: str):
    silent = timezone.now() - timedelta(seconds=MAX_SILENCE_SECONDS[loop] + 1)
    Heartbeat.objects.filter(loop=loop).update(beat_at=silent)

    response = client.get("/readyz")

    assert response.status_code == 503
    assert (response.json()["failing"], response.json()[loop]) == ([loop], "late")


def test_a_loop_that_never_beat_is_named(client: Client, healthy):
    Heartbeat.objects.filter(loop="stream").delete()

    response = client.get("/readyz")

    assert (response.status_code, response.json()["stream"]) == (503, "never")


def test_a_position_without_a_stop_is_not_ready(client: Client, healthy):
    factories.make_position(naked_since=timezone.now() - timedelta(seconds=20))

    response = client.get("/readyz")

    assert (response.status_code, response.json()["failing"]) == (503, ["protection"])


def test_a_lost_redis_is_named(client: Client, healthy, settings, free_port: int):
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port}/0"

    response = client.get("/readyz")

    assert (response.status_code, response.json()["failing"]) == (503, ["redis"])


def test_readyz_tells_no_figure(client: Client, healthy):
    factories.make_protected_position()

    text = client.get("/readyz").content.decode()

    assert not any(character.isdigit() for character in text)
