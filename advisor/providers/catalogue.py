"""The providers that the settings name, ready to be asked."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from advisor.budget import Caps
from advisor.providers.anthropic_native import AnthropicNative
from advisor.providers.openai_compatible import OpenAiCompatible
from advisor.providers.port import Adviser
from advisor.providers.prices import PriceList
from advisor.providers.wire import Endpoint

NATIVE_SCHEMA = frozenset({"openai"})  # the others take parts of one, or none


def advisers() -> list[Adviser]:
    """Every provider with a key, in the order of the settings; none in ``rules`` mode."""
    if settings.AI_PROVIDER == "rules":
        return []
    prices = price_list()
    found: Mapping[str, Mapping[str, Any]] = settings.AI_MODELS
    return [_adviser(name, values, prices) for name, values in found.items() if values["api_key"]]


def _adviser(name: str, values: Mapping[str, Any], prices: PriceList) -> Adviser:
    endpoint = Endpoint(
        name=name,
        base_url=values["base_url"],
        model=values["model"],
        api_key=values["api_key"],
        proxy=settings.AI_PROXY,
        native_schema=name in NATIVE_SCHEMA,
    )
    return AnthropicNative(endpoint, prices) if name == "anthropic" else OpenAiCompatible(endpoint, prices)


def price_list() -> PriceList:
    return PriceList(settings.AI_PRICES)


def caps() -> Caps:
    """USD, from the settings' texts."""
    return Caps(hour=settings.AI_BUDGET_HOUR, day=settings.AI_BUDGET_DAY, month=settings.AI_BUDGET_MONTH)
