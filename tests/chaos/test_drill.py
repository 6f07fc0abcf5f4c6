"""The drill against the real processes: DRILL_CASES of it (10), and all of it with every guard broken in turn."""

import os
from pathlib import Path

import pytest

from tests.chaos.breaks import BREAKS
from tests.chaos.matrix import first, rounds
from tests.chaos.run import play_all, play_broken

CASES = int(os.environ.get("DRILL_CASES", "10"))

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds processes by /proc"),
]


def red(results):
    return {case.name: list(verdict.faults) for case, verdict in results if not verdict.is_green}


@pytest.mark.timeout(180 + 30 * CASES)
def test_the_laws_hold_in_the_first_cases_of_the_drill(tmp_path):
    results = play_all(first(CASES, rounds()), tmp_path)

    assert len(results) >= CASES
    assert red(results) == {}


@pytest.mark.long
@pytest.mark.timeout(2 * 3600)
def test_the_laws_hold_in_the_whole_drill(tmp_path):
    results = play_all(rounds(), tmp_path)

    assert len(results) >= 200
    assert red(results) == {}


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", BREAKS)
def test_the_drill_turns_red_without_a_guard(tmp_path, name):
    assert play_broken(BREAKS[name], tmp_path) != []
