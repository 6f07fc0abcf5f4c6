"""Which memories fit a situation, and how they fade. Without a database."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.memory.lessons import lessons
from advisor.memory.relevance import Remembered, Situation, faded, most_relevant, recent_failures
from advisor.memory.vectors import FEATURES, UNKNOWN, encode, likeness

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def memory(content="m", **details):
    values = {"symbol": "ETHUSDT", "kind": "trade_result", "regime": "", "relevance": 1.0, "at": NOW, "hour": None}
    return Remembered(content=content, **values | details)


def situation(**details):
    return Situation(**{"symbol": "ETHUSDT", "regime": "ranging", "hour": 12} | details)


def found(*memories, **details):
    return [each.content for each in most_relevant(memories, situation(**details))]


def test_memories_of_the_symbol_or_of_all_in_this_regime_or_any():
    memories = [
        memory("own"),
        memory("all", symbol="*"),
        memory("this regime", regime="ranging"),
        memory("other regime", regime="quiet"),
        memory("other coin", symbol="SOLUSDT"),
        memory("leader", symbol="BTCUSDT"),
    ]

    assert sorted(found(*memories)) == ["all", "own", "this regime"]


def test_the_leader_speaks_for_coins_that_follow_it_and_weighs_less():
    memories = [memory("leader", symbol="BTCUSDT"), memory("own", relevance=0.9)]

    assert found(*memories, correlation=0.8) == ["own", "leader"]
    assert found(*memories, correlation=0.59) == ["own"]
    assert found(memory("leader", symbol="BTCUSDT"), symbol="BTCUSDT") == ["leader"]


def test_the_weightiest_come_first_then_the_newest_and_at_most_eight():
    memories = [memory(f"m{number}", relevance=1 + number / 10) for number in range(10)]
    twins = [memory("older", at=NOW - timedelta(days=1)), memory("newer")]

    assert found(*memories) == [f"m{number}" for number in range(9, 1, -1)]
    assert found(*twins) == ["newer", "older"]


def test_the_same_time_of_day_counts_more_also_over_midnight():
    assert found(memory("day", hour=12), memory("night", hour=23), hour=1) == ["night", "day"]


def test_what_looked_alike_counts_more():
    up, down = encode({"confluence": 0.9, "rsi": 0.4}), encode({"confluence": -0.9, "rsi": -0.4})

    assert found(memory("down", vector=down), memory("unknown"), memory("up", vector=up), vector=up) == [
        "up",
        "unknown",
        "down",
    ]


def test_failures_are_losses_among_the_five_most_relevant_that_still_matter():
    memories = [
        memory("lost", is_win=False, relevance=1.5),
        memory("won", is_win=True, relevance=1.4),
        memory("faded", is_win=False, relevance=0.5),
        memory("coin", is_win=False, symbol="SOLUSDT"),
        *(memory(f"w{number}", is_win=True, relevance=1.2) for number in range(3)),
        memory("sixth", is_win=False, relevance=1.1),
    ]

    assert [each.content for each in recent_failures(memories, "ETHUSDT")] == ["lost"]


def test_a_memory_fades_by_five_percent_a_day_after_three_days():
    relevance, at = 1.0, NOW - timedelta(days=4)
    for day in range(10):
        relevance = faded(relevance, at=at, today=(NOW + timedelta(days=day)).date())

    assert relevance == pytest.approx(0.5987, abs=1e-4)


def test_nothing_fades_in_three_days_or_below_the_floor():
    assert faded(1.0, at=NOW, today=(NOW + timedelta(days=3)).date()) == 1.0
    assert faded(0.1, at=NOW - timedelta(days=99), today=date(2026, 3, 10)) == 0.1


@given(st.dictionaries(st.sampled_from(FEATURES), st.floats(-1, 1)))
def test_a_situation_is_most_like_itself(features):
    vector = encode(features)

    expected = 1.0 if vector else UNKNOWN
    assert likeness(vector, [vector]) == pytest.approx([expected], abs=1e-5)


def test_opposites_are_not_alike_and_strangers_are_unknown():
    up, down = encode({"rsi": 1.0}), encode({"rsi": -1.0})

    assert likeness(up, [down, b"", b"\x02" + up[1:], up[:-1]]) == [0.0, UNKNOWN, UNKNOWN, UNKNOWN]
    assert encode({"rsi": float("nan"), "adx": float("inf")}) == b""
    assert likeness(b"", [up]) == [UNKNOWN]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_lessons_for_every_regime_and_for_this_one(language):
    assert lessons("ranging", language)[:3] == lessons("", language)
    assert len(lessons("ranging", language)) == 4
    assert len(lessons("unheard", language)) == 3
