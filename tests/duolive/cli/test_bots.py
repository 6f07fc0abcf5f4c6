"""``config`` and ``auto-trade``."""

from types import SimpleNamespace

import pytest
from structlog.testing import capture_logs

from desk.event_kinds import EventKind
from desk.models import Event
from exchange.errors import ExchangeUnavailable
from tests.factories import NOON, make_account, make_bot, make_event

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def market_clock(monkeypatch):
    monkeypatch.setattr("duolive.cli.bots.clock", lambda: SimpleNamespace(now=lambda: NOON))


@pytest.fixture
def bot():
    return make_bot(name="surge", config={"leverage": 3})


def test_config_shows_every_setting(cli, bot):
    answer = cli("config")
    settings = cli("config", "--json").json["settings"]

    assert "surge, version 1" in answer.out
    assert "max_positions" in answer.out
    assert (settings["leverage"], settings["surge_threshold"], settings["stop_loss_pct"]) == (3, "10", "18")


def test_config_shows_those_that_are_named(cli, bot):
    assert cli("config", "leverage", "max_positions", "--json").json["settings"] == {"leverage": 3, "max_positions": 6}


def test_config_changes_into_a_new_version(cli, bot):
    answer = cli("config", "leverage=2", "surge_threshold=12.5", "--json")

    assert answer.json == {"bot": "surge", "version": 2, "settings": {"leverage": 2, "surge_threshold": "12.5"}}
    assert bot.config_version.author == "cli"
    told = Event.objects.get(kind=EventKind.SETTINGS_CHANGED).facts["changes"]
    assert "leverage 3 → 2" in told


def test_decimals_stay_exact(cli, bot):
    cli("config", "live_fixed_margin_usdt=5.10")

    assert bot.config_version.values["live_fixed_margin_usdt"] == "5.10"


def test_a_switch_among_the_settings_is_a_word(cli, bot):
    assert cli("config", "stop_loss_cooldown=false", "--json").json["settings"] == {"stop_loss_cooldown": False}


def test_refusals_name_each_field_and_nothing_is_changed(cli, bot):
    answer = cli("config", "leverage=0", "max_positions=many", "margin_pct=3")
    as_json = cli("config", "leverage=0", "no_such=1", "--json")

    assert answer.code == 1
    assert answer.err.splitlines()[0] == "Nothing was changed."
    assert any(line.startswith("leverage: ") for line in answer.err.splitlines())
    assert any(line.startswith("max_positions: ") for line in answer.err.splitlines())
    assert as_json.json["errors"].keys() == {"leverage", "no_such"}
    assert bot.config_version.number == 1


def test_a_setting_that_does_not_exist_cannot_be_shown(cli, bot):
    answer = cli("config", "no_such")

    assert answer.code == 1
    assert "no setting no_such" in answer.err


def test_the_same_value_makes_no_version(cli, bot):
    cli("config", "leverage=3")

    assert bot.config_version.values == {"leverage": 3}


def test_a_bot_may_be_named(cli, bot):
    make_bot(bot.account, name="other", config={"leverage": 9})

    assert cli("config", "leverage", "--bot", "other", "--json").json["settings"] == {"leverage": 9}


def test_an_unknown_bot_is_refused_and_the_known_ones_are_named(cli, bot):
    answer = cli("config", "--bot", "nobody")

    assert answer.code == 1
    assert answer.err.strip() == "No bot is called 'nobody'. There are: surge."


@pytest.mark.parametrize("command", ["config", "auto-trade"])
def test_bots_of_other_environments_are_not_seen(cli, command):
    make_account()
    make_bot(make_account(environment="live"), name="real")

    assert "real" not in cli(command).out
    assert cli(command, "--bot", "real").code == 1


def test_auto_trade_shows_how_every_bot_stands(cli, bot):
    make_bot(bot.account, name="other", auto_trade=False)

    assert cli("auto-trade").out.splitlines() == ["surge: auto-trade is on.", "other: auto-trade is off."]
    assert not Event.objects.exists()


@pytest.mark.parametrize("state", ["on", "off"])
def test_auto_trade_switches(cli, state):
    bot = make_bot(name="surge", auto_trade=state == "off")

    answer = cli("auto-trade", state, "--json")

    bot.refresh_from_db()
    assert answer.json == {"bots": [{"bot": "surge", "auto_trade": state == "on"}]}
    assert bot.auto_trade == (state == "on")
    assert Event.objects.get().facts == {"state": state, "author": "cli"}


def test_auto_trade_twice_is_no_second_event(cli, bot):
    cli("auto-trade", "off")
    cli("auto-trade", "off")

    assert Event.objects.filter(kind=EventKind.SWITCHED).count() == 1


def test_auto_trade_goes_off_while_the_exchange_does_not_answer(cli, bot, monkeypatch):
    def down() -> None:
        raise ExchangeUnavailable("down")

    monkeypatch.setattr("duolive.cli.bots.clock", down)
    make_event()

    assert cli("auto-trade", "off").code == 0
    bot.refresh_from_db()
    assert not bot.auto_trade


def test_auto_trade_knows_on_and_off_only(cli, bot):
    assert cli("auto-trade", "maybe").code == 2


def test_a_change_keeps_every_other_setting(cli, bot):
    before = cli("config", "--json").json["settings"]
    cli("config", "surge_threshold=12.5", "entry_gain_enabled=false")
    cli("config", "leverage=2")

    after = cli("config", "--json").json["settings"]

    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {"surge_threshold", "entry_gain_enabled", "leverage"}
    assert after["surge_threshold"] == "12.5"


def test_reading_settings_again_and_again_writes_no_log(cli, bot):
    with capture_logs() as logs:
        for _ in range(3):
            cli("config")

    assert logs == []


def test_a_changed_leverage_is_that_of_the_next_entry(cli, lockstep):
    cli("config", "leverage=2")

    assert lockstep.enter().leverage == 2
