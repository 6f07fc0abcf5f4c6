"""Settings: validated as a whole, one version per change, nothing half applied."""

from datetime import timedelta
from typing import Any

import pytest

from desk.event_kinds import EventKind
from desk.models import Bot, ConfigVersion, Event
from signals.bot_settings import (
    SettingsRefused,
    change_settings,
    problem_of,
    readable_max_hold,
    set_auto_trade,
    settings_of,
)
from tests.factories import NOON, make_bot

pytestmark = pytest.mark.django_db


def change(bot: Bot, **changes: Any) -> ConfigVersion:
    return change_settings(bot, changes, author="anna", now=NOON, reason="tests")


def test_a_change_is_a_new_version_and_the_old_one_stays() -> None:
    bot = make_bot(config={"leverage": 5})

    version = change(bot, leverage=4, stop_loss_pct="12.5")

    assert (version.number, version.author, version.reason) == (2, "anna", "tests")
    assert (settings_of(bot).leverage, str(settings_of(bot).stop_loss_pct)) == (4, "12.5")
    assert bot.config_versions.get(number=1).values == {"leverage": 5}


def test_what_was_not_named_keeps_its_value() -> None:
    bot = make_bot(config={"leverage": 5, "max_positions": 2})

    change(bot, leverage=4)

    assert settings_of(bot).max_positions == 2


def test_one_wrong_field_refuses_them_all_and_says_which() -> None:
    bot = make_bot()

    with pytest.raises(SettingsRefused) as refused:
        change(bot, leverage=4, max_positions=999, margin_pct="-1", no_such_setting=1)

    assert set(refused.value.errors) == {"max_positions", "margin_pct", "no_such_setting"}
    assert settings_of(bot).leverage == 3
    assert bot.config_versions.count() == 1
    assert not Event.objects.exists()


@pytest.mark.parametrize("changes", [{}, {"leverage": 3}, {"margin_pct": "2"}])
def test_no_change_makes_no_version(changes: dict[str, Any]) -> None:
    bot = make_bot()

    version = change(bot, **changes)

    assert version.number == 1
    assert not Event.objects.exists()


def test_changing_only_the_margin_mode_is_a_change() -> None:
    bot = make_bot()

    assert change(bot, margin_mode="percent").number == 2


def test_what_changed_is_told_with_both_values() -> None:
    bot = make_bot()

    change(bot, leverage=4)

    event = Event.objects.get(kind=EventKind.SETTINGS_CHANGED)
    assert event.bot == bot
    assert (event.facts["number"], event.facts["author"], event.facts["changes"]) == (2, "anna", "leverage 3 → 4")


def test_the_switch_is_told_when_it_moves_and_only_then() -> None:
    bot = make_bot(auto_trade=False)

    moved = [set_auto_trade(bot, is_on=is_on, author="anna", now=NOON) for is_on in (True, True, False)]

    told = Event.objects.filter(kind=EventKind.SWITCHED).order_by("id")
    assert moved == [True, False, True]
    assert [event.facts["state"] for event in told] == ["on", "off"]
    assert not Bot.objects.get().auto_trade


def test_an_unknown_strategy_names_those_there_are() -> None:
    bot = make_bot(strategy="no_such_strategy")

    with pytest.raises(LookupError, match="surge_short"):
        settings_of(bot)


def test_a_version_that_is_valid_has_no_problem() -> None:
    assert problem_of(make_bot().config_version) == ""


def test_the_problem_of_a_version_names_the_field() -> None:
    assert problem_of(make_bot(config={"leverage": 999}).config_version).startswith("leverage: ")


@pytest.mark.parametrize(
    ("versions", "hours"),
    [
        ([{"max_hold_hours": 5, "leverage": 999}], 5),
        ([{"max_hold_hours": 9}, {"max_hold_hours": 100_000}], 9),
        ([{"max_hold_hours": "x"}, {"max_hold_hours": None}], 72),
        ([{"max_hold_hours": 9}, {"leverage": 999}], 72),
        ([{"max_hold_hours": 9}, ["no mapping"]], 9),
    ],
    ids=["its own", "the one before", "the default", "left out", "no mapping"],
)
def test_the_time_limit_is_the_last_that_can_be_read(versions: list[Any], hours: int) -> None:
    bot = make_bot(config=versions[0])
    for number, values in enumerate(versions[1:], start=2):
        bot.config_versions.create(number=number, values=values, author="tests")

    assert readable_max_hold(bot.config_version) == timedelta(hours=hours)
