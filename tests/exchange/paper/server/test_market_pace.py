"""The pace of streams: one turn a period of market time, and bounded in wall time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.paper.server.market_streams.pace import IDLE_S, WALL_GAP_S, Pace

T = 1_732_381_200_000


def started(period_ms, at_ms=T):
    return Pace.starting(period_ms, now_ms=at_ms, wall_s=100)


@pytest.mark.parametrize(("ms", "is_due"), [(0, False), (999, False), (1000, True), (1001, True), (5000, True)])
def test_turn_comes_with_the_next_period(ms, is_due):
    assert started(1000).is_due(now_ms=T + ms, wall_s=200) is is_due


def test_periods_are_counted_from_1970_and_not_from_the_first_follower():
    pace = started(1000, at_ms=T + 990)

    assert pace.is_due(now_ms=T + 1000, wall_s=100)


def test_periods_that_passed_unused_are_not_made_up_for():
    pace = started(1000)
    pace.take_turn(now_ms=T + 60_000, wall_s=101)

    assert not pace.is_due(now_ms=T + 60_999, wall_s=300)
    assert pace.is_due(now_ms=T + 61_000, wall_s=300)


def test_turns_keep_a_distance_in_wall_time():
    pace = started(100)
    pace.take_turn(now_ms=T + 100, wall_s=100)

    assert not pace.is_due(now_ms=T + 10**6, wall_s=100 + WALL_GAP_S * 0.9)
    assert pace.is_due(now_ms=T + 10**6, wall_s=100 + WALL_GAP_S * 1.1)


def test_stream_is_idle_when_both_clocks_say_so():
    pace = started(100)

    assert not pace.is_idle(now_ms=T + 5000, wall_s=100 + IDLE_S / 2)
    assert not pace.is_idle(now_ms=T + 500, wall_s=100 + IDLE_S)
    assert pace.is_idle(now_ms=T + 1000, wall_s=100 + IDLE_S)


def test_only_a_frame_ends_idleness():
    pace = started(100)
    pace.take_turn(now_ms=T + 2000, wall_s=102)
    was_idle = pace.is_idle(now_ms=T + 2100, wall_s=102.1)
    pace.note_frame(now_ms=T + 2100, wall_s=102.1)

    assert was_idle
    assert not pace.is_idle(now_ms=T + 2200, wall_s=102.2)


@given(speed=st.sampled_from([1, 60, 10_000]), period_ms=st.sampled_from([1, 100, 250, 1000]))
def test_turns_are_bounded_whatever_the_speed(speed, period_ms):
    pace, turns = started(period_ms), 0
    for beat in range(1, 101):
        now_ms, wall_s = T + beat * 20 * speed, 100 + beat * 0.02
        if pace.is_due(now_ms=now_ms, wall_s=wall_s):
            pace.take_turn(now_ms=now_ms, wall_s=wall_s)
            turns += 1

    assert turns <= min(2 / WALL_GAP_S, 2000 * speed / period_ms) + 1
