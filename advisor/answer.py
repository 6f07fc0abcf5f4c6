"""What a model may say: one of seven actions with its numbers. Pure; the words are the protocol's, not the desk's."""

import json
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Action(StrEnum):
    """LONG and SHORT open; the other five need or leave a position."""

    LONG = "LONG"
    SHORT = "SHORT"
    CLOSE = "CLOSE"
    ADD = "ADD"
    REDUCE = "REDUCE"
    ADJUST = "ADJUST"
    HOLD = "HOLD"


OPENING = frozenset({Action.LONG, Action.SHORT})
NEW_RISK = OPENING | {Action.ADD}
ALL_ACTIONS = frozenset(Action)
# What may still be done with a position when nothing may be risked: less of it, or a tighter stop.
MANAGING = frozenset({Action.CLOSE, Action.REDUCE, Action.ADJUST, Action.HOLD})

Regime = Literal["trending_up", "trending_down", "ranging", "volatile", "quiet"]
# Digits beyond these carry nothing; they keep a hostile number from growing into a hostile computation.
Price = Annotated[Decimal, Field(ge=0, le=10**9, max_digits=28, decimal_places=18)]
Percent = Annotated[Decimal, Field(ge=0, le=100, max_digits=28, decimal_places=18)]


class _Strict(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        alias_generator=to_camel,
        validate_by_alias=True,
        validate_by_name=True,
    )


class AnswerParams(_Strict):
    """Numbers of an action. Prices in USDT; percentages are plain numbers: 10 is 10 %."""

    position_size_percent: Percent | None = None  # of the available balance, as margin
    leverage: Annotated[Decimal, Field(ge=0, le=125, max_digits=28, decimal_places=18)] | None = None
    stop_loss_price: Price | None = None
    take_profit_price: Price | None = None
    order_type: Literal["MARKET", "LIMIT"] | None = None
    add_percent: Percent | None = None  # of the present position
    reduce_percent: Percent | None = None


class ModelAnswer(_Strict):
    """A model's decision on one symbol. ``confidence`` is a share of 1."""

    action: Action
    symbol: Annotated[str, Field(min_length=1, max_length=40)]
    confidence: Annotated[Decimal, Field(ge=0, le=1, max_digits=28, decimal_places=18)]
    reasoning: Annotated[str, Field(max_length=4000)]
    market_regime: Regime | None = None
    params: AnswerParams | None = None

    def as_json(self) -> dict[str, Any]:
        """The answer in the protocol's own names; decimals as plain texts, absent numbers left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


def hold(symbol: str, reasoning: str) -> ModelAnswer:
    """The decision to do nothing."""
    return ModelAnswer(action=Action.HOLD, symbol=symbol, confidence=Decimal(0), reasoning=reasoning)


_NUMBER = {"type": ["number", "null"]}
_PARAMS: Mapping[str, Any] = {
    "positionSizePercent": _NUMBER,
    "leverage": _NUMBER,
    "stopLossPrice": _NUMBER,
    "takeProfitPrice": _NUMBER,
    "orderType": {"type": ["string", "null"], "enum": ["MARKET", "LIMIT", None]},
    "addPercent": _NUMBER,
    "reducePercent": _NUMBER,
}


def answer_schema(allowed: frozenset[Action]) -> dict[str, Any]:
    """JSON schema for models that keep one: every field present, what does not apply null, ``allowed`` actions only.

    Ranges are left out: several providers refuse a schema with them. They are checked when the answer is read.
    """
    regimes = ["trending_up", "trending_down", "ranging", "volatile", "quiet", None]
    fields: dict[str, Any] = {
        "action": {"type": "string", "enum": sorted(action.value for action in allowed)},
        "symbol": {"type": "string"},
        "confidence": {"type": "number"},
        "reasoning": {"type": "string"},
        "marketRegime": {"type": ["string", "null"], "enum": regimes},
        "params": {**_closed(dict(_PARAMS)), "type": ["object", "null"]},
    }
    return _closed(fields)


def _closed(fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def answer_text(answer: ModelAnswer) -> str:
    """The answer as a model would write it: JSON with its decimals as numbers, digit for digit."""
    return _json(answer.model_dump(by_alias=True, exclude_none=True))


def _json(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(name)}: {_json(item)}" for name, item in value.items()) + "}"
    return f"{value:f}" if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)
