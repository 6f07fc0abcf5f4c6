"""Versions of the risk settings over the API, previews, and the password only for what raises risk."""

from decimal import Decimal

import pytest

from risk.models import RiskVersion
from risk.settings_store import risk_settings_of
from signals.contexts import pack_bars
from signals.models import SignalContext
from tests import factories
from tests.risk.filters.bars import hours_of


@pytest.fixture(autouse=True)
def bot(db):
    return factories.make_bot(name="surge")


@pytest.fixture
def signal(bot):
    signal = factories.make_signal(bot, status="refused", reason_code="breaker")
    SignalContext.objects.create(
        signal=signal,
        entry_price=Decimal("8.5"),
        bars_packed=pack_bars(hours=hours_of(sells=[1] * 24 + [9]), premiums=[]),
        taken_at=signal.found_at,
    )
    return signal


def test_versions_are_listed_and_told_with_their_changes(post, visitor):
    post("risk", {"max_leverage": 5, "reason": "calmer"})
    post("risk", {"max_leverage": 4})

    listed = visitor.get("/api/v1/risk/versions").json()
    told = visitor.get("/api/v1/risk/versions/1").json()

    assert [row["number"] for row in listed] == [2, 1]
    assert (told["author"], told["reason"]) == ("demo", "calmer")
    assert told["changes"] == [{"name": "max_leverage", "before": 20, "after": 5}]
    assert visitor.get("/api/v1/risk/versions/9").status_code == 404


def test_a_version_that_is_no_longer_valid_is_told(bot, visitor):
    RiskVersion.objects.create(account=bot.account, number=1, values={"gone": 1}, author="anna")

    assert visitor.get("/api/v1/risk/versions/1").status_code == 409


def test_lowering_risk_never_waits_and_raising_it_needs_the_password(post, locked, bot):
    assert post("risk", {"max_leverage": 5}).status_code == 200

    assert post("risk", {"max_leverage": 6}).status_code == 403
    assert risk_settings_of(bot.account).max_leverage == 5
    assert post("risk", {"max_leverage": 6, "trading_password": locked}).status_code == 200


def test_a_rollback_brings_old_values_back_in_a_new_version(post, bot):
    post("risk", {"max_leverage": 5})
    post("risk", {"max_leverage": 4})

    answer = post("risk/rollback", {"number": 1, "reason": "too calm"})

    assert answer.status_code == 200, answer.content
    assert answer.json()["settings_version"] == 3
    assert risk_settings_of(bot.account).max_leverage == 5
    assert RiskVersion.objects.get(number=3).reason == "too calm"


def test_a_rollback_that_raises_risk_needs_the_password(post, locked):
    post("risk", {"max_leverage": 5})

    assert post("risk/rollback", {"number": 0}).status_code == 403
    assert post("risk/rollback", {"number": 0, "trading_password": locked}).status_code == 200


def test_a_rollback_to_nothing_is_told(post):
    assert post("risk/rollback", {"number": 9}).status_code == 404
    assert post("risk/rollback", {}).status_code == 400


def test_a_preview_counts_what_would_have_been_refused(post, signal, bot):
    told = post("config/preview", {"cvd_new_low_enabled": True, "stop_loss_pct": "20"}).json()

    assert (told["signals"], told["refused_before"], told["refused_after"]) == (1, 0, 1)
    assert (told["newly_refused"], told["newly_passed"]) == (1, 0)
    assert (told["loss_before"], told["loss_after"]) == ("2.70", None)
    assert told["effects"][0]["after"]["refused_by_label"] == "volume delta low"
    assert bot.config_versions.count() == 1


def test_a_version_can_be_previewed_before_it_comes_back(post, signal):
    post("config", {"leverage": 2})

    told = post("config/preview", {"number": 1}).json()

    assert (told["loss_before"], told["loss_after"], told["raised"]) == ("1.80", "2.70", ["leverage"])
    assert post("config/preview", {"number": 9}).status_code == 404


def test_risk_settings_can_be_previewed_too(post, signal):
    told = post("risk/preview", {"max_leverage": 2, "last": 5}).json()

    assert (told["refused_after"], told["effects"][0]["after"]["refused_by"]) == (1, "max_leverage")
    assert post("risk/preview", {"number": 7}).status_code == 404


@pytest.mark.parametrize("path", ["config/preview", "risk/preview", "config", "risk"])
def test_what_is_not_allowed_is_refused_field_by_field_with_its_range(post, path, bot):
    name = "max_leverage" if path.startswith("risk") else "leverage"

    answer = post(path, {name: 126, "luck": 1, "max_positions" if name == "leverage" else "max_adds": 1})

    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == {name, "luck"}
    assert "125" in answer.json()["errors"][name]
    assert bot.config_versions.count() == 1
    assert not RiskVersion.objects.exists()
