"""Advisers for tests: they say what they are told to, in the words of the protocol."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from advisor.providers.errors import BadAnswer
from advisor.providers.port import Answer, Deadline, Prompt, Schema, Usage
from tests.trading.advised.hostile import _seen


@dataclass
class Scripted:
    """``say`` makes the answer's fields of symbol and price; what it returned is kept, and may be told again."""

    say: Callable[[str, Decimal], dict[str, Any]]
    name: str = "deepseek"
    model: str = "stub"
    prompts: list[Prompt] = field(default_factory=list)
    fails: bool = False

    def decide(self, prompt: Prompt, schema: Schema, *, deadline: Deadline) -> Answer:
        self.prompts.append(prompt)
        if self.fails:
            raise BadAnswer("http_500", "told to fail")
        symbol, price = _seen(prompt)
        fields = {"symbol": symbol, "confidence": 0.8, "reasoning": "as told", **self.say(symbol, price)}
        return Answer(text=json.dumps(fields), provider=self.name, model=self.model, usage=Usage(10, 10))


def holding(symbol: str, price: Decimal) -> dict[str, Any]:
    return {"action": "HOLD"}


def opening(only: str = "BTCUSDT", *, side: int = 1, width: str = "0.006", **changes: Any) -> Any:
    """Opens ``only`` with a stop ``width`` of the price away and twice the reward; holds everything else."""

    def say(symbol: str, price: Decimal) -> dict[str, Any]:
        if symbol != only:
            return {"action": "HOLD"}
        distance = price * Decimal(width)
        params = {
            "positionSizePercent": 2,
            "leverage": 3,
            "stopLossPrice": float(price - side * distance),
            "takeProfitPrice": float(price + 2 * side * distance),
        }
        return {"action": "LONG" if side > 0 else "SHORT", "params": params | changes}

    return say
