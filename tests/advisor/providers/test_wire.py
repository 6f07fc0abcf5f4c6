"""Headers and causes, read as reactions."""

from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from advisor.providers.errors import Misconfigured, NotAsked, RateLimited, Unavailable
from advisor.providers.wire import connection_failure, failure, retry_after, storable

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "wait"),
    [
        ("", None),
        ("0", None),
        ("-5", None),
        ("nan", None),
        ("inf", None),
        ("12", timedelta(seconds=12)),
        ("Sun, 01 Mar 2026 12:00:30 GMT", timedelta(seconds=30)),
        ("Sun, 01 Mar 2026 11:00:00 GMT", None),
        ("Sun, 01 Mar 2027 12:00:00 GMT", timedelta(hours=1)),
        ("Sun, 99 Mar 2026 12:00:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_never_for_ever(raw, wait):
    assert retry_after({"retry-after": raw}, now=NOW) == wait


def test_an_overloaded_provider_that_names_a_time_is_rate_limited():
    assert isinstance(failure(529, {"retry-after": "3"}, now=NOW), RateLimited)
    assert isinstance(failure(503, {}, now=NOW), Unavailable)
    assert isinstance(failure(403, {}, now=NOW), Misconfigured)


@pytest.mark.parametrize(
    ("cause", "kind", "code"),
    [
        (httpx2.ConnectError("no"), NotAsked, "unreachable"),
        (httpx2.ConnectTimeout("no"), NotAsked, "unreachable"),
        (httpx2.ProxyError("no"), NotAsked, "unreachable"),
        (httpx2.ReadTimeout("no"), Unavailable, "timeout"),
        (httpx2.ReadError("no"), Unavailable, "connection_lost"),
        (None, Unavailable, "connection_lost"),
    ],
)
def test_only_a_connection_that_never_was_means_not_asked(cause, kind, code):
    error = connection_failure(cause)

    assert type(error) is kind
    assert error.code == code


def test_storable_text_is_left_alone():
    assert storable("量 <b>\n") == "量 <b>\n"
    assert storable("\ud800\x00") == "?\ufffd"
