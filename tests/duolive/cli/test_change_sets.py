"""Settings at the command line: the password for what raises risk, and the way back."""

from duolive.cli.password import GIVEN
from signals.bot_settings import settings_of


def test_only_what_raises_risk_asks_for_the_password(cli, lockstep, settings, monkeypatch):
    settings.TRADING_PASSWORD = "open sesame"

    assert cli("config", "leverage=2", "--reason", "calmer").code == 0
    refused = cli("config", "leverage=5")
    monkeypatch.setenv(GIVEN, "open sesame")

    assert refused.code != 0
    assert settings_of(lockstep.bot).leverage == 2
    assert lockstep.bot.config_version.reason == "calmer"
    assert cli("config", "leverage=5").code == 0


def test_a_version_comes_back(cli, lockstep):
    before = settings_of(lockstep.bot)
    cli("config", "leverage=2")

    assert cli("config", "--rollback", "1").code == 0

    assert settings_of(lockstep.bot) == before
    assert lockstep.bot.config_version.number == 3


def test_a_version_that_never_was_is_told(cli, lockstep):
    answer = cli("config", "--rollback", "9")

    assert answer.code == 1
    assert "has no version 9" in answer.err


def test_rolling_back_and_changing_at_once_is_refused_as_a_whole(cli, lockstep):
    cli("config", "leverage=2")

    assert cli("config", "--rollback", "1", "max_positions=2").code == 2
    assert lockstep.bot.config_version.number == 2
