"""Rounds over a real HTTP server: who is due is asked, what was said is kept, and no source harms another."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from advisor.context import asking, rounds
from advisor.context.catalogue import catalogue, key_named
from advisor.context.errors import SourceFailed
from advisor.context.known import known_context
from advisor.context.rounds import read_due, watched
from advisor.context.store import kept_readings
from advisor.models import ContextReading, ContextSource
from exchange.errors import ExchangeUnavailable
from tests.advisor.context.conftest import SECRET
from tests.advisor.context.samples import FEAR, HOOK, JSON, KEY, RSS, VENUE, rss
from tests.advisor.context.test_venue_statistics import Market
from tests.advisor.rows import make_ai_bot, make_watch

pytestmark = pytest.mark.django_db
MOOD = JSON | {"private": True}
NEWS = RSS | {"private": True}


class Clock:
    speed = Decimal(1)

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    def now(self):
        if self.error:
            raise self.error
        return timezone.now()


@pytest.fixture(autouse=True)
def market(monkeypatch) -> Market:
    """The venue, without a server."""
    found = Market(mark_price=type("Mark", (), {"mark_price": Decimal(60000)})())
    monkeypatch.setattr(asking, "market_statistics", lambda: found)
    monkeypatch.setattr(asking, "clock", Clock)
    monkeypatch.setattr(rounds, "clock", Clock)
    return found


@pytest.fixture
def bot():
    bot = make_ai_bot()
    make_watch(bot, "BTCUSDT", is_held=True)
    make_watch(bot, "ETHUSDT")
    return bot


def readings(name: str) -> list:
    return kept_readings([name]).get(name, [])


def test_one_of_each_kind_in_one_round(feed, configured, bot, market):
    now = timezone.now()
    configured(
        MOOD | {"url": feed.show("/fng", FEAR), "value": "data.0.value", "text": "data.0.value_classification"},
        NEWS | {"url": feed.show("/rss", rss(("Funds flow in", f"{now:%a, %d %b %Y %H:%M:%S} GMT")))},
        VENUE,
        HOOK,
    )

    assert read_due() == 3

    (mood,) = readings("mood")
    assert (mood.value, mood.text) == (Decimal(72), "Greed")
    assert [row.text for row in readings("news")] == ["Funds flow in"]
    assert {row.symbol for row in readings("venue")} == {"BTCUSDT", "ETHUSDT"}
    assert len(readings("venue")) == 12  # the fundings of the sample are of another week


def test_nobody_is_asked_twice_within_an_interval(feed, configured, bot):
    configured(MOOD | {"url": feed.show("/m", {"v": 1})})

    assert [read_due(), read_due()] == [1, 0]
    assert len(feed.seen) == 1

    ContextSource.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert read_due() == 1


def test_a_source_of_contracts_is_asked_for_each_that_is_watched(feed, configured, bot):
    feed.show("/BTC", {"v": "60120"})
    feed.show("/ETH", {"v": "60000"})
    configured(MOOD | {"url": feed.url + "/{base}", "spread": True})

    read_due()

    found = {(row.symbol, row.name): row.value for row in readings("mood")}
    assert found["BTCUSDT", "spread_percent"] == Decimal("0.2")
    assert found["ETHUSDT", "spread_percent"] == 0


def test_without_our_own_price_the_others_is_told_alone(feed, configured, bot, market):
    market.answers["mark_price"] = ExchangeUnavailable("down")
    configured(MOOD | {"url": feed.show("/p", {"v": "60120"}), "spread": True, "symbols": ["BTCUSDT"]})

    read_due()

    assert [row.name for row in readings("mood")] == ["value"]


def test_a_venue_that_is_away_is_not_asked_for_one_price_after_the_other(feed, configured, bot, market):
    market.answers["mark_price"] = ExchangeUnavailable("down")
    for base in ("BTC", "ETH"):
        feed.show(f"/{base}", {"v": "60120"})
    configured(MOOD | {"url": feed.url + "/{base}", "spread": True})

    read_due()

    assert market.asked == ["mark_price"]
    assert len(readings("mood")) == 2


def test_keys_are_taken_from_the_environment_and_not_kept(feed, configured, bot):
    url = feed.show("/m", {"v": 1})
    configured(MOOD | {"url": url, "secret_headers": {"X-Key": KEY}, "secret_query": {"key": KEY}})

    read_due()

    assert (feed.seen[0].headers["x-key"], feed.seen[0].query["key"]) == (SECRET, SECRET)
    kept = str(list(ContextReading.objects.values()) + list(ContextSource.objects.values()))
    assert SECRET not in kept


def test_a_source_whose_key_is_not_set_is_not_asked(feed, configured, bot, settings):
    settings.AI_CONTEXT_KEYS = {}
    configured(MOOD | {"url": feed.show("/m", {"v": 1}), "secret_headers": {"X-Key": KEY}})

    read_due()

    assert feed.seen == []
    assert ContextSource.objects.get().last_error == f"no_key: {KEY}"


def test_bad_sources_cost_the_good_one_nothing(feed, configured, bot, monkeypatch):
    monkeypatch.setattr(rounds, "ask_sources", lambda due, symbols: asking.ask_sources(due, symbols, seconds=4))
    bad = {
        "silent": feed.show("/silent", b"", silent=True),
        "broken": feed.show("/broken", b"<html>"),
        "gone": feed.url + "/gone",
        "huge": feed.show("/huge", b"[" * 2_000_000),
        "deep": feed.show("/deep", b"[" * 500_000),
        "elsewhere": feed.show("/elsewhere", b"", status=301, headers={"Location": feed.url + "/good"}),
    }
    near = JSON | {"name": "near", "url": feed.url + "/good"}
    configured(
        *(MOOD | {"name": name, "url": url} for name, url in bad.items()),
        near,
        NEWS | {"url": feed.show("/bomb", rss(("x", ""), extra='<!DOCTYPE r [<!ENTITY a "b">]>'))},
        MOOD | {"name": "good", "url": feed.show("/good", {"v": 7})},
    )

    assert read_due() == 9

    assert [row.value for row in readings("good")] == [Decimal(7)]
    errors = dict(ContextSource.objects.values_list("name", "last_error"))
    assert {name: error.partition(":")[0] for name, error in errors.items()} == {
        "silent": "timeout",
        "broken": "unreadable",
        "gone": "http_404",
        "huge": "too_large",
        "deep": "unreadable",
        "elsewhere": "redirected",
        "near": "not_public",
        "news": "unreadable",
        "good": "",
    }
    assert feed.url not in str(errors)


def test_a_venue_that_is_away_fails_only_its_own_source(feed, configured, bot, monkeypatch):
    def away() -> Clock:
        return Clock(ExchangeUnavailable("down"))

    monkeypatch.setattr(asking, "clock", away)
    configured(VENUE, MOOD | {"url": feed.show("/m", {"v": 1})})

    read_due()

    assert ContextSource.objects.get(name="venue").failures == 1
    assert len(readings("mood")) == 1


def test_without_a_file_nothing_is_asked_and_no_row_is_read(configured, bot, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert read_due() == 0
        assert not known_context("BTCUSDT", now=timezone.now(), speed=Decimal(1))


@pytest.mark.parametrize("text", ["", "{", '{"sources": 7}', "\xff\x00", "[" * 300_000, '{"sources": [{"kind": "x"}]}'])
def test_a_file_that_cannot_be_read_is_no_sources_and_a_word_why(configured, bot, text):
    path = configured(MOOD)
    path.write_bytes(text.encode("latin-1"))

    assert read_due() == 0
    assert not known_context("BTCUSDT", now=timezone.now(), speed=Decimal(1))
    assert catalogue().error.startswith("context.json: ")


def test_a_folder_in_its_place_harms_nothing(configured, settings, tmp_path):
    settings.AI_CONTEXT_FILE = tmp_path

    assert catalogue().sources == ()
    assert catalogue().error


def test_a_changed_file_counts_without_a_restart(feed, configured, bot):
    url = feed.show("/m", {"v": 1})
    configured(MOOD | {"url": url})
    read_due()

    configured(MOOD | {"url": url, "name": "other"})
    read_due()

    assert set(ContextReading.objects.values_list("source", flat=True)) == {"other"}
    assert set(ContextSource.objects.values_list("name", flat=True)) == {"other"}


def test_what_is_held_is_asked_about_first(bot):
    assert watched() == ("BTCUSDT", "ETHUSDT")


def test_only_keys_of_the_sources_have_a_name(configured):
    assert key_named(KEY) == SECRET
    with pytest.raises(SourceFailed):
        key_named("SECRET_KEY")
