"""``context`` at the command line: how sources are, and what one of them says when it is asked."""

import pytest

from advisor.context.asking import Answered
from advisor.context.errors import SourceFailed
from advisor.context.store import settle
from advisor.models import ContextReading
from exchange.clock import wall_now
from tests.advisor.context.conftest import configured, feed  # noqa: F401 - fixtures
from tests.advisor.context.samples import FEAR, HOOK, JSON, reading, source_of
from tests.factories import make_account

pytestmark = pytest.mark.django_db
MOOD = source_of(JSON)


@pytest.fixture(autouse=True)
def desk(settings):
    settings.BINANCE_REST_URL = "http://127.0.0.1:1"
    return make_account()


def test_sources_are_listed_with_their_standing(cli, configured):  # noqa: F811
    configured(JSON, HOOK)
    settle(MOOD, Answered(readings={"": [reading(as_of=wall_now())]}), now=wall_now())

    answer = cli("context", "--json")

    rows = {row["name"]: row for row in answer.json["sources"]}
    assert answer.code == 0
    assert (rows["mood"]["standing"], rows["mood"]["told"], rows["whales"]["standing"]) == ("fresh", 1, "missing")
    assert rows["mood"]["readings"][0]["value"] == "72"
    assert "whales" in cli("context", "list").out


def test_a_failure_is_listed(cli, configured):  # noqa: F811
    configured(JSON)
    settle(MOOD, Answered(failures={"": SourceFailed("http_500")}), now=wall_now())

    assert "http_500" in cli("context").out


def test_without_sources_it_says_where_they_go(cli, configured):  # noqa: F811
    answer = cli("context")

    assert answer.code == 0
    assert "context.json" in answer.out


def test_a_file_that_cannot_be_read_is_told(cli, configured):  # noqa: F811
    configured(JSON).write_text("{")

    answer = cli("context")

    assert answer.code == 1
    assert "no JSON" in answer.err


def test_one_source_is_asked_once_and_nothing_is_kept(cli, configured, feed):  # noqa: F811
    url = feed.show("/fng", FEAR)
    configured(JSON | {"url": url, "value": "data.0.value", "text": "data.0.value_classification", "private": True})

    answer = cli("context", "test", "mood")

    assert answer.code == 0, answer
    assert "72" in answer.out
    assert "Greed" in answer.out
    assert feed.paths() == ["/fng"]
    assert not ContextReading.objects.exists()


def test_a_source_of_contracts_is_tested_for_one_of_them(cli, configured, feed):  # noqa: F811
    feed.show("/SOL", {"v": "200.5"})
    configured(JSON | {"url": feed.url + "/{base}", "private": True})

    answer = cli("context", "test", "mood", "--symbol", "SOLUSDT", "--json")

    assert answer.json["readings"][0]["value"] == "200.5"
    assert answer.json["readings"][0]["symbol"] == "SOLUSDT"


def test_a_silent_source_is_told_and_noticed_by_scripts(cli, configured, feed):  # noqa: F811
    configured(JSON | {"url": feed.url + "/none", "private": True})

    answer = cli("context", "test", "mood")

    assert answer.code == 1
    assert "http_404" in answer.out


@pytest.mark.parametrize(("name", "code"), [("nobody", 2), ("", 2), ("whales", 1)])
def test_what_cannot_be_asked_is_refused(cli, configured, name, code):  # noqa: F811
    configured(JSON, HOOK)

    answer = cli("context", "test", *([name] if name else []))

    assert answer.code == code
    assert ("mood" in answer.err) or ("calls by itself" in answer.err)
