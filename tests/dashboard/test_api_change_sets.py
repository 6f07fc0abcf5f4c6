"""Change sets over the API: the diff of a version, rollback, and the password only for what raises risk."""

import pytest

from signals.bot_settings import settings_of
from tests import factories


@pytest.fixture(autouse=True)
def bot(db):
    return factories.make_bot(name="surge")


def test_a_version_tells_its_author_reason_and_changes(post, visitor):
    post("config", {"leverage": 2, "reason": "calmer"})

    told = visitor.get("/api/v1/config/versions/2").json()

    assert (told["number"], told["author"], told["reason"]) == (2, "demo", "calmer")
    assert told["changes"] == [{"name": "leverage", "before": 3, "after": 2}]
    assert visitor.get("/api/v1/config/versions/9").status_code == 404


def test_lowering_risk_never_waits_and_raising_it_needs_the_password(post, locked, bot):
    assert post("config", {"leverage": 2}).status_code == 200

    assert post("config", {"leverage": 4}).status_code == 403
    assert settings_of(bot).leverage == 2
    assert post("config", {"leverage": 4, "trading_password": locked}).status_code == 200


def test_a_rollback_brings_the_old_values_back_in_a_new_version(post, bot):
    post("config", {"leverage": 2, "stop_loss_pct": "12"})

    answer = post("config/rollback", {"number": 1})

    assert answer.status_code == 200, answer.content
    assert (answer.json()["version"], settings_of(bot).leverage) == (3, 3)


def test_a_rollback_that_raises_risk_needs_the_password(post, locked, bot):
    post("config", {"leverage": 2})

    assert post("config/rollback", {"number": 1}).status_code == 403
    assert bot.config_versions.count() == 2
    assert post("config/rollback", {"number": 1, "trading_password": locked}).status_code == 200


def test_a_rollback_to_nothing_is_told(post):
    assert post("config/rollback", {"number": 9}).status_code == 404
    assert post("config/rollback", {}).status_code == 400
