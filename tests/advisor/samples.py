"""Answers, prompts and endpoints for tests; nothing here needs Django."""

import json
from decimal import Decimal
from typing import Any

from advisor.answer import ALL_ACTIONS
from advisor.proposal import Terms
from advisor.providers.port import Prompt
from advisor.providers.prices import Price, PriceList
from advisor.providers.wire import Endpoint

PROMPT = Prompt(system="Advise.", user="What now?", version="v1", language="en")
PRICES = PriceList({"stub": Price(Decimal("1"), Decimal("10")), "cheap": Price(Decimal("0.1"), Decimal("1"))})
TERMS = Terms(symbol="BTCUSDT", allowed=ALL_ACTIONS)
PARAMS = {"positionSizePercent": 5, "leverage": 3, "stopLossPrice": 90.5, "takeProfitPrice": 120}


def answer_of(action: str = "LONG", **changes: Any) -> dict[str, Any]:
    """A valid answer as a model writes it; None leaves a field out."""
    fields = {"action": action, "symbol": "BTCUSDT", "confidence": 0.8, "reasoning": "trend", "params": dict(PARAMS)}
    return {name: value for name, value in (fields | changes).items() if value is not None}


def text_of(action: str = "LONG", **changes: Any) -> str:
    return json.dumps(answer_of(action, **changes))


def endpoint(url: str, *, name: str = "deepseek", model: str = "stub-1", native_schema: bool = False) -> Endpoint:
    return Endpoint(name=name, base_url=url, model=model, api_key="sk-secret", native_schema=native_schema)
