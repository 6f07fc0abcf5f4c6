"""Settings and switches over the API."""

import pytest

from desk.models import Event
from tests import factories


@pytest.fixture(autouse=True)
def bot(db):
    return factories.make_bot(name="surge")


@pytest.fixture
def answer(visitor):
    def get(path: str):
        response = visitor.get(f"/api/v1/{path}")
        assert response.status_code == 200, response.content
        return response.json()

    return get


def test_every_setting_is_given_with_its_range(answer, bot):
    config = answer("config")

    fields = {row["name"]: row for row in config["settings"]}
    assert (config["version"], config["bot"]["name"]) == (1, "surge")
    assert set(fields) == set(config["values"])
    assert (fields["leverage"]["type"], fields["leverage"]["minimum"], fields["leverage"]["maximum"]) == (
        "whole",
        "1",
        "125",
    )
    assert fields["stop_loss_pct"]["is_minimum_exclusive"] is True
    assert fields["margin_mode"]["choices"] == {
        "fixed": "fixed sum",
        "percent": "share of the balance",
        "half_kelly": "half Kelly",
        "atr_risk": "risk by true range",
        "volatility": "share by volatility",
    }
    assert fields["buy_sell_ratio_danger_ranges"]["value"] == [["0.94", "1.12"]]


def test_every_setting_has_its_words(answer):
    assert [row["name"] for row in answer("config")["settings"] if row["group"] == "other"] == []


def test_a_subset_makes_the_next_version(post, answer, bot):
    changed = post("config", {"leverage": 5, "stop_loss_pct": "12.5", "reason": "calmer"})

    versions = answer("config/versions")
    assert changed.status_code == 200, changed.content
    assert changed.json()["version"] == 2
    assert (changed.json()["values"]["leverage"], changed.json()["values"]["stop_loss_pct"]) == (5, "12.5")
    assert [(row["number"], row["author"], row["reason"]) for row in versions] == [
        (2, "demo", "calmer"),
        (1, "tests", ""),
    ]


def test_no_change_makes_no_version(post):
    assert post("config", {"leverage": 3}).json()["version"] == 1


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"leverage": 0}, ["leverage"]),
        ({"leverage": 200, "max_positions": 99}, ["leverage", "max_positions"]),
        ({"margin_mode": "all"}, ["margin_mode"]),
        ({"buy_sell_ratio_danger_ranges": [["2", "1"]]}, ["buy_sell_ratio_danger_ranges"]),
        ({"no_such_setting": 1}, ["no_such_setting"]),
        ({"intraday_buy_ratio_enabled": True}, ["settings"]),
    ],
)
def test_settings_out_of_range_are_refused_field_by_field(post, answer, changes, fields):
    refused = post("config", changes)

    assert refused.status_code == 400
    assert list(refused.json()["errors"]) == fields
    assert answer("config")["version"] == 1


def test_settings_that_were_changed_meanwhile_are_not_overwritten(post):
    post("config", {"leverage": 5, "version": 1})

    assert post("config", {"leverage": 7, "version": 1}).status_code == 409


def test_a_bot_is_named_by_its_id(post, answer, bot):
    other = factories.make_bot(bot.account, strategy="manual", name="hand")

    assert answer(f"config?bot={other.pk}")["bot"]["name"] == "hand"
    assert answer("config")["bot"]["name"] == "surge"
    assert post("config?bot=77", {}).status_code == 404
    assert post("config?bot=x", {}).status_code == 400


def test_the_switch_turns_and_is_told(post, bot):
    off = post("auto-trade", {"enabled": False})
    on = post("auto-trade", {"enabled": True, "bot": bot.pk})

    assert (off.json()["enabled"], on.json()["enabled"]) == (False, True)
    assert [event.facts["state"] for event in Event.objects.filter(kind="switched").order_by("id")] == ["off", "on"]


def test_switching_off_never_needs_the_password(post, locked, bot):
    assert post("auto-trade", {"enabled": False}).status_code == 200
    assert post("auto-trade", {"enabled": True}).status_code == 403
    assert post("auto-trade", {"enabled": True, "trading_password": locked}).status_code == 200


def test_the_audit_names_who_changed_what(post, answer):
    post("config", {"leverage": 5})
    post("auto-trade", {"enabled": False})

    told = answer("audit")

    assert [row["kind"] for row in told] == ["switched", "settings_changed"]
    assert all("demo" in row["sentence"] for row in told)
