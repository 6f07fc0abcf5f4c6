"""Readings and the health of sources as rows: replaced whole, rested after failures, taken in once."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.context.asking import Answered
from advisor.context.errors import SourceFailed
from advisor.context.store import (
    LONGEST_REST,
    MOST_PUSHED,
    due_sources,
    forget_others,
    kept_readings,
    rest_after,
    settle,
    take_in_call,
)
from advisor.models import ContextCall, ContextReading, ContextSource
from tests.advisor.context.samples import HOOK, JSON, NOW, VENUE, reading, source_of, sources_of

pytestmark = pytest.mark.django_db
MOOD, HOOKED = source_of(JSON), source_of(HOOK)
FAILED = Answered(failures={"": SourceFailed("http_500")})


def said(*readings, **by_symbol) -> Answered:
    return Answered(readings={"": list(readings)} | by_symbol if readings else by_symbol)


def kept(symbol=None) -> list:
    return kept_readings(["mood", "whales"], symbol=symbol).get("mood", [])


def state() -> ContextSource:
    return ContextSource.objects.get(name="mood")


@pytest.mark.parametrize(
    "value", ["72", "0.000000000000000001", "-12345678901234567.8", "1000000000000000000000000", None]
)
def test_a_reading_is_kept_digit_for_digit(value):
    given_ = reading(value=value, text="words", unit="USD", symbol="BTCUSDT")

    settle(MOOD, said(BTCUSDT=[given_]), now=NOW)

    assert kept() == [given_]


def test_what_a_source_says_replaces_what_it_said_of_the_same_contract():
    settle(MOOD, said(BTCUSDT=[reading("a", symbol="BTCUSDT")], ETHUSDT=[reading("a", symbol="ETHUSDT")]), now=NOW)

    news = Answered(
        readings={"BTCUSDT": [reading("b", symbol="BTCUSDT")]}, failures={"ETHUSDT": SourceFailed("http_404")}
    )
    settle(MOOD, news, now=NOW)

    assert [(row.symbol, row.name) for row in kept()] == [("BTCUSDT", "b"), ("ETHUSDT", "a")]
    assert (state().failures, state().last_error) == (0, "http_404 (ETHUSDT)")


def test_readings_of_one_contract_and_of_none():
    settle(MOOD, said(reading("all"), BTCUSDT=[reading("b", symbol="BTCUSDT")], E=[reading("e", symbol="E")]), now=NOW)

    assert {row.name for row in kept("BTCUSDT")} == {"all", "b"}


def test_a_failure_keeps_what_was_said_before():
    settle(MOOD, said(reading()), now=NOW)

    settle(MOOD, FAILED, now=NOW)

    assert kept() == [reading()]
    assert (state().failures, state().failed_reads, state().reads) == (1, 1, 2)
    assert (state().last_error, state().last_failure_at) == ("http_500", NOW)


def test_what_was_read_of_a_contract_that_nobody_watches_any_more_is_dropped_in_the_end():
    settle(MOOD, said(BTCUSDT=[reading(symbol="BTCUSDT")], ETHUSDT=[reading(symbol="ETHUSDT")]), now=NOW)

    for hours in (24, 26):
        settle(MOOD, said(BTCUSDT=[reading(symbol="BTCUSDT")]), now=NOW + timedelta(hours=hours))
        symbols = {24: {"BTCUSDT", "ETHUSDT"}, 26: {"BTCUSDT"}}[hours]
        assert {row.symbol for row in kept()} == symbols


def test_a_source_is_asked_again_after_its_interval():
    settle(MOOD, said(reading()), now=NOW)

    assert due_sources([MOOD], now=NOW + MOOD.interval - timedelta(seconds=1)) == []
    assert due_sources([MOOD], now=NOW + MOOD.interval) == [MOOD]


def test_in_a_fast_market_the_venue_is_asked_as_often_by_its_own_time():
    venue, mood = sources_of(VENUE, JSON)

    settle(venue, said(reading()), now=NOW, speed=Decimal(60))
    settle(mood, said(reading()), now=NOW, speed=Decimal(60))

    assert due_sources([venue, mood], now=NOW + timedelta(seconds=29)) == []
    assert due_sources([venue, mood], now=NOW + timedelta(seconds=30)) == [venue]


def test_who_was_never_asked_is_due_and_who_calls_by_itself_never():
    assert due_sources([MOOD, HOOKED], now=NOW) == [MOOD]


def test_a_source_that_fails_rests_longer_each_time():
    rests = []
    for _ in range(10):
        settle(MOOD, FAILED, now=NOW)
        rests.append((state().due_at - NOW).total_seconds())

    assert rests == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


def test_a_success_ends_the_rest():
    for _ in range(5):
        settle(MOOD, FAILED, now=NOW)

    settle(MOOD, said(reading()), now=NOW)

    assert (state().failures, state().last_error, state().due_at) == (0, "", NOW + MOOD.interval)


@given(st.integers(0, 10_000), st.none() | st.timedeltas(timedelta(0), timedelta(days=9)))
def test_no_rest_is_longer_than_an_hour_or_shorter_than_half_a_minute(failures, asked):
    assert timedelta(seconds=30) <= rest_after(failures, asked) <= LONGEST_REST
    if asked and asked < LONGEST_REST:
        assert rest_after(failures, asked) >= asked


def test_what_is_configured_no_more_is_forgotten():
    settle(MOOD, said(reading()), now=NOW)

    forget_others(["news"])

    assert not ContextReading.objects.exists()
    assert not ContextSource.objects.exists()


def take(*readings, signature="a" * 64, now=NOW) -> bool:
    return take_in_call(HOOKED, readings, signature=signature, now=now)


def test_a_call_is_taken_in_once():
    assert take(reading("a"))
    assert not take(reading("a", "99"))

    assert [row.value for row in kept_readings(["whales"])["whales"]] == [Decimal(72)]
    assert ContextSource.objects.get(name="whales").reads == 1


def test_a_call_replaces_the_readings_that_it_names_and_no_others():
    take(reading("a"), reading("b"))

    take(reading("b", "1"), reading("b", "2"), reading("b", symbol="BTCUSDT"), signature="b" * 64)

    found = {(row.name, row.symbol): row.value for row in kept_readings(["whales"])["whales"]}
    assert found == {("a", ""): Decimal(72), ("b", ""): Decimal(2), ("b", "BTCUSDT"): Decimal(72)}


def test_neither_readings_nor_calls_grow_without_end():
    for number in range(10):
        take(
            *(reading(f"r{number}_{place}") for place in range(20)),
            signature=f"{number:064x}",
            now=NOW + number * timedelta(minutes=10),
        )

    assert ContextReading.objects.count() == MOST_PUSHED
    assert {row.name.split("_")[0] for row in kept_readings(["whales"])["whales"]} == {"r7", "r8", "r9"}
    assert ContextCall.objects.count() == 2
