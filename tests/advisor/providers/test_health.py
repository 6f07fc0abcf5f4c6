"""The state of providers in rows: every process sees it, a restart keeps it."""

from datetime import UTC, datetime, timedelta

import pytest

from advisor.models import ProviderState
from advisor.providers.errors import BadAnswer, RateLimited, Unavailable
from advisor.providers.health import Condition, StoredHealth

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def test_failures_count_until_a_success_and_rests_grow():
    health = StoredHealth()

    health.failed("openai", Unavailable("timeout"), now=NOW)
    health.failed("openai", Unavailable("http_500"), now=NOW)

    assert health.conditions(["openai"]) == {"openai": Condition(2, NOW + timedelta(seconds=15))}


def test_a_success_forgives_everything_but_the_record():
    health = StoredHealth()
    health.failed("openai", RateLimited("rate_limited"), now=NOW)

    health.succeeded("openai", now=NOW)

    row = ProviderState.objects.get()
    assert health.conditions(["openai"]) == {"openai": Condition()}
    assert (row.calls, row.failed_calls, row.last_error) == (2, 1, "rate_limited")
    assert row.last_success_at == row.last_failure_at == NOW


def test_a_bad_answer_costs_the_place_and_not_the_turn():
    StoredHealth().failed("qwen", BadAnswer("truncated"), now=NOW)

    assert StoredHealth().conditions(["qwen"]) == {"qwen": Condition(1, None)}


def test_a_provider_nobody_asked_has_no_condition():
    assert StoredHealth().conditions(["gemini"]) == {}
