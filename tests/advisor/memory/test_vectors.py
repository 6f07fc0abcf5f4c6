"""Situations as bytes: one length, one layout, and likeness that is symmetric and bounded."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.memory.vectors import FEATURES, LAYOUT, UNKNOWN, encode, likeness

BROKEN = (float("nan"), float("inf"), -float("inf"))
NUMBERS = st.dictionaries(st.sampled_from(FEATURES), st.floats(-1, 1).filter(lambda x: x == 0 or abs(x) > 1e-6))
ANY_NUMBERS = st.dictionaries(st.sampled_from((*FEATURES, "unheard")), st.floats(-1e6, 1e6) | st.sampled_from(BROKEN))


@given(ANY_NUMBERS)
def test_whatever_the_numbers_a_vector_is_whole_or_nothing(features):
    vector = encode(features)

    assert vector == b"" or (len(vector) == 1 + 4 * len(FEATURES) and vector.startswith(LAYOUT))
    assert all(math.isfinite(like) for like in likeness(vector, [vector]))


@given(NUMBERS, NUMBERS)
def test_likeness_is_a_share_and_the_same_both_ways(some, others):
    one, other = encode(some), encode(others)

    (there,), (back,) = likeness(one, [other]), likeness(other, [one])

    assert 0 <= there <= 1
    assert there == pytest.approx(back, abs=1e-6)


@given(NUMBERS, st.floats(0.01, 100))
def test_likeness_is_of_the_direction_and_not_of_the_length(features, times):
    vector, longer = encode(features), encode({name: number * times for name, number in features.items()})

    assert likeness(vector, [longer]) == pytest.approx([1.0 if vector else UNKNOWN], abs=1e-4)


def test_what_has_nothing_in_common_is_half_alike():
    assert likeness(encode({"rsi": 1.0}), [encode({"adx": 1.0})]) == [0.5]


def test_a_name_that_is_no_feature_changes_nothing():
    assert encode({"rsi": 0.5, "moon": 1.0}) == encode({"rsi": 0.5})
    assert encode({"moon": 1.0}) == encode({}) == b""


@pytest.mark.parametrize("broken", BROKEN)
def test_a_number_that_is_none_counts_as_nothing(broken):
    assert encode({"rsi": 0.5, "adx": broken}) == encode({"rsi": 0.5})


def test_each_likeness_stands_where_its_memory_stood():
    up, down = encode({"rsi": 1.0}), encode({"rsi": -1.0})

    assert likeness(up, [b"", down, b"short", up, b""]) == [UNKNOWN, 0.0, UNKNOWN, 1.0, UNKNOWN]
    assert likeness(up, []) == []
