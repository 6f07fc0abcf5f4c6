"""Bounds by themselves: what they change is named, what they let through lies within them."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.answer import NEW_RISK, OPENING, Action, AnswerParams, ModelAnswer, hold
from advisor.clamps import Bounds, Clamp, clamp

BOUNDS = Bounds()
REFUSALS = {
    "confidence_below_minimum",
    "params_missing",
    "stop_loss_missing",
    "take_profit_missing",
    "size_missing",
    "leverage_missing",
    "exits_on_wrong_side",
    "nothing_to_adjust",
}
OPEN = AnswerParams(
    position_size_percent=Decimal(5),
    leverage=Decimal(3),
    stop_loss_price=Decimal(90),
    take_profit_price=Decimal(120),
)


def answer(action=Action.LONG, *, confidence="0.8", params=OPEN):
    return ModelAnswer(
        action=action, symbol="BTCUSDT", confidence=Decimal(confidence), reasoning="trend", params=params
    )


def without(*names):
    return OPEN.model_copy(update=dict.fromkeys(names))


def test_an_answer_within_its_bounds_is_the_same_answer():
    assert clamp(answer(), BOUNDS).answer == answer()
    assert clamp(answer(), BOUNDS).clamps == ()


@pytest.mark.parametrize("action", sorted(NEW_RISK))
@pytest.mark.parametrize(("confidence", "refusal"), [("0.599999", "confidence_below_minimum"), ("0.6", "")])
def test_new_risk_needs_the_least_confidence_itself_and_no_more(action, confidence, refusal):
    params = OPEN if action != "SHORT" else OPEN.model_copy(update={"stop_loss_price": Decimal(130)})

    assert clamp(answer(action, confidence=confidence, params=params), BOUNDS).refusal == refusal


@pytest.mark.parametrize("action", [Action.CLOSE, Action.REDUCE, Action.ADJUST, Action.HOLD])
def test_less_risk_needs_no_confidence(action):
    found = clamp(answer(action, confidence="0"), BOUNDS)

    assert (found.answer.action, found.refusal) == (action, "")


@pytest.mark.parametrize(
    ("params", "refusal"),
    [
        (None, "params_missing"),
        (AnswerParams(), "stop_loss_missing"),
        (without("stop_loss_price"), "stop_loss_missing"),
        (without("take_profit_price"), "take_profit_missing"),
        (without("position_size_percent"), "size_missing"),
        (without("leverage"), "leverage_missing"),
        (without("position_size_percent", "leverage"), "size_missing"),
        (OPEN.model_copy(update={"leverage": Decimal("0.999")}), "leverage_missing"),
        (OPEN.model_copy(update={"take_profit_price": Decimal(90)}), "exits_on_wrong_side"),
        (OPEN.model_copy(update={"take_profit_price": Decimal("89.99")}), "exits_on_wrong_side"),
    ],
)
def test_an_opening_that_lacks_something_says_what_first(params, refusal):
    found = clamp(answer(params=params), BOUNDS)

    assert found.refusal == refusal
    assert found.answer == hold("BTCUSDT", "trend")


def test_the_exits_of_a_short_are_the_mirror_of_those_of_a_long():
    mirrored = OPEN.model_copy(update={"stop_loss_price": Decimal(120), "take_profit_price": Decimal(90)})

    assert clamp(answer(Action.SHORT, params=mirrored), BOUNDS).refusal == ""
    assert clamp(answer(Action.SHORT), BOUNDS).refusal == "exits_on_wrong_side"
    assert clamp(answer(Action.LONG, params=mirrored), BOUNDS).refusal == "exits_on_wrong_side"


@pytest.mark.parametrize(
    ("params", "refusal"),
    [
        (None, "nothing_to_adjust"),
        (AnswerParams(leverage=Decimal(3)), "nothing_to_adjust"),
        (AnswerParams(stop_loss_price=Decimal(0), take_profit_price=Decimal(0)), "nothing_to_adjust"),
        (AnswerParams(stop_loss_price=Decimal(95)), ""),
        (AnswerParams(take_profit_price=Decimal(130)), ""),
    ],
)
def test_an_adjustment_names_at_least_one_price(params, refusal):
    assert clamp(answer(Action.ADJUST, params=params), BOUNDS).refusal == refusal


@pytest.mark.parametrize(
    ("size", "given_size", "rules"), [("10", "10", []), ("10.01", "10", ["size_capped"]), ("0.1", "0.1", [])]
)
def test_the_size_is_capped_exactly_at_its_bound(size, given_size, rules):
    found = clamp(answer(params=OPEN.model_copy(update={"position_size_percent": Decimal(size)})), BOUNDS)

    assert found.answer.params.position_size_percent == Decimal(given_size)
    assert [change.rule for change in found.clamps] == rules


@pytest.mark.parametrize(("asked", "share"), [("29.9", 30), ("30", 30), ("50", 50), ("50.1", 50), ("0", 30)])
@pytest.mark.parametrize(("action", "name"), [(Action.ADD, "add_percent"), (Action.REDUCE, "reduce_percent")])
def test_a_part_is_kept_between_its_ends(action, name, asked, share):
    found = clamp(answer(action, params=AnswerParams(**{name: Decimal(asked)})), BOUNDS)

    assert getattr(found.answer.params, name) == share
    assert [change.rule for change in found.clamps] == ([] if Decimal(asked) == share else [f"{name}_clamped"])


def test_the_part_of_the_other_action_is_not_taken_for_this_one():
    found = clamp(answer(Action.REDUCE, params=AnswerParams(add_percent=Decimal(45))), BOUNDS)

    assert found.answer.params.reduce_percent == 30
    assert found.clamps == (Clamp("reduce_percent_default", None, Decimal(30)),)


def test_a_default_outside_the_ends_is_bound_by_them_too():
    wide = Bounds(default_add_percent=Decimal(80))

    assert clamp(answer(Action.ADD, params=None), wide).answer.params.add_percent == 50


def test_a_change_is_written_with_its_digits_and_null_for_what_was_not_asked():
    assert Clamp("size_capped", Decimal("1E+2"), Decimal("10.0")).as_json() == {
        "rule": "size_capped",
        "asked": "100",
        "given": "10.0",
    }
    assert Clamp("add_percent_default", None, Decimal(50)).as_json()["asked"] is None


SHARES = st.decimals("0", "1", places=6)
PERCENTS = st.decimals("0", "100", places=4)


@given(st.builds(Bounds, min_confidence=SHARES, max_size_percent=PERCENTS, default_add_percent=PERCENTS))
def test_bounds_survive_their_json(bounds):
    assert Bounds.of_json(json.loads(json.dumps(bounds.as_json()))) == bounds


PARAMS = st.builds(
    AnswerParams,
    position_size_percent=st.none() | PERCENTS,
    leverage=st.none() | st.decimals("0", "125", places=3),
    stop_loss_price=st.none() | st.decimals("0", "1000", places=3),
    take_profit_price=st.none() | st.decimals("0", "1000", places=3),
    order_type=st.sampled_from([None, "MARKET", "LIMIT"]),
    add_percent=st.none() | PERCENTS,
    reduce_percent=st.none() | PERCENTS,
)
ANSWERS = st.builds(
    ModelAnswer,
    action=st.sampled_from(Action),
    symbol=st.just("BTCUSDT"),
    confidence=SHARES,
    reasoning=st.text(max_size=20).filter(lambda text: max(text, default="") < "\ud800"),
    params=st.none() | PARAMS,
)


@given(ANSWERS)
def test_no_legal_answer_leaves_the_bounds(asked):
    found = clamp(asked, BOUNDS)

    got, params = found.answer, found.answer.params
    assert got.action is (Action.HOLD if found.refusal else asked.action)
    assert found.refusal in REFUSALS | {""}
    if got.action in NEW_RISK:
        assert got.confidence >= BOUNDS.min_confidence
    if got.action in OPENING:
        assert 0 < params.position_size_percent <= min(asked.params.position_size_percent, BOUNDS.max_size_percent)
        assert 1 <= params.leverage <= asked.params.leverage
        assert params.leverage == int(params.leverage)
        assert (params.stop_loss_price < params.take_profit_price) == (got.action is Action.LONG)
    if got.action is Action.ADD:
        assert BOUNDS.part_percent_low <= params.add_percent <= BOUNDS.part_percent_high
    if got.action is Action.REDUCE:
        assert BOUNDS.part_percent_low <= params.reduce_percent <= BOUNDS.part_percent_high


@given(ANSWERS)
def test_what_has_been_bound_once_is_not_changed_again(asked):
    once = clamp(asked, BOUNDS)

    again = clamp(once.answer, BOUNDS)

    assert (again.answer, again.clamps, again.refusal) == (once.answer, (), "")


@given(ANSWERS)
def test_every_change_is_named_and_nothing_else_changes(asked):
    found = clamp(asked, BOUNDS)

    fields = {"size_capped": "position_size_percent", "leverage_floored": "leverage"}
    named = {
        fields.get(change.rule, change.rule.removesuffix("_default").removesuffix("_clamped"))
        for change in found.clamps
    }
    if not found.refusal:
        before, after = (each.params.model_dump() if each.params else {} for each in (asked, found.answer))
        assert {name for name, number in after.items() if before.get(name) != number} == named
        assert (found.answer.symbol, found.answer.confidence) == (asked.symbol, asked.confidence)
