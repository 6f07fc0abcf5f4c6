"""Rounds of other processes, whose clocks may differ from ours."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.core.rounds import Rounds

NOON = datetime(2024, 11, 23, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """Wall time of ours at monotonic ``seconds``."""
    return NOON + timedelta(seconds=seconds)


def look(rounds: Rounds, seconds: float, *, beat_at: datetime, ahead: float = 0.0) -> float:
    """A look with a wall clock ``ahead`` of what it was; the seconds of silence it finds."""
    rounds.note({"check": beat_at}, now=at(seconds + ahead), seconds=seconds)
    return seconds - rounds.last("check")


def test_a_round_is_as_old_as_its_heartbeat_says() -> None:
    rounds = Rounds(began=0.0)

    assert look(rounds, 30, beat_at=at(28)) == 2
    assert look(rounds, 35, beat_at=at(28)) == 7


def test_an_old_heartbeat_found_at_first_is_as_old_as_the_watch() -> None:
    assert look(Rounds(began=10.0), 12, beat_at=at(-86_400)) == 2


def test_a_loop_never_seen_is_as_silent_as_the_watch_is_old() -> None:
    rounds = Rounds(began=10.0)

    rounds.note({}, now=at(50), seconds=50)

    assert rounds.last("check") == 10


@pytest.mark.parametrize("skew", [-3600, -30, 30, 3600])
def test_a_clock_that_differs_makes_a_round_neither_young_nor_old_for_longer_than_a_look(skew: float) -> None:
    rounds = Rounds(began=0.0)
    look(rounds, 5, beat_at=at(1 + skew))

    fresh = look(rounds, 35, beat_at=at(31 + skew))
    later = look(rounds, 90, beat_at=at(31 + skew))

    assert 0 <= fresh <= 30
    assert later == fresh + 55


def test_a_wall_clock_set_back_while_the_loop_is_silent_changes_nothing() -> None:
    rounds = Rounds(began=0.0)
    look(rounds, 5, beat_at=at(3))

    silences = [look(rounds, seconds, beat_at=at(3), ahead=-3600) for seconds in (10, 100, 1000)]

    assert silences == [7, 97, 997]


def test_heartbeats_of_a_clock_set_back_are_rounds_all_the_same() -> None:
    rounds = Rounds(began=0.0)
    look(rounds, 100, beat_at=at(99))

    assert look(rounds, 130, beat_at=at(129 - 3600), ahead=-3600) == 1


@given(st.floats(-1e5, 1e5), st.lists(st.tuples(st.floats(1, 60), st.booleans()), min_size=1, max_size=30))
def test_whatever_the_clocks_say_a_silence_is_never_told_off_by_more_than_a_look(
    skew: float, looks: list[tuple[float, bool]]
) -> None:
    rounds, seconds, beat_at, ended, slack = Rounds(began=0.0), 0.0, at(skew), 0.0, 0.0

    for number, (passed, has_beaten) in enumerate(looks):
        seconds += passed
        if has_beaten or number == 0:
            beat_at, ended, slack = at(seconds + skew), seconds, passed
        silence = look(rounds, seconds, beat_at=beat_at)

        assert seconds - ended - 1e-3 <= silence <= seconds - ended + slack + 1e-3
