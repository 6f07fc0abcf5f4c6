"""Changing settings in the admin: refused field by field, all or nothing, the password where risk rises."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from desk.roles import Role, give_role
from risk.models import RiskVersion
from risk.settings_store import risk_settings_of
from signals.bot_settings import settings_of
from tests import factories
from tests.risk.filters.bars import hours_of


@pytest.fixture
def bot(db):
    return factories.make_bot(name="surge")


def staff_of(role: Role) -> Client:
    person = User.objects.create_user("anna", password="anna-password", is_staff=True)
    give_role(person, role)
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def staff(db):
    return staff_of(Role.OWNER)


def of_bot(bot):
    return f"/admin/settings/bot/{bot.pk}/"


def of_account(bot):
    return f"/admin/settings/account/{bot.account_id}/"


def test_a_bots_settings_are_shown_with_their_ranges_and_changed_as_a_version(staff, bot):
    shown = staff.get(of_bot(bot)).content.decode()
    answer = staff.post(of_bot(bot), {"changes": "leverage=2\nmax_positions = 3", "reason": "calmer", "save": ""})

    version = bot.config_version
    assert "<td>leverage</td><td>3</td><td>3</td><td>1</td><td>125</td>" in shown
    assert answer.status_code == 302
    assert (version.number, version.author, version.reason) == (2, "anna", "calmer")
    assert (settings_of(bot).leverage, settings_of(bot).max_positions) == (2, 3)


def test_lists_are_written_as_json(staff, bot):
    staff.post(of_bot(bot), {"changes": 'buy_sell_ratio_danger_ranges=[["0.9", "1.2"]]', "save": ""})
    staff.post(of_account(bot), {"changes": 'symbol_deny=["DOGEUSDT"]', "save": ""})

    assert settings_of(bot).model_dump(mode="json")["buy_sell_ratio_danger_ranges"] == [["0.9", "1.2"]]
    assert risk_settings_of(bot.account).symbol_deny == ("DOGEUSDT",)


def test_settings_out_of_range_are_refused_field_by_field_and_nothing_is_half_applied(staff, bot):
    answer = staff.post(of_bot(bot), {"changes": "leverage=126\nluck=1\nmax_positions=2", "save": ""})

    told = answer.content.decode()
    assert answer.status_code == 400
    assert 'data-name="leverage"' in told
    assert 'data-name="luck"' in told
    assert 'data-name="max_positions"' not in told
    assert "125" in told.split('data-name="leverage"')[1].split("</li>")[0]
    assert bot.config_versions.count() == 1


def test_risk_settings_out_of_range_are_refused_likewise(staff, bot):
    answer = staff.post(of_account(bot), {"changes": "max_leverage=126\nluck=1\nmax_adds=1", "save": ""})

    assert answer.status_code == 400
    assert 'data-name="max_leverage"' in answer.content.decode()
    assert not RiskVersion.objects.exists()


def test_a_line_that_is_no_setting_is_refused(staff, bot):
    answer = staff.post(of_bot(bot), {"changes": "leverage 2", "save": ""})

    assert answer.status_code == 400
    assert bot.config_versions.count() == 1


def test_a_preview_changes_nothing(staff, bot):
    signal = factories.make_signal(bot, status="refused", reason_code="breaker")
    factories.make_context(signal, hours=hours_of(sells=[1] * 24 + [9]))

    told = staff.post(of_bot(bot), {"changes": "cvd_new_low_enabled=true", "preview": ""}).content.decode()

    assert "would have refused 1 of 1, now 0" in told
    assert "2.70 → – USDT" in told
    assert bot.config_versions.count() == 1


def test_what_raises_risk_needs_the_password_and_what_lowers_it_does_not(staff, bot, locked):
    lowered = staff.post(of_bot(bot), {"changes": "leverage=2", "save": ""})
    refused = staff.post(of_bot(bot), {"changes": "leverage=3", "save": ""})
    wrong = staff.post(of_bot(bot), {"changes": "leverage=3", "trading_password": "no", "save": ""})
    raised = staff.post(of_bot(bot), {"changes": "leverage=3", "trading_password": locked, "save": ""})
    of_risk = staff.post(of_account(bot), {"changes": "max_leverage=30", "save": ""})

    assert [answer.status_code for answer in (lowered, refused, wrong, raised, of_risk)] == [302, 403, 403, 302, 403]
    assert settings_of(bot).leverage == 3
    assert not RiskVersion.objects.exists()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.TRADER])
def test_only_an_owner_changes_settings_here(bot, role):
    client = staff_of(role)

    assert client.get(of_bot(bot)).status_code == 403
    assert client.post(of_account(bot), {"changes": "max_leverage=2", "save": ""}).status_code == 403
    assert not RiskVersion.objects.exists()


def test_strangers_are_sent_to_the_login_and_forged_posts_refused(bot):
    anna = User.objects.create_user("anna", is_staff=True)
    give_role(anna, Role.OWNER)
    forged = Client(enforce_csrf_checks=True)
    forged.force_login(anna)

    assert Client().get(of_bot(bot)).status_code == 302
    assert forged.post(of_bot(bot), {"changes": "leverage=2", "save": ""}).status_code == 403
    assert bot.config_versions.count() == 1


def test_settings_of_another_environment_are_not_there(staff, db):
    other = factories.make_bot(factories.make_account(environment="live"))

    assert staff.get(of_bot(other)).status_code == 404
    assert staff.get(of_account(other)).status_code == 404


def test_the_lists_of_bots_and_accounts_lead_there(staff, bot):
    assert of_bot(bot) in staff.get("/admin/desk/bot/").content.decode()
    assert of_account(bot) in staff.get("/admin/desk/account/").content.decode()
