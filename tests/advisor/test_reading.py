"""Reading answers: what is repaired, what is refused, and that nothing hostile gets through."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.answer import ALL_ACTIONS, Action, answer_schema, answer_text, hold
from advisor.reading import MAX_TEXT, Repair, Unreadable, first_object, read_answer
from tests.advisor.samples import answer_of, text_of


def read(text, *, symbol="BTCUSDT", allowed=ALL_ACTIONS):
    return read_answer(text, symbol=symbol, allowed=allowed)


def refused(text, **details):
    with pytest.raises(Unreadable) as caught:
        read(text, **details)
    return caught.value.code


def test_a_clean_answer_is_read_without_repairs():
    found = read(text_of())

    assert found.answer.action is Action.LONG
    assert found.answer.params.stop_loss_price == Decimal("90.5")
    assert found.repairs == ()


def test_numbers_are_exact_decimals_of_their_text():
    text = text_of().replace("90.5", "0.1234567890123456")

    assert read(text).answer.params.stop_loss_price == Decimal("0.1234567890123456")


@pytest.mark.parametrize(
    ("around", "repairs"),
    [
        ("```json\n@\n```", (Repair.TEXT_AROUND_REMOVED,)),
        ("Here you are: @ Good luck }", (Repair.TEXT_AROUND_REMOVED,)),
        ("<think>short it {</think>@", (Repair.THINKING_REMOVED,)),
        ("<thinking>a</thinking>\n@ done", (Repair.THINKING_REMOVED, Repair.TEXT_AROUND_REMOVED)),
        ("  @\n", ()),
    ],
)
def test_the_allowed_repairs_are_made_and_named(around, repairs):
    assert read(around.replace("@", text_of())).repairs == repairs


def test_thinking_is_kept_apart():
    assert read(f"<think> weigh it </think>{text_of()}").thinking == "weigh it"


@pytest.mark.parametrize(
    "text",
    [
        "weigh it </think>@",
        "first # but no</think>\n@",
        "a { brace </think>@",
        "<think>one</think>two #</THINKING>@",
    ],
)
def test_thinking_that_the_template_opened_is_no_answer(text):
    draft = text_of("LONG")

    found = read(text.replace("#", draft).replace("@", text_of("CLOSE")))

    assert found.answer.action is Action.CLOSE
    assert found.repairs == (Repair.THINKING_REMOVED,)
    assert found.thinking


def test_a_tag_that_is_quoted_in_the_answer_is_no_end_of_thinking():
    text = text_of("CLOSE", reasoning="the news said </think> and no more")

    assert read(text).answer.action is Action.CLOSE
    assert read(text + " {}").answer.reasoning == "the news said </think> and no more"


def test_a_brace_inside_a_string_does_not_end_the_object():
    text = 'Sure: {"a": "} \\" {", "b": {"c": 1}} and more {}'

    assert first_object(text) == '{"a": "} \\" {", "b": {"c": 1}}'


def test_nulls_inside_params_are_dropped_and_empty_params_are_none():
    some = read(text_of("CLOSE", params={"leverage": None, "stopLossPrice": 3}))
    none = read(text_of("CLOSE", params={"leverage": None}))
    empty = read(text_of("CLOSE", params={}))

    assert some.repairs == (Repair.NULLS_DROPPED,)
    assert some.answer.params.stop_loss_price == 3
    assert none.repairs == (Repair.NULLS_DROPPED, Repair.EMPTY_PARAMS_DROPPED)
    assert empty.repairs == (Repair.EMPTY_PARAMS_DROPPED,)
    assert none.answer.params is empty.answer.params is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "no_object"),
        ("I would rather not.", "no_object"),
        (text_of()[:-1], "truncated"),
        ('{"action": "HOLD", ', "truncated"),
        ("{action: HOLD}", "invalid_json"),
        (text_of().replace("0.8", "NaN"), "invalid_json"),
        (text_of().replace("0.8", "Infinity"), "invalid_json"),
        (text_of().replace('"action"', '"action": "CLOSE", "action"'), "invalid_json"),
        ("{" * 5000 + "}" * 5000, "invalid_json"),
        ('{"a":' * 5000 + "1" + "}" * 5000, "invalid_json"),
        ('{"a": "\x00"}', "invalid_json"),
        ("x" * (MAX_TEXT + 1), "too_long"),
        (text_of(symbol="ETHUSDT"), "wrong_symbol"),
        (text_of(symbol="btcusdt"), "wrong_symbol"),
        (text_of().replace("0.8", "9" * 5000), "outside_schema"),
        (text_of().replace("0.8", "1e999999999"), "outside_schema"),
        (text_of().replace("90.5", "1e-999999"), "outside_schema"),
    ],
)
def test_what_cannot_be_read_says_why(text, code):
    assert refused(text) == code


@pytest.mark.parametrize(
    "changes",
    [
        {"action": "long"},
        {"action": "BUY"},
        {"action": 1},
        {"action": ["LONG"]},
        {"confidence": 1.01},
        {"confidence": -0.1},
        {"confidence": "0.8"},
        {"confidence": True},
        {"reasoning": 3},
        {"marketRegime": "sideways"},
        {"params": [1]},
        {"params": {"leverage": -1}},
        {"params": {"leverage": 126}},
        {"params": {"leverage": "10"}},
        {"params": {"positionSizePercent": 101}},
        {"params": {"stopLossPrice": -1}},
        {"params": {"orderType": "STOP"}},
        {"params": {"maxLeverage": 125}},
        {"params": {"stop_loss_price": 90}},
        {"settings": {"max_leverage": 125}},
        {"reasoning": "\ud800"},
    ],
)
def test_what_is_outside_the_schema_is_refused(changes):
    assert refused(text_of(**changes)) == "outside_schema"


def test_missing_fields_are_refused():
    for name in ("action", "symbol", "confidence", "reasoning"):
        fields = answer_of()
        del fields[name]

        assert refused(json.dumps(fields)) == "outside_schema"


def test_an_action_that_is_not_open_now_is_refused():
    assert refused(text_of("ADD"), allowed=frozenset({Action.HOLD, Action.CLOSE})) == "action_not_allowed"


def test_only_the_first_object_counts():
    assert read(text_of("CLOSE") + text_of("LONG")).answer.action is Action.CLOSE


def test_an_answer_written_by_the_desk_reads_back_as_itself():
    answer = read(text_of()).answer

    assert read(answer_text(answer)).answer == answer
    assert read(answer_text(hold("BTCUSDT", 'so "it" is'))).answer.reasoning == 'so "it" is'


def test_the_schema_for_models_offers_only_what_is_open():
    schema = answer_schema(frozenset({Action.HOLD, Action.LONG}))

    assert schema["properties"]["action"]["enum"] == ["HOLD", "LONG"]
    assert schema["additionalProperties"] is False
    assert set(schema["required"]) == set(schema["properties"])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.fixed_dictionaries(
    {
        "action": st.sampled_from([*Action, "BUY"]) | JSON,
        "symbol": st.sampled_from(["BTCUSDT", "ETHUSDT"]) | JSON,
        "confidence": st.floats(0, 1) | JSON,
        "reasoning": st.text() | JSON,
    },
    optional={
        "params": st.dictionaries(st.sampled_from([*answer_of()["params"], "addPercent", "x"]), st.floats() | JSON),
        "marketRegime": JSON,
        "extra": JSON,
    },
)
HOSTILE = st.text() | JSON.map(json.dumps) | FIELDS.map(json.dumps) | FIELDS.map(lambda f: f"```{json.dumps(f)}")


@given(HOSTILE)
def test_whatever_the_text_it_is_read_within_the_schema_or_refused(text):
    allowed = frozenset({Action.LONG, Action.HOLD, Action.ADJUST})
    try:
        found = read(text, allowed=allowed).answer
    except Unreadable as error:
        assert error.code
        return

    assert found.action in allowed
    assert found.symbol == "BTCUSDT"
    assert 0 <= found.confidence <= 1
    found.reasoning.encode()
    if found.params:
        numbers = found.params.model_dump(exclude_none=True, exclude={"order_type"})
        assert all(value.is_finite() and value >= 0 for value in numbers.values())
