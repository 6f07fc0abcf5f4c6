"""The matrix is fixed, large enough, and says only what the exchange understands."""

import json
from collections import Counter

import pytest

from exchange.paper.faults.reading import read_plan
from tests.chaos.breaks import BREAKS
from tests.chaos.faults import FAULTS, specs_for
from tests.chaos.matrix import INSIDE, Moment, State, first, rounds
from tests.chaos.playing import COMES_TO


def cases():
    return [case for plan in rounds() for case in plan.cases]


def test_there_are_at_least_two_hundred_cases_of_different_names():
    names = [case.name for case in cases()]

    assert len(names) >= 200
    assert [name for name, times in Counter(names).items() if times > 1] == []


def test_the_same_matrix_comes_out_each_time():
    assert rounds() == rounds()


def test_every_fault_state_and_moment_is_met():
    assert {case.fault.name for case in cases()} == set(FAULTS)
    assert {case.state for case in cases()} == set(State)
    assert {case.kill.moment for case in cases()} == set(Moment)


def test_every_process_is_killed():
    killed = {victim for case in cases() for victim in case.kill.victims}

    assert killed >= {"worker", "child", "stream", "beat", "redis", "paper", "web", "watchdog"}


def test_both_position_modes_are_tried():
    assert {case.is_hedge for case in cases()} == {True, False}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=lambda fault: fault.name)
def test_the_exchange_understands_every_fault(fault):
    specs = specs_for(fault, "DOTUSDT")

    assert len(read_plan(json.dumps(specs)).specs) == len(specs) if specs else True
    assert all(("symbol" in spec) is not fault.is_of_desk for spec in specs)


def test_cases_of_a_round_share_kill_and_mode_and_faults_of_the_desk_stand_alone():
    for plan in rounds():
        assert {(case.kill, case.is_hedge) for case in plan.cases} == {(plan.kill, plan.is_hedge)}
        of_desk = {case.fault.name for case in plan.cases if case.fault.is_of_desk}
        assert not of_desk or of_desk == {case.fault.name for case in plan.cases}


def test_every_kill_inside_a_process_has_somebody_whose_work_comes_to_it():
    for plan in rounds():
        if plan.kill.moment in INSIDE:
            assert {case.state for case in plan.cases} & COMES_TO[plan.kill.moment], plan.name


def test_a_kill_names_its_victims_or_its_place():
    for plan in rounds():
        assert bool(plan.kill.victims) is (plan.kill.moment in (Moment.SOON, Moment.HELD))
        assert plan.kill.moment in INSIDE or plan.kill.victims or plan.kill.moment is Moment.NEVER


def test_a_short_drill_takes_whole_rounds_from_the_front():
    chosen = first(10, rounds())

    assert chosen == rounds()[: len(chosen)]
    assert 10 <= sum(len(plan.cases) for plan in chosen) < 15


def test_at_least_twelve_guards_are_broken_each_with_rounds_that_exist():
    names = {plan.name for plan in rounds()}

    assert len(BREAKS) >= 12
    assert len({guard.target for guard in BREAKS.values()}) == len(BREAKS)
    assert [guard.name for guard in BREAKS.values() if not set(guard.rounds) <= names] == []
