"""Which loops the watchdog listens for, by the limits that health goes by."""

import pytest

from dashboard.pulse import MAX_SILENCE_SECONDS
from desk.vocabulary import LOOPS as WORDS
from duolive.supervisor.child import Backoff
from duolive.watchdog.loops import LOOPS, TO_START_ANEW


def test_every_loop_the_desk_needs_is_listened_for_but_the_checks_and_ourselves() -> None:
    assert set(LOOPS) == set(MAX_SILENCE_SECONDS) - {"check", "watchdog"}


@pytest.mark.parametrize("loop", sorted(LOOPS))
def test_a_loop_is_told_of_later_than_it_is_late_and_after_a_restart(loop: str) -> None:
    assert LOOPS[loop] >= 2 * MAX_SILENCE_SECONDS[loop]
    assert LOOPS[loop] >= TO_START_ANEW > 2 * Backoff().longest


def test_each_has_a_name_in_plain_words() -> None:
    assert set(WORDS) == set(LOOPS)
