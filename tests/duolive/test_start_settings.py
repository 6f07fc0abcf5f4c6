"""What is said about the surge bot when the desk starts, and what the desk says of its bots."""

from decimal import Decimal

import pytest

from duolive.cli.outcome import CommandError
from duolive.cli.password import GIVEN
from duolive.setup.start_settings import StartSettings, described
from signals.bot_settings import SettingsRefused, settings_of
from tests.factories import NOON, make_bot

pytestmark = pytest.mark.django_db


@pytest.fixture
def bot():
    return make_bot(auto_trade=False)


def said(*, margin: str | None = None, loss_limit: str | None = None, auto_trade: bool = False) -> StartSettings:
    return StartSettings(
        margin=None if margin is None else Decimal(margin),
        loss_limit=None if loss_limit is None else Decimal(loss_limit),
        auto_trade=auto_trade,
    )


def test_where_nothing_is_said_nothing_changes(bot):
    said().apply(bot, now=NOON)

    assert bot.config_versions.count() == 1
    assert not bot.auto_trade


def test_margin_and_loss_limit_become_a_version_of_the_settings(bot):
    said(margin="7.5", loss_limit="30").apply(bot, now=NOON)

    settings = settings_of(bot)
    assert (settings.live_fixed_margin_usdt, settings.daily_loss_limit_usdt) == (Decimal("7.5"), Decimal(30))
    assert (bot.config_version.number, bot.config_version.author) == (2, "start")
    assert not bot.auto_trade


def test_the_same_start_twice_makes_one_version(bot):
    for _ in range(2):
        said(margin="7.5").apply(bot, now=NOON)

    assert bot.config_versions.count() == 2


def test_a_bot_that_is_switched_on_stays_on_at_the_next_start(bot):
    said(auto_trade=True).apply(bot, now=NOON)
    said().apply(bot, now=NOON)

    bot.refresh_from_db()
    assert bot.auto_trade


def test_what_no_setting_may_be_is_refused_and_changes_nothing(bot):
    with pytest.raises(SettingsRefused, match="live_fixed_margin_usdt"):
        said(margin="20000", auto_trade=True).apply(bot, now=NOON)

    bot.refresh_from_db()
    assert bot.config_versions.count() == 1
    assert not bot.auto_trade


def test_more_risk_needs_the_trading_password(bot, settings, monkeypatch):
    settings.TRADING_PASSWORD = "open sesame"
    monkeypatch.setenv(GIVEN, "guessed")

    with pytest.raises(CommandError, match="wrong"):
        said(margin="50").apply(bot, now=NOON)
    monkeypatch.setenv(GIVEN, "open sesame")
    said(margin="50").apply(bot, now=NOON)

    assert settings_of(bot).live_fixed_margin_usdt == 50


def test_less_risk_never_waits_for_a_password(bot, settings, monkeypatch):
    settings.TRADING_PASSWORD = "open sesame"
    monkeypatch.delenv(GIVEN, raising=False)

    said(margin="2").apply(bot, now=NOON)

    assert settings_of(bot).live_fixed_margin_usdt == 2


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({}, "margin 5 USDT, leverage 3, at most 6 positions, daily loss limit 50 USDT"),
        ({"margin_mode": "percent", "margin_pct": "2"}, "margin 2 % of what is available, leverage 3"),
        ({"daily_loss_limit_usdt": "0"}, "NO LOSS LIMIT"),
    ],
)
def test_a_bot_is_described_by_what_bounds_it(values, line):
    text = described(make_bot(config=values))

    assert "auto-trade is on" in text
    assert line in text
