"""When a fault strikes: windows, counts, chances."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.paper.faults.decision import Fault, draw, is_due
from exchange.paper.faults.reading import read_spec
from exchange.paper.faults.table import FaultTable
from exchange.paper.faults.timing import Clock, window_of

MARKET_MS, WALL_MS = 1_000_000, 9_000_000


def spec_of(**fields):
    return read_spec({"fault": "request_lost"} | fields)


def strikes(matches, *, seed=0, number=1, **fields):
    """Which of the first matches strike, from 1."""
    spec = spec_of(**fields)
    fault = Fault(number=number, spec=spec, window=window_of(spec, market_ms=0, wall_ms=0))
    return [match for match in range(1, matches + 1) if fault.meet(seed)]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, [1, 2, 3, 4, 5, 6]),
        ({"count": 2}, [1, 2]),
        ({"after": 4}, [5, 6]),
        ({"every": 3}, [3, 6]),
        ({"after": 1, "every": 2, "count": 2}, [3, 5]),
        ({"probability": 0}, []),
        ({"probability": 1}, [1, 2, 3, 4, 5, 6]),
    ],
)
def test_how_often(fields, expected):
    assert strikes(6, **fields) == expected


def test_spent_fault_never_strikes_again():
    assert not is_due(spec_of(count=1), met=2, struck=1, chance=0.0)


@pytest.mark.parametrize(
    ("fields", "clock", "begins_ms", "ends_ms"),
    [
        ({}, Clock.MARKET, MARKET_MS, None),
        ({"at": 1_500_000}, Clock.MARKET, 1_500_000, None),
        ({"in_market_s": 2, "for_market_s": "0.5"}, Clock.MARKET, MARKET_MS + 2000, MARKET_MS + 2500),
        ({"for_market_s": 1}, Clock.MARKET, MARKET_MS, MARKET_MS + 1000),
        ({"for_s": 3}, Clock.WALL, WALL_MS, WALL_MS + 3000),
        ({"in_s": 1, "for_s": 3}, Clock.WALL, WALL_MS + 1000, WALL_MS + 4000),
        ({"at_wall": 9_500_000}, Clock.WALL, 9_500_000, None),
    ],
)
def test_windows(fields, clock, begins_ms, ends_ms):
    window = window_of(spec_of(**fields), market_ms=MARKET_MS, wall_ms=WALL_MS)

    assert (window.clock, window.begins_ms, window.ends_ms) == (clock, begins_ms, ends_ms)


def added(table, *, market_ms, **fields):
    spec = spec_of(**fields)
    return table.add(spec, window_of(spec, market_ms=market_ms, wall_ms=WALL_MS), market_ms=market_ms)


def test_fault_of_market_time_is_active_from_its_first_to_before_its_last_millisecond():
    fault = added(FaultTable(), market_ms=0, at=100, for_market_s="0.05")

    assert [fault.is_active(ms) for ms in (99, 100, 149, 150)] == [False, True, True, False]


def test_fault_of_wall_time_waits_until_it_is_woken_and_ends_when_told():
    table = FaultTable()
    fault = added(table, market_ms=0, in_s=1, for_s=1)
    before = fault.is_active(5)
    table.wake(1, market_ms=10)
    during = fault.is_active(10)
    table.end(1, market_ms=20)

    assert (before, during, fault.is_active(19), fault.is_active(20)) == (False, True, True, False)


def test_gap_never_happens_at_a_moment_that_was_shown_already():
    spec = read_spec({"fault": "price_gap", "symbol": "X", "percent": "1", "at": 5})
    table = FaultTable()

    fault = table.add(spec, window_of(spec, market_ms=700, wall_ms=0), market_ms=700)

    assert fault.from_ms == 701


def test_numbers_are_not_given_twice():
    table = FaultTable()
    added(table, market_ms=0)
    table.remove(1, market_ms=0)

    assert added(table, market_ms=0).number == 2


@given(st.integers(0, 2**40), st.integers(1, 1000), st.integers(1, 1000))
def test_draws_are_repeatable_and_lie_in_the_unit_interval(seed, number, met):
    first, again = draw(seed, number=number, met=met), draw(seed, number=number, met=met)

    assert first == again
    assert 0 <= first < 1


@given(st.integers(0, 2**31), st.floats(0.05, 0.95))
def test_chance_strikes_about_its_share_of_matches(seed, probability):
    share = len(strikes(2000, seed=seed, probability=probability)) / 2000

    assert abs(share - probability) < 0.08


@given(st.integers(0, 50), st.integers(1, 7), st.integers(1, 9))
def test_count_is_never_exceeded_and_spacing_is_kept(after, every, count):
    found = strikes(200, after=after, every=every, count=count)

    assert len(found) == min(count, (200 - after) // every)
    assert all((match - after) % every == 0 and match > after for match in found)


def test_other_seeds_and_other_faults_draw_differently():
    base = strikes(64, seed=1, number=1, probability=0.5)

    assert base != strikes(64, seed=2, number=1, probability=0.5)
    assert base != strikes(64, seed=1, number=2, probability=0.5)
