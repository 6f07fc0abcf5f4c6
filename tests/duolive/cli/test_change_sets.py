"""Settings at the command line: the password for what raises risk, and the way back."""

from duolive.cli.password import GIVEN
from risk.settings_store import risk_settings_of
from signals.bot_settings import settings_of
from signals.contexts import pack_bars
from signals.models import SignalContext
from tests.risk.filters.bars import hours_of


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


def keep_a_signal(lockstep):
    """A decided signal that an entry now would short, whose volume delta was at its low."""
    signal = lockstep.signal(status="refused", reason_code="breaker")
    SignalContext.objects.create(
        signal=signal,
        entry_price=signal.price,
        bars_packed=pack_bars(hours=hours_of(sells=[1] * 24 + [9]), premiums=[]),
        taken_at=signal.found_at,
    )


def test_history_lists_every_version_with_what_it_changed(cli, lockstep):
    cli("config", "leverage=2", "--reason", "calmer")

    told = cli("config", "--history", "--json").json["versions"]

    assert [row["number"] for row in told] == [2, 1]
    assert (told[0]["author"], told[0]["reason"]) == ("cli", "calmer")
    assert told[0]["changes"] == {"leverage": {"before": 3, "after": 2}}
    assert "leverage 3 → 2" in cli("config", "--history").out


def test_a_preview_says_what_would_have_been_refused_and_changes_nothing(cli, lockstep):
    keep_a_signal(lockstep)

    shown = cli("config", "cvd_new_low_enabled=true", "--preview")
    told = cli("config", "stop_loss_pct=9", "--preview", "--json").json

    assert "would have refused 1 of 1 signals (now 0)" in shown.out
    assert "filter_cvd_new_low" in shown.out
    assert (told["loss_before"], told["loss_after"]) == ("108.00", "54.00")
    assert lockstep.bot.config_version.number == 1


def test_a_version_can_be_looked_at_before_it_comes_back(cli, lockstep):
    keep_a_signal(lockstep)
    cli("config", "leverage=1")

    told = cli("config", "--rollback", "1", "--preview", "--json").json

    assert (told["loss_before"], told["loss_after"], told["raised"]) == ("36.00", "108.00", ["leverage"])
    assert lockstep.bot.config_version.number == 2


def test_a_preview_of_what_is_not_allowed_is_refused_field_by_field(cli, lockstep):
    answer = cli("config", "leverage=126", "luck=1", "--preview", "--json")

    assert (answer.code, set(answer.json["errors"])) == (1, {"leverage", "luck"})
    assert "125" in answer.json["errors"]["leverage"]


def test_settings_out_of_range_are_refused_field_by_field_and_nothing_is_half_applied(cli, lockstep):
    answer = cli("config", "leverage=126", "luck=1", "max_positions=2", "--json")

    assert (answer.code, set(answer.json["errors"])) == (1, {"leverage", "luck"})
    assert "125" in answer.json["errors"]["leverage"]
    assert lockstep.bot.config_version.number == 1


def test_risk_settings_have_versions_reasons_and_a_way_back(cli, lockstep):
    cli("risk", "max_leverage=5", "--reason", "calmer")
    cli("risk", "max_leverage=4")

    back = cli("risk", "--rollback", "1")
    told = cli("risk", "--history", "--json").json["versions"]

    assert back.code == 0
    assert [(row["number"], row["reason"]) for row in told] == [(3, "back to version 1"), (2, ""), (1, "calmer")]
    assert told[0]["changes"] == {"max_leverage": {"before": 4, "after": 5}}
    assert risk_settings_of(lockstep.account).max_leverage == 5
    assert cli("risk", "--rollback", "9").code == 1
    assert cli("risk", "--rollback", "1", "max_leverage=3").code == 2


def test_only_risk_settings_that_raise_risk_ask_for_the_password(cli, lockstep, settings, monkeypatch):
    settings.TRADING_PASSWORD = "open sesame"

    assert cli("risk", "max_leverage=5").code == 0
    assert cli("risk", "max_leverage=6").code != 0
    assert cli("risk", "--rollback", "0").code != 0
    monkeypatch.setenv(GIVEN, "open sesame")

    assert cli("risk", "--rollback", "0").code == 0
    assert risk_settings_of(lockstep.account).max_leverage == 20


def test_risk_settings_can_be_previewed(cli, lockstep):
    keep_a_signal(lockstep)

    told = cli("risk", "max_leverage=2", "--preview", "--json").json

    assert (told["refused_after"], told["effects"][0]["after"]) == (1, "max_leverage")
    assert risk_settings_of(lockstep.account).max_leverage == 20
