"""The prompt preview over HTTP."""

import pytest

from advisor.models import Decision
from desk import venue
from desk.models import ConfigVersion
from tests.advisor import rows
from tests.dashboard.public_market import contract
from tests.signals.outlook.market import SYMBOL, Market

pytestmark = pytest.mark.django_db


class WholeMarket(Market):
    def contracts(self):
        return [contract(SYMBOL)]


@pytest.fixture(autouse=True)
def market(monkeypatch: pytest.MonkeyPatch, venue_clock) -> WholeMarket:
    market = WholeMarket()
    venue_clock.at = market.now
    monkeypatch.setattr(venue, "market_data", lambda: market)
    return market


def test_the_prompt_is_shown_and_nothing_written(visitor):
    rows.make_ai_bot()

    answer = visitor.get(f"/api/v1/prompt-preview?symbol={SYMBOL.lower()}")

    told = answer.json()
    assert answer.status_code == 200
    assert (told["symbol"], told["size"], told["rung"], told["model"]) == (SYMBOL, "full", "full", None)
    assert told["tokens"] > 500
    assert SYMBOL in told["system"] + told["user"]
    assert not Decision.objects.exists()


def test_a_contract_has_to_be_named_and_listed(visitor):
    rows.make_ai_bot()

    assert list(visitor.get("/api/v1/prompt-preview").json()["errors"]) == ["symbol"]
    assert visitor.get("/api/v1/prompt-preview?symbol=NONSENSE").status_code == 404


def test_without_an_ai_bot_there_is_nothing_to_show(visitor):
    assert visitor.get(f"/api/v1/prompt-preview?symbol={SYMBOL}").status_code == 404


def test_settings_that_are_no_longer_valid_are_named(visitor):
    bot = rows.make_ai_bot()
    ConfigVersion.objects.create(bot=bot, number=2, values={"max_positions": -1}, author="tests")

    answer = visitor.get(f"/api/v1/prompt-preview?symbol={SYMBOL}")

    assert answer.status_code == 409
    assert bot.name in answer.json()["detail"]


def test_keys_are_in_no_preview(visitor, settings):
    settings.AI_PROVIDER = "openai"
    settings.AI_MODELS = {"openai": {"api_key": "sk-secret", "base_url": "http://127.0.0.1:9/v1", "model": "gpt-4o"}}
    rows.make_ai_bot()

    answer = visitor.get(f"/api/v1/prompt-preview?symbol={SYMBOL}")

    assert answer.json()["provider"] == "openai"
    assert b"sk-secret" not in answer.content
