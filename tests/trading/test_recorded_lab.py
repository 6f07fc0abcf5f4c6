"""The lab over the desk's own signals: kept hours, trades that were made, and the shadows of those that were not."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from desk.models import Bot
from signals.models import Signal
from tests import factories
from tests.factories import NOON
from tests.risk.filters.bars import hours_of
from trading.recorded_lab import recorded_lab, shadows_of

pytestmark = pytest.mark.django_db
D = Decimal
START, END = NOON - timedelta(days=30), NOON + timedelta(hours=1)
RISING, FALLING = hours_of(buys=[1] * 24 + [9]), hours_of(sells=[1] * 24 + [9])


def refused(bot: Bot, code: str, *, decided_at: datetime) -> Signal:
    return factories.make_signal(bot, status="refused", reason_code=code, found_at=NOON, decided_at=decided_at)


@pytest.fixture
def bot() -> Bot:
    """Three signals: one entered that won, one refused that would have lost, one refused and still followed."""
    bot = factories.make_bot(config={"cvd_new_low_enabled": True})
    won = factories.make_signal(bot, status="entered", found_at=NOON)
    factories.make_context(won, hours=RISING)
    factories.make_closed_position(bot, signal=won, case=won.case)
    lost = factories.make_signal(
        bot, status="refused", reason_code="filter_cvd_new_low", found_at=NOON, decided_at=NOON
    )
    factories.make_context(lost, hours=FALLING)
    factories.make_shadow(lost, exit_price=D("10.03"), result=D("-18.5"))
    followed = factories.make_signal(
        bot, status="refused", reason_code="max_positions", found_at=NOON, decided_at=NOON - timedelta(hours=1)
    )
    factories.make_context(followed, hours=RISING)
    factories.make_shadow(followed)
    return bot


def test_trades_and_shadows_stand_in_one_table(bot: Bot) -> None:
    lab = recorded_lab(bot, start=START, end=END, largest=1)

    assert lab is not None
    row = next(row for row in lab.rows if row.filters == ("cvd_new_low",))
    assert (lab.signals, lab.judged, lab.known, lab.still_open) == (3, 3, 2, 1)
    assert (row.refused, row.passed, row.refused_wins) == (1, 2, 0)
    assert row.refused_result == 1 - D("10.03") / D("8.5")
    assert row.passed_result == 1 - D("8.25") / D("8.5")


def test_no_filter_and_the_filters_in_force_are_told_beside(bot: Bot) -> None:
    lab = recorded_lab(bot, start=START, end=END, largest=1)

    assert lab is not None
    assert (lab.unfiltered.filters, lab.unfiltered.refused) == ((), 0)
    assert (lab.current.filters, lab.current.refused) == (("entry_gain", "cvd_new_low", "entry_gain_min"), 1)


def test_every_filter_has_a_row_and_combinations_have_theirs(bot: Bot) -> None:
    alone = recorded_lab(bot, start=START, end=END, largest=1)
    pairs = recorded_lab(bot, start=START, end=END, largest=2)

    assert alone is not None
    assert pairs is not None
    assert {row.filters for row in alone.rows} == {(name,) for name in alone.names}
    assert len(pairs.rows) == len(alone.names) * (len(alone.names) + 1) // 2


def test_signals_without_kept_hours_and_of_other_times_do_not_count(bot: Bot) -> None:
    factories.make_signal(bot, status="refused", reason_code="breaker", found_at=NOON)
    old = factories.make_signal(bot, status="refused", reason_code="breaker", found_at=START - timedelta(hours=1))
    factories.make_context(old, hours=RISING)
    factories.make_context(factories.make_signal(status="entered", found_at=NOON), hours=RISING)

    lab = recorded_lab(bot, start=START, end=END, largest=1)

    assert lab is not None
    assert (lab.signals, lab.judged) == (4, 3)


def test_a_filter_without_its_data_is_counted_as_such(bot: Bot) -> None:
    lab = recorded_lab(bot, start=START, end=END, largest=1)

    assert lab is not None
    missing = {row.filters[0]: row.unavailable for row in lab.rows}
    assert (missing["basis"], missing["basis_change_24h"], missing["cvd_new_low"]) == (3, 3, 0)


def test_a_bot_without_filters_has_no_lab() -> None:
    assert recorded_lab(factories.make_bot(strategy="manual"), start=START, end=END, largest=1) is None


def test_shadows_are_listed_newest_first(bot: Bot) -> None:
    assert [shadow.refused_by for shadow in shadows_of(bot, start=START, end=END)] == [
        "filter_cvd_new_low",
        "max_positions",
    ]
