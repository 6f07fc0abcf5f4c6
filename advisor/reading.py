"""From a model's text to a decision: strict, with four named repairs. Pure; whatever the text, the result is legal.

Repairs: thinking tags and text around the first balanced object are cut off, nulls inside params are dropped, empty
params are none. Anything else that is not as the schema says makes the text unreadable.
"""

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, NoReturn

from pydantic import ValidationError

from advisor.answer import Action, ModelAnswer

MAX_TEXT = 40_000  # characters; an answer of 2,000 tokens has about 8,000
_THINKING = re.compile(r"<think(?:ing)?>(.*?)</think(?:ing)?>", re.DOTALL | re.IGNORECASE)
_END_OF_THINKING = re.compile(r"</think(?:ing)?>", re.IGNORECASE)


class Repair(StrEnum):
    THINKING_REMOVED = "thinking_removed"
    TEXT_AROUND_REMOVED = "text_around_removed"
    NULLS_DROPPED = "nulls_dropped"
    EMPTY_PARAMS_DROPPED = "empty_params_dropped"


class Unreadable(ValueError):
    """The text holds no decision. ``code`` is one word for the journal."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAnswer:
    answer: ModelAnswer
    repairs: tuple[Repair, ...]
    thinking: str = ""


def read_answer(text: str, *, symbol: str, allowed: frozenset[Action]) -> ReadAnswer:
    """The decision in ``text`` on ``symbol``. Raises Unreadable, also for another symbol or an action not allowed."""
    if len(text) > MAX_TEXT:
        raise Unreadable("too_long", f"{len(text)} characters")
    spoken, thinking = without_thinking(text)
    found = first_object(spoken)
    repairs = [Repair.THINKING_REMOVED] if thinking else []
    if found != spoken.strip():
        repairs.append(Repair.TEXT_AROUND_REMOVED)
    fields, params_repairs = _repaired(decoded(found))
    answer = _validated(fields)
    if answer.symbol != symbol:
        raise Unreadable("wrong_symbol", f"{answer.symbol[:40]!r} instead of {symbol}")
    if answer.action not in allowed:
        raise Unreadable("action_not_allowed", answer.action)
    return ReadAnswer(answer=answer, repairs=(*repairs, *params_repairs), thinking=thinking)


def first_object(text: str) -> str:
    """The first balanced JSON object in ``text``: braces counted, those inside strings not. Raises Unreadable."""
    start = text.find("{")
    if start < 0:
        raise Unreadable("no_object")
    depth, in_string, position = 0, False, start
    while position < len(text):
        sign = text[position]
        if in_string:
            position += sign == "\\"
            in_string = sign != '"'
        elif sign == '"':
            in_string = True
        elif sign in "{}":
            depth += 1 if sign == "{" else -1
            if depth == 0:
                return text[start : position + 1]
        position += 1
    raise Unreadable("truncated")


def without_thinking(text: str) -> tuple[str, str]:
    """``text`` without its thinking, and the thinking; some templates open it themselves and leave only its end."""
    thoughts = _THINKING.findall(text)
    spoken = _THINKING.sub("", text)
    end = _END_OF_THINKING.search(spoken)
    if end and not _is_inside_object(spoken, end.start()):
        thoughts.append(spoken[: end.start()])
        spoken = spoken[end.end() :]
    return spoken, "\n".join(part.strip() for part in thoughts)


def _is_inside_object(text: str, position: int) -> bool:
    try:
        found = first_object(text)
    except Unreadable:
        return False
    start = text.find("{")
    return start < position < start + len(found)


def decoded(text: str) -> dict[str, Any]:
    """Strict JSON: no NaN, no key twice; numbers as Decimal."""
    try:
        decoded: dict[str, Any] = json.loads(
            text,
            parse_float=Decimal,
            parse_int=Decimal,
            parse_constant=_refuse_constant,
            object_pairs_hook=_once_each,
        )
    except (ValueError, ArithmeticError, RecursionError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable("invalid_json", str(error)[:200]) from None
    return decoded


def _refuse_constant(name: str) -> NoReturn:
    raise Unreadable("invalid_json", name)


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise Unreadable("invalid_json", "a key stands twice")
    return fields


def _repaired(fields: dict[str, Any]) -> tuple[dict[str, Any], tuple[Repair, ...]]:
    params = fields.get("params")
    if not isinstance(params, dict):
        return fields, ()
    kept = {name: value for name, value in params.items() if value is not None}
    repairs = [Repair.NULLS_DROPPED] if len(kept) < len(params) else []
    if not kept:
        repairs.append(Repair.EMPTY_PARAMS_DROPPED)
    return fields | {"params": kept or None}, tuple(repairs)


def _validated(fields: dict[str, Any]) -> ModelAnswer:
    try:
        return ModelAnswer.model_validate(_with_action(fields), by_name=False)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise Unreadable("outside_schema", f"{place}: {first['msg']}"[:200]) from None


def _with_action(fields: dict[str, Any]) -> dict[str, Any]:
    """Strict validation takes enum members only; the exact word is turned into its member, any other stays wrong."""
    word = fields.get("action")
    if isinstance(word, str) and word in Action.__members__:
        return fields | {"action": Action(word)}
    return fields
