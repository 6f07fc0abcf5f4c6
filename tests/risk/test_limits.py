"""Entry limits: at, below and above each threshold, and which of several speaks."""

from dataclasses import replace
from decimal import Decimal

import pytest

from risk.limits import EntryLimits, Holdings, LimitCode, refusal

FREE = Holdings(symbol_held=False, symbol_unresolved=False, positions=0, entries_today=0)

LIMITS = EntryLimits(max_positions=6, max_entries_per_day=2, daily_loss=Decimal(50), stop_loss_cooldown=True)


def code(holdings: Holdings) -> LimitCode | None:
    stopped_by = refusal(holdings, LIMITS)
    return stopped_by.code if stopped_by else None


def test_an_empty_desk_may_enter() -> None:
    assert code(FREE) is None


@pytest.mark.parametrize(
    ("positions", "expected"), [(5, None), (6, LimitCode.MAX_POSITIONS), (7, LimitCode.MAX_POSITIONS)]
)
def test_positions_are_limited(positions: int, expected: LimitCode | None) -> None:
    assert code(replace(FREE, positions=positions)) is expected


@pytest.mark.parametrize(
    ("entries", "expected"), [(1, None), (2, LimitCode.MAX_ENTRIES_PER_DAY), (3, LimitCode.MAX_ENTRIES_PER_DAY)]
)
def test_entries_of_a_day_are_limited(entries: int, expected: LimitCode | None) -> None:
    assert code(replace(FREE, entries_today=entries)) is expected


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        ("symbol_held", LimitCode.SYMBOL_HELD),
        ("symbol_unresolved", LimitCode.SYMBOL_UNRESOLVED),
    ],
)
def test_a_symbol_that_is_taken_is_refused(fact: str, expected: LimitCode) -> None:
    assert code(replace(FREE, **{fact: True})) is expected


def test_what_is_told_names_value_and_limit() -> None:
    stopped_by = refusal(replace(FREE, positions=6), LIMITS)

    assert str(stopped_by) == "max_positions (6, limit 6)"


def test_the_held_symbol_speaks_before_the_counts() -> None:
    assert code(replace(FREE, symbol_held=True, positions=9, entries_today=9)) is LimitCode.SYMBOL_HELD


@pytest.mark.parametrize(
    ("result", "expected"), [("-50", LimitCode.DAILY_LOSS), ("-49.99", None), ("-50.01", LimitCode.DAILY_LOSS)]
)
def test_the_loss_of_a_day_is_limited(result: str, expected: LimitCode | None) -> None:
    assert code(replace(FREE, result_today=Decimal(result))) is expected


def test_a_daily_loss_limit_of_zero_is_off() -> None:
    assert refusal(replace(FREE, result_today=Decimal(-9999)), replace(LIMITS, daily_loss=Decimal(0))) is None


def test_a_stopped_out_symbol_rests_for_the_day_where_the_setting_says_so() -> None:
    stopped = replace(FREE, stopped_out_today=True)

    assert code(stopped) is LimitCode.STOP_LOSS_COOLDOWN
    assert refusal(stopped, replace(LIMITS, stop_loss_cooldown=False)) is None
