"""The providers of the settings: who speaks which protocol, and what each is told."""

from decimal import Decimal

import pytest

from advisor.answer import ALL_ACTIONS, answer_schema
from advisor.providers import catalogue
from advisor.providers.anthropic_native import AnthropicNative
from advisor.providers.openai_compatible import OpenAiCompatible
from advisor.providers.port import Deadline, Usage
from tests.advisor.model_server import GOOD, good, message
from tests.advisor.samples import PRICES, PROMPT

SCHEMA = answer_schema(ALL_ACTIONS)
NAMES = ("deepseek", "openai", "anthropic", "gemini", "qwen")


@pytest.fixture
def providers(settings, server):
    """Every provider with a key, all of them at one address."""
    settings.AI_PROVIDER, settings.AI_PROXY = "deepseek", ""
    settings.AI_MODELS = {
        name: {"api_key": f"sk-{name}", "base_url": server.url, "model": f"stub-{name}"} for name in NAMES
    }
    settings.AI_PRICES = {"stub": PRICES.price("stub")}
    return {adviser.name: adviser for adviser in catalogue.advisers()}


def test_they_stand_in_the_order_of_the_settings_with_their_models(providers):
    assert tuple(providers) == NAMES
    assert [adviser.model for adviser in providers.values()] == [f"stub-{name}" for name in NAMES]


@pytest.mark.parametrize("name", NAMES)
def test_each_is_asked_with_its_own_key_and_model_by_its_own_protocol(providers, server, name):
    is_native = name == "anthropic"
    server.queue(message(GOOD) if is_native else good())

    answer = providers[name].decide(PROMPT, SCHEMA, deadline=Deadline.within(5))

    (request,) = server.requests
    assert isinstance(providers[name], AnthropicNative if is_native else OpenAiCompatible)
    assert request.path == ("/v1/messages" if is_native else "/chat/completions")
    assert f"sk-{name}" in request.headers.get("authorization", "") + request.headers.get("x-api-key", "")
    assert request.body["model"] == f"stub-{name}"
    assert (answer.provider, answer.cost) == (name, Decimal("0.002"))


@pytest.mark.parametrize("name", [name for name in NAMES if name != "anthropic"])
def test_only_the_one_that_keeps_a_schema_is_sent_one(providers, server, name):
    providers[name].decide(PROMPT, SCHEMA, deadline=Deadline.within(5))

    kind = server.requests[0].body["response_format"]["type"]
    assert kind == ("json_schema" if name == "openai" else "json_object")


def test_prices_and_caps_are_those_of_the_settings(providers, settings):
    settings.AI_BUDGET_HOUR, settings.AI_BUDGET_DAY, settings.AI_BUDGET_MONTH = Decimal(1), Decimal(2), Decimal(3)

    caps = catalogue.caps()

    assert (caps.hour, caps.day, caps.month) == (1, 2, 3)
    assert catalogue.price_list().cost("stub-x", Usage(1000, 100)) == Decimal("0.002")
