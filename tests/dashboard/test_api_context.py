"""Sources of context over HTTP: how each is, and the address that others push to."""

import json
import time
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from advisor.context.asking import Answered
from advisor.context.errors import SourceFailed
from advisor.context.pushed import LONGEST_BODY, signature
from advisor.context.store import settle
from advisor.models import ContextReading, ContextSource
from tests.advisor.context.conftest import SECRET, configured  # noqa: F401 - a fixture
from tests.advisor.context.samples import HOOK, JSON, KEY, RSS, reading, source_of
from tests.factories import NOON

pytestmark = pytest.mark.django_db
MOOD, NEWS = source_of(JSON, label="mood of the market"), source_of(RSS)
ADDRESS = "/api/v1/context/whales"
BODY = json.dumps({"readings": [{"name": "deposit", "symbol": "BTCUSDT", "value": "1250", "unit": "BTC"}]}).encode()


@pytest.fixture(autouse=True)
def sources(configured):  # noqa: F811
    return configured(JSON | {"label": "mood of the market"}, RSS, HOOK)


def push(body: bytes = BODY, *, address: str = ADDRESS, secret: str = SECRET, at: int | None = None, **headers):
    stamp = str(int(time.time()) if at is None else at)
    signed = {"X-Duolive-Timestamp": stamp, "X-Duolive-Signature": signature(secret, stamp, body)} | headers
    return Client(enforce_csrf_checks=True).post(address, data=body, content_type="application/json", headers=signed)


def told(visitor) -> dict:
    answer = visitor.get("/api/v1/context")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_each_source_with_its_health_and_readings(visitor):
    settle(MOOD, Answered(readings={"": [reading(as_of=NOON, text="Greed", unit="of 100")]}), now=NOON)
    settle(NEWS, Answered(failures={"": SourceFailed("http_404")}), now=NOON)

    found = {row["name"]: row for row in told(visitor)["sources"]}

    mood, news, whales = found["mood"], found["news"], found["whales"]
    assert (mood["standing"], mood["told"], mood["kind"], mood["host"]) == ("fresh", 1, "json", "feeds.test")
    assert (mood["about"], mood["interval_seconds"], mood["max_age_seconds"]) == ("mood of the market", 300, 3600)
    (row,) = mood["readings"]
    assert (row["symbol"], row["name"], row["value"], row["unit"]) == ("", "value", "72", "of 100")
    assert (row["text"], row["as_of"], row["freshness"]) == ("Greed", "2024-11-23T12:00:05Z", "fresh")
    assert (news["standing"], news["failures"], news["last_error_label"]) == ("missing", 1, "HTTP 404")
    assert (whales["standing"], whales["due_at"], whales["host"]) == ("missing", None, "")


def test_addresses_and_keys_are_not_told(visitor, configured):  # noqa: F811
    configured(JSON | {"url": "https://feeds.test/private-path?k=v", "secret_query": {"api": KEY}}, HOOK)

    answer = json.dumps(told(visitor))

    assert "private-path" not in answer
    assert SECRET not in answer
    assert KEY not in answer


def test_a_file_that_cannot_be_read_is_told(visitor, sources):
    sources.write_text("{")

    found = told(visitor)

    assert (found["file"], found["sources"]) == ("context.json", [])
    assert found["error"].startswith("context.json: no JSON")


def test_while_the_venue_is_away_the_page_goes_by_the_wall(visitor, venue_clock):
    venue_clock.is_down = True
    settle(MOOD, Answered(readings={"": [reading(as_of=timezone.now())]}), now=timezone.now())

    assert told(visitor)["sources"][0]["standing"] == "fresh"


def test_a_signed_call_is_taken_in():
    answer = push()

    assert (answer.status_code, answer.json()) == (200, {"taken": 1})
    row = ContextReading.objects.get()
    assert (row.source, row.name, row.symbol, row.value, row.unit) == ("whales", "deposit", "BTCUSDT", "1250", "BTC")
    assert ContextSource.objects.get().last_success_at is not None


def test_a_call_that_was_taken_in_is_refused_the_second_time():
    at = int(time.time())

    assert [push(at=at).status_code, push(at=at).status_code, push(at=at + 1).status_code] == [200, 401, 200]


@pytest.mark.parametrize(
    "changes",
    [
        {"secret": "another"},
        {"address": "/api/v1/context/nobody"},
        {"address": "/api/v1/context/mood"},
        {"at": 1},
        {"X-Duolive-Signature": ""},
        {"X-Duolive-Timestamp": "now"},
    ],
)
def test_whoever_cannot_sign_is_refused_with_the_same_words(changes):
    answer = push(**changes)

    assert (answer.status_code, answer.json()["detail"]) == (401, "not signed, or not by whom it should be")
    assert not ContextReading.objects.exists()
    assert not ContextSource.objects.exists()


def test_an_old_call_is_refused():
    late = timezone.now() - timedelta(minutes=6)

    assert push(at=int(late.timestamp())).status_code == 401


def test_without_a_secret_the_address_is_closed(settings):
    settings.AI_CONTEXT_KEYS = {}

    assert push(secret="").status_code == 401
    assert push().status_code == 401


def test_a_genuine_call_without_sense_is_told_why():
    answer = push(b'{"readings": [{"name": "deposit", "value": "much"}]}')

    assert (answer.status_code, answer.json()) == (400, {"detail": "not a number: much"})
    assert not ContextReading.objects.exists()


@pytest.mark.parametrize("size", [LONGEST_BODY + 1, 3_000_000])
def test_a_call_that_is_too_large_is_refused_whoever_signed_it(size):
    assert push(b"x" * size).status_code == 413


def test_a_call_as_large_as_may_be_is_read():
    body = BODY + b" " * (LONGEST_BODY - len(BODY))

    assert push(body).status_code == 200


def test_the_address_answers_to_nothing_but_a_push(visitor):
    assert visitor.get(ADDRESS).status_code == 405
    assert Client().get("/api/v1/context").status_code in (401, 403)
