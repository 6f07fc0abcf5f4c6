"""What the watchdog makes of what it sees, look after look."""

from collections.abc import Iterable
from dataclasses import replace

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


LOOP_PATIENCE = Patience(checks=90, naked=20, blind=60, dead=120, remind=900, loops={"scan": 75, "advise": 360})
SCAN_STOPPED = (Trouble.LOOP_STOPPED, "scan", False)
SCAN_AGAIN = (Trouble.LOOP_STOPPED, "scan", True)


def loops_told(looks: Iterable[tuple[float, float, float]]) -> list[tuple[float, tuple[Trouble, str, bool]]]:
    """What is told, and when, over looks of (seconds, last check, last scan)."""
    vigil, said = Vigil(patience=LOOP_PATIENCE, last_check=0.0), []
    for seconds, checked, scanned in looks:
        beats = {"scan": scanned, "advise": seconds}
        alarms = vigil.look(Sight(seconds=seconds, check_age=seconds - checked, naked=frozenset(), beats=beats))
        said += [(seconds, (alarm.trouble, alarm.symbol or alarm.loop, alarm.is_over)) for alarm in alarms]
    return said


def checked_before(seconds: float) -> float:
    """The time of the last check, one each 30 s."""
    return seconds // 30 * 30


def test_a_loop_that_stops_while_the_checks_go_on_is_told_by_name() -> None:
    said = loops_told((seconds, checked_before(seconds), min(seconds, 100)) for seconds in range(0, 600, 5))

    assert said == [(180, SCAN_STOPPED)]


def test_a_loop_that_goes_on_again_is_told_too() -> None:
    looks = ((s, checked_before(s), 100.0 if 100 <= s < 300 else float(s)) for s in range(0, 600, 5))

    assert loops_told(looks) == [(180, SCAN_STOPPED), (300, SCAN_AGAIN)]


def test_a_loop_that_is_away_for_a_restart_is_not_spoken_of() -> None:
    looks = ((s, checked_before(s), 100.0 if 100 <= s < 170 else float(s)) for s in range(0, 600, 5))

    assert loops_told(looks) == []


def test_loops_that_stop_together_with_the_checks_are_one_trouble() -> None:
    looks = ((s, min(checked_before(s), 90), min(s, 100)) for s in range(0, 600, 5))

    assert loops_told(looks) == [(185, (CHECKS, "", False))]


def test_a_desk_that_starts_after_a_long_time_has_its_time_to_begin() -> None:
    looks = ((s, checked_before(s) if s >= 3600 else 0.0, s if s >= 3640 else 0.0) for s in range(0, 4000, 5))

    assert [what for _, what in loops_told(looks) if what[0] is Trouble.LOOP_STOPPED] == []


def test_a_loop_that_is_not_listened_for_is_not_spoken_of(vigil: Vigil) -> None:
    looks = [sight(float(seconds)) for seconds in range(0, 600, 5)]

    assert [vigil.look(replace(each, beats={"scan": 0.0})) for each in looks] == [[]] * 120


def test_a_slow_adviser_is_given_more_time() -> None:
    vigil = Vigil(patience=LOOP_PATIENCE, last_check=0.0)
    looks = (sight(float(seconds)) for seconds in range(0, 600, 5))

    told_at = [each.seconds for each in looks if vigil.look(replace(each, beats={"advise": 0.0, "scan": each.seconds}))]

    assert told_at == [365]
