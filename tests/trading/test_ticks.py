"""The locks of the ticks: a process that dies in the middle of one does not keep the others from the work."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from trading import standby, tasks

RECOVERY_SECONDS = 30.0  # wall; a desk whose process was killed is right again by then


@pytest.fixture
def held_for(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """Life of each lock that is asked for, by its name; somebody else holds them all."""
    seen: dict[str, float] = {}

    @contextmanager
    def only_one(name: str, *, seconds: float) -> Iterator[bool]:
        seen[name] = seconds
        yield False

    monkeypatch.setattr(tasks, "only_one", only_one)
    monkeypatch.setattr(standby, "only_one", only_one)
    return seen


@pytest.mark.parametrize("tick", [tasks.check_positions, tasks.enter_due_signals], ids=["check", "entries"])
def test_a_lock_of_a_dead_process_ends_well_within_the_time_for_recovery(held_for, tick):
    tick()

    assert max(held_for.values()) <= RECOVERY_SECONDS / 2


def test_who_stands_in_for_the_check_holds_its_lock_no_longer(held_for):
    standing_in = standby.Standby(redis_answers=lambda: True)

    standing_in._check_all([])

    assert held_for[standby.CHECK] <= RECOVERY_SECONDS / 2
