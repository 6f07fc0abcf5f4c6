"""Change sets: what changed, what raises risk, and a way back that restores the very same verdicts."""

from typing import Any

import pytest

from desk.models import Bot
from risk.filters import run_filters
from risk.filters.context import FilterContext
from risk.verdict import Verdict
from signals.bot_settings import SettingsRefused, change_settings, settings_of
from tests.factories import NOON, make_bot
from trading.change_sets import UnknownVersion, diff_of, raised_by, roll_back

pytestmark = pytest.mark.django_db


def change(bot: Bot, **changes: Any) -> None:
    change_settings(bot, changes, author="anna", now=NOON, reason="tests")


def verdicts(bot: Bot) -> list[list[Verdict]]:
    """What the bot's filters say of three signals that drifted differently far."""
    chosen: Any = settings_of(bot)
    contexts = [
        FilterContext(symbol="DOTUSDT", signal_price=settings_of(bot).margin_pct * 0 + 100, entry_price=price)
        for price in map(type(settings_of(bot).margin_pct), (96, 105, 112))
    ]
    return [run_filters(chosen.filters(), context) for context in contexts]


def test_a_version_tells_what_it_changed() -> None:
    bot = make_bot()
    change(bot, leverage=5, stop_loss_pct="12.5")

    assert diff_of(bot.config_version) == {"leverage": (3, 5), "stop_loss_pct": ("18", "12.5")}


def test_rolling_back_restores_the_same_verdicts_in_a_new_version() -> None:
    bot = make_bot()
    before, settings = verdicts(bot), settings_of(bot)
    change(bot, entry_gain_max_pct="4", entry_gain_min_pct="-5")
    assert verdicts(bot) != before

    version = roll_back(bot, 1, author="anna", now=NOON)

    assert (version.number, version.reason) == (3, "back to version 1")
    assert verdicts(bot) == before
    assert settings_of(bot) == settings


def test_a_version_that_never_was_cannot_come_back() -> None:
    bot = make_bot()

    with pytest.raises(UnknownVersion):
        roll_back(bot, 9, author="anna", now=NOON)

    assert bot.config_versions.count() == 1


@pytest.mark.parametrize(
    ("changes", "raised"),
    [
        ({"leverage": 2, "max_positions": 3}, ()),
        ({"leverage": 4, "max_positions": 3}, ("leverage",)),
        ({"daily_loss_limit_usdt": "0"}, ("daily_loss_limit_usdt",)),
        ({"daily_loss_limit_usdt": "20"}, ()),
        ({"enable_risk_filters": False}, ("enable_risk_filters",)),
        ({"surge_threshold": "12"}, ()),
        ({"cvd_new_low_enabled": True, "filter_missing_data": "reject"}, ()),
        ({"entry_gain_enabled": False}, ("entry_gain_enabled",)),
        ({"entry_gain_max_pct": "5", "entry_gain_min_pct": "-2"}, ()),
        ({"entry_gain_max_pct": "12", "entry_gain_min_pct": "-4"}, ("entry_gain_max_pct", "entry_gain_min_pct")),
        ({"cvd_lookback_hours": 12}, ("cvd_lookback_hours",)),
        ({"max_hold_hours": 10}, ("max_hold_hours",)),
        ({"leverage": 3}, ()),
    ],
)
def test_what_raises_risk_is_named(changes: dict[str, Any], raised: tuple[str, ...]) -> None:
    assert raised_by(make_bot(), changes) == raised


def test_a_limit_that_was_off_may_be_switched_on_without_waiting() -> None:
    assert raised_by(make_bot(config={"daily_loss_limit_usdt": "0"}), {"daily_loss_limit_usdt": "30"}) == ()


def test_what_is_not_allowed_is_refused_before_it_is_judged() -> None:
    with pytest.raises(SettingsRefused) as refused:
        raised_by(make_bot(), {"leverage": 500, "luck": 1})

    assert set(refused.value.errors) == {"leverage", "luck"}
