"""What the watchdog makes of what it sees, look after look."""

import pytest

from trading.core.vigil import Alarm, Patience, Sight, Trouble, Vigil

PATIENCE = Patience(checks=90, naked=20, blind=60, dead=120, remind=900)
CHECKS, UNPROTECTED, BLIND = Trouble.CHECKS_STOPPED, Trouble.UNPROTECTED, Trouble.BLIND


@pytest.fixture
def vigil() -> Vigil:
    return Vigil(patience=PATIENCE, last_check=0.0)


def sight(seconds: float, *, check_age: float | None = 1.0, naked: set[str] | None = frozenset()) -> Sight:  # type: ignore[assignment]
    return Sight(seconds=seconds, check_age=check_age, naked=None if naked is None else frozenset(naked))


def told(alarms: list[Alarm]) -> list[tuple[Trouble, str, bool]]:
    return [(alarm.trouble, alarm.symbol, alarm.is_over) for alarm in alarms]


def test_a_desk_at_work_is_not_spoken_of(vigil: Vigil) -> None:
    assert [vigil.look(sight(seconds)) for seconds in range(0, 600, 5)] == [[]] * 120


def test_checks_that_stop_are_told_once_their_time_is_over(vigil: Vigil) -> None:
    assert vigil.look(sight(100, check_age=90)) == []

    assert told(vigil.look(sight(105, check_age=95))) == [(CHECKS, "", False)]
    assert vigil.look(sight(110, check_age=100)) == []


def test_a_desk_that_never_checked_is_told_of_too(vigil: Vigil) -> None:
    assert vigil.look(sight(89, check_age=None)) == []

    assert told(vigil.look(sight(91, check_age=None))) == [(CHECKS, "", False)]


def test_a_database_that_does_not_answer_does_not_renew_the_last_check(vigil: Vigil) -> None:
    vigil.look(sight(50, check_age=0))

    assert vigil.look(sight(130, check_age=None)) == []
    assert told(vigil.look(sight(141, check_age=None))) == [(CHECKS, "", False)]


def test_an_old_pulse_found_at_the_start_counts_from_the_start(vigil: Vigil) -> None:
    assert vigil.look(sight(5, check_age=86_400)) == []
    assert not vigil.is_dead(5)


def test_a_trouble_that_lasts_is_told_again_after_a_while(vigil: Vigil) -> None:
    vigil.look(sight(100, check_age=95))

    assert vigil.look(sight(999, check_age=994)) == []
    assert told(vigil.look(sight(1000, check_age=995))) == [(CHECKS, "", False)]


def test_the_end_of_a_told_trouble_is_told(vigil: Vigil) -> None:
    vigil.look(sight(100, check_age=95))

    assert told(vigil.look(sight(105, check_age=2))) == [(CHECKS, "", True)]
    assert vigil.look(sight(110)) == []


def test_a_position_without_a_stop_is_told_when_it_stays_so(vigil: Vigil) -> None:
    assert vigil.look(sight(10, naked={"DOTUSDT"})) == []
    assert vigil.look(sight(30, naked={"DOTUSDT"})) == []

    alarms = vigil.look(sight(31, naked={"DOTUSDT"}))

    assert alarms == [Alarm(trouble=UNPROTECTED, symbol="DOTUSDT", lasted=21.0)]


def test_a_stop_that_came_in_time_is_not_spoken_of(vigil: Vigil) -> None:
    vigil.look(sight(10, naked={"DOTUSDT"}))
    vigil.look(sight(15))

    assert vigil.look(sight(31, naked={"DOTUSDT"})) == []
    assert vigil.look(sight(36)) == []


def test_each_symbol_has_its_own_count(vigil: Vigil) -> None:
    vigil.look(sight(10, naked={"DOTUSDT"}))
    vigil.look(sight(25, naked={"DOTUSDT", "TIAUSDT"}))

    assert told(vigil.look(sight(35, naked={"DOTUSDT", "TIAUSDT"}))) == [(UNPROTECTED, "DOTUSDT", False)]
    assert told(vigil.look(sight(50, naked={"TIAUSDT"}))) == [
        (UNPROTECTED, "DOTUSDT", True),
        (UNPROTECTED, "TIAUSDT", False),
    ]


def test_an_exchange_that_does_not_answer_is_told_and_hides_nothing(vigil: Vigil) -> None:
    vigil.look(sight(10, naked={"DOTUSDT"}))

    assert told(vigil.look(sight(35, naked=None))) == [(UNPROTECTED, "DOTUSDT", False)]
    assert told(vigil.look(sight(96, naked=None))) == [(BLIND, "", False)]
    assert told(vigil.look(sight(100))) == [(BLIND, "", True), (UNPROTECTED, "DOTUSDT", True)]


def test_only_a_desk_silent_for_long_is_dead(vigil: Vigil) -> None:
    vigil.look(sight(50, check_age=0))

    assert not vigil.is_dead(170)
    assert vigil.is_dead(170.1)
