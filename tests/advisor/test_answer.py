"""The words of an answer: what its schema promises a model, and that numbers keep their digits."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from advisor.answer import (
    ALL_ACTIONS,
    MANAGING,
    NEW_RISK,
    Action,
    AnswerParams,
    ModelAnswer,
    answer_schema,
    answer_text,
    hold,
)
from advisor.reading import decoded, read_answer
from tests.advisor.test_clamps import ANSWERS


def answer(**details):
    values = {"action": Action.HOLD, "symbol": "BTCUSDT", "confidence": Decimal(1), "reasoning": ""}
    return ModelAnswer(**values | details)


def test_every_action_either_risks_more_or_manages():
    assert NEW_RISK | MANAGING == ALL_ACTIONS
    assert not NEW_RISK & MANAGING


def test_doing_nothing_claims_no_confidence():
    assert hold("BTCUSDT", "quiet").as_json() == {
        "action": "HOLD",
        "symbol": "BTCUSDT",
        "confidence": "0",
        "reasoning": "quiet",
    }


@pytest.mark.parametrize(
    "number",
    ["0.1", "0.10", "60000", "0.000000012345678901", "1E+3", "123456789.012345678901234567", "0"],
)
def test_a_number_is_written_digit_for_digit(number):
    price = Decimal(number)
    text = answer_text(answer(action=Action.ADJUST, params=AnswerParams(stop_loss_price=price)))

    assert f'"stopLossPrice": {price:f}' in text
    assert "E" not in text.split("stopLossPrice")[1]
    assert decoded(text)["params"]["stopLossPrice"] == price


def test_words_are_written_as_they_are_and_quoted():
    text = answer_text(answer(reasoning='缩量 "回踩"\n\\ {'))

    assert "缩量" in text
    assert json.loads(text)["reasoning"] == '缩量 "回踩"\n\\ {'


def test_what_was_not_said_is_not_written():
    assert "params" not in answer_text(answer())
    assert "marketRegime" not in answer_text(answer())
    assert answer(params=AnswerParams()).as_json()["params"] == {}


@given(ANSWERS)
def test_every_answer_reads_back_as_itself(asked):
    found = read_answer(answer_text(asked), symbol="BTCUSDT", allowed=ALL_ACTIONS)

    said = asked.params if asked.params and asked.params.model_dump(exclude_none=True) else None
    assert found.answer == asked.model_copy(update={"params": said})


@pytest.mark.parametrize(
    "details",
    [
        {"symbol": ""},
        {"symbol": "X" * 41},
        {"reasoning": "x" * 4001},
        {"confidence": Decimal("1.000001")},
        {"confidence": Decimal("NaN")},
        {"confidence": 0.5},
        {"params": {"leverage": Decimal("125.1")}},
        {"params": {"stop_loss_price": Decimal(10**9) + 1}},
        {"params": {"stop_loss_price": Decimal("0.0000000000000000001")}},
        {"params": {"add_percent": Decimal("100.1")}},
        {"params": {"order_type": "market"}},
        {"market_regime": "sideways"},
        {"extra": 1},
    ],
)
def test_what_lies_outside_is_no_answer(details):
    with pytest.raises(ValidationError):
        answer(**details)


def test_the_edges_themselves_are_inside():
    params = AnswerParams(
        leverage=Decimal(125), stop_loss_price=Decimal(10**9), add_percent=Decimal(100), reduce_percent=Decimal(0)
    )

    assert answer(symbol="X" * 40, reasoning="x" * 4000, confidence=Decimal(0), params=params).params == params


def test_an_answer_cannot_be_changed_once_it_is_read():
    with pytest.raises(ValidationError):
        answer().action = Action.LONG


def objects_of(schema):
    yield schema
    for field in schema["properties"].values():
        if "properties" in field:
            yield from objects_of(field)


@given(st.frozensets(st.sampled_from(sorted(ALL_ACTIONS)), min_size=1))
def test_the_schema_is_closed_everywhere_and_has_a_place_for_every_field(allowed):
    schema = answer_schema(allowed)

    for part in objects_of(schema):
        assert part["required"] == list(part["properties"])
        assert part["additionalProperties"] is False
    assert set(schema["properties"]["action"]["enum"]) == allowed
    assert set(schema["properties"]) == {field.alias for field in ModelAnswer.model_fields.values()}
    assert set(schema["properties"]["params"]["properties"]) == {
        field.alias for field in AnswerParams.model_fields.values()
    }


def test_two_schemas_share_nothing_that_could_be_changed():
    first, second = answer_schema(ALL_ACTIONS), answer_schema(ALL_ACTIONS)

    first["properties"]["params"]["properties"].clear()

    assert len(second["properties"]["params"]["properties"]) == 7


def test_an_answer_full_of_nulls_as_the_schema_demands_it_is_read():
    fields = dict.fromkeys(answer_schema(ALL_ACTIONS)["properties"])
    nulls = dict.fromkeys(answer_schema(ALL_ACTIONS)["properties"]["params"]["properties"])
    said = {"action": "HOLD", "symbol": "BTCUSDT", "confidence": 0.5, "reasoning": "", "params": nulls}

    found = read_answer(json.dumps(fields | said), symbol="BTCUSDT", allowed=ALL_ACTIONS)

    assert (found.answer.params, found.answer.market_regime) == (None, None)
