"""Breaker, limits and emergency stop over the API."""

from typing import Any

import pytest
from django.test import Client

from desk.event_kinds import EventKind
from desk.models import Account, Bot, Event
from risk import breaker_store
from risk.breaker import count_api, stop_at_once
from risk.breaker_store import tier_of, version_of
from risk.limits import LimitCode
from risk.models import RiskVersion
from risk.states import Tier
from tests import factories
from tests.factories import NOON
from trading.core.states import PositionStatus
from trading.models import Position

STOP = {"reason": "the news", "confirm": True}


@pytest.fixture(autouse=True)
def bot(db: None) -> Bot:
    return factories.make_bot(name="surge")


@pytest.fixture
def account(bot: Bot) -> Account:
    return bot.account


@pytest.fixture
def answer(visitor: Client) -> Any:
    def get(path: str) -> Any:
        response = visitor.get(f"/api/v1/{path}")
        assert response.status_code == 200, response.content
        return response.json()

    return get


def halt(account: Account) -> int:
    breaker_store.change(account, lambda breaker, _row: stop_at_once(breaker, now=NOON))
    return version_of(account)


def test_an_untouched_breaker_is_active(answer: Any) -> None:
    circuit = answer("circuit")

    assert (circuit["tier"], circuit["trips"], circuit["last_stop"]) == ("active", [], None)


def test_limits_are_told_with_value_and_limit(answer: Any, bot: Bot) -> None:
    factories.make_protected_position(bot)

    uses = {row["code"]: row for row in answer("risk")["limits"]}

    assert (uses["max_positions"]["value"], uses["max_positions"]["limit"]) == ("1", "6")
    assert (uses["total_exposure"]["value"], uses["total_exposure"]["unit"]) == ("9.90", "%")
    assert uses["max_positions"]["used_pct"] == "16.7"


def test_every_reason_code_is_in_the_schema(visitor: Client) -> None:
    schema = visitor.get("/api/schema/").content.decode()

    assert [code for code in LimitCode if code.value not in schema] == []


def test_settings_change_as_a_version_or_not_at_all(post: Any, answer: Any, account: Account) -> None:
    refused = post("risk", {"max_leverage": 126, "max_position_pct": "20", "no_such": 1})
    taken = post("risk", {"max_position_pct": "20", "reason": "smaller"})

    assert refused.status_code == 400
    assert set(refused.json()["errors"]) == {"max_leverage", "no_such"}
    assert "125" in refused.json()["errors"]["max_leverage"]
    assert (taken.status_code, taken.json()["settings_version"]) == (200, 1)
    row = RiskVersion.objects.get()
    assert (row.values["max_position_pct"], row.reason, row.author) == ("20", "smaller", "demo")
    ranges = {row["name"]: (row["minimum"], row["maximum"]) for row in answer("risk")["settings"]}
    assert ranges["max_leverage"] == ("1", "125")


def test_every_risk_setting_has_its_words(answer: Any) -> None:
    rows = answer("risk")["settings"]

    assert [row["name"] for row in rows if row["group"] == "other" or "_" in row["label"]] == []
    assert len({row["label"] for row in rows}) == len(rows)


@pytest.mark.parametrize(("ending", "unit"), [("_pct", "%"), ("_usdt", "USDT"), ("_minutes", "min"), ("_hours", "h")])
def test_the_unit_of_a_risk_setting_is_that_of_its_name(answer: Any, ending: str, unit: str) -> None:
    rows = answer("risk")["settings"]

    assert {row["unit"] for row in rows if row["name"].endswith(ending)} == {unit}


def test_risk_settings_are_entered_as_what_they_are(answer: Any) -> None:
    fields = {row["name"]: row for row in answer("risk")["settings"]}

    assert fields["crash_flatten"]["type"] == "switch"
    assert fields["exposure_basis"]["choices"] == {"notional": "quantity × price", "margin": "margin"}
    assert (fields["crash_symbols"]["type"], fields["crash_symbols"]["value"]) == ("symbols", ["BTCUSDT"])


def test_a_tier_that_the_settings_refuse_is_not_offered(answer: Any) -> None:
    tiers = {row["name"]: set(row["choices"]) for row in answer("risk")["settings"] if row["name"].endswith("_tier")}

    assert len(tiers) == 9
    assert all(offered == {"reduced", "close_only", "halted"} for offered in tiers.values())


def test_risk_settings_are_named_in_the_readers_language(visitor: Client) -> None:
    response = visitor.get("/api/v1/risk", headers={"Accept-Language": "zh-hans"})

    fields = {row["name"]: row for row in response.json()["settings"]}
    assert fields["delisting_hours"]["unit"] == "小时"


def test_a_version_that_is_old_by_now_is_refused(post: Any) -> None:
    post("risk", {"max_position_pct": "20"})

    assert post("risk", {"max_position_pct": "30", "version": 0}).status_code == 409


def test_a_reset_needs_reason_confirmation_and_the_version_that_was_seen(post: Any, account: Account) -> None:
    seen = halt(account)

    without = [
        post("circuit/reset", {"version": seen, "confirm": True}),
        post("circuit/reset", {"version": seen, "reason": "looked at it"}),
        post("circuit/reset", {"version": seen, "reason": "looked at it", "confirm": False}),
        post("circuit/reset", {"version": seen + 1, "reason": "looked at it", "confirm": True}),
    ]
    still = tier_of(account)
    done = post("circuit/reset", {"version": seen, "reason": "looked at it", "confirm": True})

    assert [response.status_code for response in without] == [400, 400, 400, 409]
    assert (still, done.json()["tier"]) == (Tier.HALTED, "active")


def test_the_password_guards_what_takes_risk_back_and_what_closes(post: Any, account: Account, locked: str) -> None:
    seen = halt(account)
    wish = {"version": seen, "reason": "looked at it", "confirm": True}

    assert post("circuit/reset", wish).status_code == 403
    assert post("emergency-stop", STOP).status_code == 403
    assert post("start").status_code == 403
    assert post("risk", {"max_leverage": 21}).status_code == 403
    assert post("risk", {"max_leverage": 3}).status_code == 200
    assert post("circuit/reset", wish | {"trading_password": locked}).status_code == 200


def test_an_emergency_stop_halts_and_asks_for_every_close(post: Any, bot: Bot, account: Account) -> None:
    held = factories.make_protected_position(bot, symbol="DOTUSDT")

    response = post("emergency-stop", STOP)

    held.refresh_from_db()
    report = response.json()["last_stop"]
    assert response.status_code == 202
    assert (tier_of(account), held.status) == (Tier.HALTED, PositionStatus.CLOSING)
    assert [(row["symbol"], row["is_closed"], row["is_protected"]) for row in report["results"]] == [
        ("DOTUSDT", False, True)
    ]
    assert Event.objects.get(kind=EventKind.EMERGENCY_STOP).facts["reason"] == "the news"


def test_an_emergency_stop_does_not_wait_for_a_silent_exchange(post: Any, account: Account, venue_clock: Any) -> None:
    factories.make_event()
    venue_clock.is_down = True

    assert post("emergency-stop", STOP).status_code in (202, 503)
    assert tier_of(account) is Tier.HALTED


def test_start_and_stop_switch_every_bot_and_start_is_refused_while_halted(
    post: Any, bot: Bot, account: Account
) -> None:
    stopped = post("stop").json()["enabled"]
    started = post("start").json()["enabled"]
    halt(account)

    assert (stopped, started) == (False, True)
    assert post("start").status_code == 409


def test_a_trip_is_told_with_its_numbers(answer: Any, account: Account) -> None:
    from risk.breaker import evaluate
    from risk.breaker_causes import Readings
    from risk.limit_settings import RiskSettings

    def fail(breaker: Any, _row: Any) -> Any:
        for _ in range(5):
            breaker = count_api(breaker, is_ok=False)
        return evaluate(breaker, Readings(now=NOON), RiskSettings())

    breaker_store.change(account, fail)

    trip = answer("circuit")["trips"][0]
    assert (trip["cause"], trip["value"], trip["limit"]) == ("api_failures", "5", "5")
    assert trip["until"] == "2024-11-23T13:00:05Z"
    assert not Position.objects.exists()
