"""Headers and causes, read as reactions."""

from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.providers.errors import AdviceFailed, BadAnswer, Misconfigured, NotAsked, RateLimited, Unavailable
from advisor.providers.wire import LONGEST_WAIT, Part, connection_failure, failure, parsed, retry_after, storable

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


DATES = st.from_regex(r"\A[A-Z][a-z]{2}, \d{1,3} (Jan|Mar|Dec) \d{1,5} \d\d:\d\d:\d\d [-+]?(GMT|\d{1,5})\Z")


@given(st.text(max_size=40) | DATES | st.floats().map(str))
def test_whatever_retry_after_says_the_wait_is_positive_and_at_most_an_hour(raw):
    wait = retry_after({"retry-after": raw}, now=NOW)

    assert wait is None or timedelta(0) < wait <= LONGEST_WAIT


@given(st.integers(300, 999).filter(lambda status: status != 429))
def test_every_status_but_success_is_one_of_the_reactions(status):
    assert type(failure(status, {}, now=NOW)) in (Misconfigured, Unavailable)


class Named(Part):
    name: str


@given(st.text(max_size=60) | st.sampled_from(['{"name": 3}', '{"name": "a"', '{"name": {"sk-secret": 1}}']))
def test_a_body_is_read_or_no_answer_and_is_never_repeated(text):
    try:
        assert parsed(Named, text).name
    except BadAnswer as error:
        assert str(error) in ("not_the_protocol", "not_the_protocol: name")


def test_fields_that_are_not_read_do_not_matter():
    assert parsed(Named, '{"name": "a", "unheard": [1, {}]}') == Named(name="a")


@given(st.text())
def test_storable_text_can_be_kept_and_is_storable_again(text):
    kept = storable(text)

    kept.encode()
    assert "\x00" not in kept
    assert storable(kept) == kept


@pytest.mark.parametrize("kind", [NotAsked, RateLimited, Misconfigured, Unavailable, BadAnswer])
def test_every_failure_has_one_word_and_perhaps_a_detail(kind):
    assert issubclass(kind, AdviceFailed)
    assert (kind("word").code, str(kind("word")), str(kind("word", "why"))) == ("word", "word", "word: why")
