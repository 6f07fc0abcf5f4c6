"""Sentences of the adviser's rows in the reader's language; what a model wrote stays as it is."""

import pytest

from advisor.answer import ALL_ACTIONS
from advisor.memory.keeping import remember_trade
from advisor.models import Memory
from advisor.providers.rules import RulesAdviser
from advisor.review import by_counting
from dashboard.ai import told
from dashboard.ai.told import failure_told, own_words_told, reason_told
from tests.advisor.memory.trades import trade
from tests.advisor.providers.test_rules import Seen
from tests.advisor.rows import make_ai_bot


@pytest.fixture
def in_brackets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A language in which every known sentence stands in brackets."""
    monkeypatch.setattr(told, "gettext", lambda phrase: f"[{phrase}]")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nothing to change", "[nothing to change]"),
        (
            "the timeframes agree (confluence 62, trending_up)",
            "[[the timeframes agree] (confluence 62, rising trend)]",
        ),
        ("confluence -12 in ranging: no agreement", "[confluence -12 in ranging: no agreement]"),
        (
            "a rebound to lose less in (confluence -8, quiet)",
            "[[a rebound to lose less in] (confluence -8, quiet)]",
        ),
        (
            "the timeframes lean to the other side (confluence -33, volatile)",
            "[[the timeframes lean to the other side] (confluence -33, volatile)]",
        ),
        ("LONG is not open now", "[open long is not open now]"),
        ("data missing: 15m, book", "[data missing: 15m, book]"),
        (
            "LONG lost -4.20 % of the margin, left by stop_loss",
            "[long [lost] -4.20 % of the margin, left by stop-loss]",
        ),
        ("LONG in ranging: 4 of 6 won, -1.5 USDT", "[[long in ranging]: 4 of 6 won, -1.5 USDT]"),
        ("08-12 UTC: 6 of 6 won, +1.5 USDT", "[08-12 UTC: 6 of 6 won, +1.5 USDT]"),
        ("Less risk for 08-12 UTC: 0 of 6 won, -1.5 USDT", "[Less risk for 08-12 UTC: 0 of 6 won, -1.5 USDT]"),
        ("I would buy here.", "I would buy here."),
        ("", ""),
    ],
)
def test_what_the_desk_wrote_is_told_and_the_rest_left_alone(in_brackets, text: str, expected: str):
    assert own_words_told(text) == expected


def test_every_thought_of_the_rules_is_known(in_brackets):
    for details in ({}, {"missing": ("book",)}, {"confluence": 80.0}, {"confluence": -80.0}, {"price": None}):
        thought = RulesAdviser(Seen(**details), None, ALL_ACTIONS).advice().reasoning

        assert own_words_told(thought).startswith("["), thought


@pytest.mark.django_db
def test_a_memory_of_a_trade_is_known_with_its_thesis(in_brackets):
    remember_trade(make_ai_bot(), trade(thesis="the timeframes agree"))

    text = own_words_told(Memory.objects.get().content)

    assert text.startswith("[[")
    assert "Thesis: [the timeframes agree]" in text


def test_what_counting_finds_is_known(in_brackets):
    found = by_counting([trade("-1") for _ in range(6)])

    assert found.insights
    assert all(own_words_told(line).startswith("[") for line in (*found.insights, *found.recommendations))


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("", ""),
        ("size_missing", "no size named"),
        ("stop_distance", "the stop is too close or too far"),
        ("max_positions", "too many positions"),
        ("daily_loss: auto-trade is off", "today's loss is at its limit: auto-trade is off"),
        ("born tomorrow", "born tomorrow"),
    ],
)
def test_reasons_are_words(reason: str, expected: str):
    assert reason_told(reason) == expected


def test_a_failure_names_what_was_unreadable():
    assert failure_told("unreadable: no_object") == "an unreadable answer: no decision in the answer"
    assert failure_told("http_418") == "http_418"
