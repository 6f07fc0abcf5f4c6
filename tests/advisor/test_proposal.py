"""Proposals: clamps by name, refusals as HOLD, and the same result for the same text."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.answer import ALL_ACTIONS, MANAGING, NEW_RISK, Action
from advisor.clamps import Bounds, Clamp
from advisor.proposal import Terms, legal_actions, propose
from tests.advisor.samples import PARAMS, TERMS, answer_of, text_of
from tests.advisor.test_reading import HOSTILE


def test_an_answer_within_all_bounds_is_proposed_as_it_is():
    proposed = propose(text_of(), TERMS)

    assert proposed.answer.action is proposed.asked is Action.LONG
    assert proposed.reason == ""
    assert proposed.clamps == ()


def test_size_is_capped_and_leverage_rounded_down_by_name():
    proposed = propose(text_of(params=PARAMS | {"positionSizePercent": 40, "leverage": 7.9}), TERMS)

    assert proposed.clamps == (
        Clamp("size_capped", Decimal(40), Decimal(10)),
        Clamp("leverage_floored", Decimal("7.9"), Decimal(7)),
    )
    assert proposed.answer.params.position_size_percent == 10
    assert proposed.answer.params.leverage == 7


@pytest.mark.parametrize(
    ("action", "params", "given", "rule"),
    [
        ("ADD", None, 50, "add_percent_default"),
        ("ADD", {"addPercent": 100}, 50, "add_percent_clamped"),
        ("ADD", {"addPercent": 1}, 30, "add_percent_clamped"),
        ("REDUCE", None, 30, "reduce_percent_default"),
        ("REDUCE", {"reducePercent": 99.5}, 50, "reduce_percent_clamped"),
        ("REDUCE", {"reducePercent": 0}, 30, "reduce_percent_clamped"),
    ],
)
def test_parts_of_a_position_stay_between_thirty_and_fifty_percent(action, params, given, rule):
    proposed = propose(text_of(action, params=params), TERMS)

    share = proposed.answer.params.add_percent if action == "ADD" else proposed.answer.params.reduce_percent
    assert share == given
    assert [clamp.rule for clamp in proposed.clamps] == [rule]


def test_a_part_within_its_bounds_is_left_alone():
    assert propose(text_of("ADD", params={"addPercent": 40}), TERMS).clamps == ()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"confidence": 0.59}, "confidence_below_minimum"),
        ({"params": None}, "params_missing"),
        ({"params": PARAMS | {"stopLossPrice": 0}}, "stop_loss_missing"),
        ({"params": {"leverage": 3, "positionSizePercent": 5, "takeProfitPrice": 3}}, "stop_loss_missing"),
        ({"params": PARAMS | {"takeProfitPrice": 0}}, "take_profit_missing"),
        ({"params": PARAMS | {"positionSizePercent": 0}}, "size_missing"),
        ({"params": PARAMS | {"leverage": 0.9}}, "leverage_missing"),
        ({"params": PARAMS | {"takeProfitPrice": 80}}, "exits_on_wrong_side"),
        ({"params": PARAMS | {"takeProfitPrice": 90.5}}, "exits_on_wrong_side"),
        ({"action": "SHORT"}, "exits_on_wrong_side"),
        ({"action": "ADJUST", "params": None}, "nothing_to_adjust"),
        ({"action": "ADJUST", "params": {"stopLossPrice": 0}}, "nothing_to_adjust"),
        ({"action": "ADD", "confidence": 0.1}, "confidence_below_minimum"),
    ],
)
def test_what_cannot_be_made_right_is_a_hold_with_its_reason(changes, reason):
    proposed = propose(json.dumps(answer_of(**changes)), TERMS)

    assert proposed.answer.action is Action.HOLD
    assert proposed.answer.params is None
    assert proposed.reason == reason
    assert proposed.asked == changes.get("action", "LONG")


def test_closing_needs_no_confidence():
    assert propose(text_of("CLOSE", confidence=0), TERMS).answer.action is Action.CLOSE


def test_an_unreadable_text_is_a_hold_that_asked_for_nothing():
    proposed = propose("sell everything", TERMS)

    assert proposed.answer.action is Action.HOLD
    assert proposed.asked is None
    assert proposed.reason == "no_object"


def test_terms_survive_their_json():
    terms = Terms(symbol="ETHUSDT", allowed=frozenset({Action.HOLD}), bounds=Bounds(min_confidence=Decimal("0.71")))

    assert Terms.of_json(json.loads(json.dumps(terms.as_json()))) == terms


def test_managing_terms_leave_no_way_to_more_risk():
    assert TERMS.only_managing().allowed == MANAGING
    assert not MANAGING & NEW_RISK


@pytest.mark.parametrize(
    ("facts", "allowed"),
    [
        ({"has_position": False, "may_risk": True}, "HOLD LONG SHORT"),
        ({"has_position": False, "may_risk": False}, "HOLD"),
        ({"has_position": True, "may_risk": True}, "ADJUST CLOSE HOLD"),
        ({"has_position": True, "may_risk": True, "adds_left": 1}, "ADD ADJUST CLOSE HOLD"),
        ({"has_position": True, "may_risk": False, "adds_left": 1, "reduces_left": 2}, "ADJUST CLOSE HOLD REDUCE"),
    ],
)
def test_legal_actions_follow_from_the_position(facts, allowed):
    assert " ".join(sorted(legal_actions(**facts))) == allowed


@given(HOSTILE, st.frozensets(st.sampled_from(sorted(ALL_ACTIONS))))
def test_whatever_the_text_the_proposal_is_legal(text, allowed):
    proposed = propose(text, Terms(symbol="BTCUSDT", allowed=allowed))

    params = proposed.answer.params
    assert proposed.answer.action in allowed | {Action.HOLD}
    assert proposed.answer.symbol == "BTCUSDT"
    if proposed.asked is None:
        assert proposed.reason
    if proposed.answer.action in (Action.LONG, Action.SHORT):
        assert 0 < params.position_size_percent <= 10
        assert params.leverage >= 1
        assert params.stop_loss_price > 0
    assert propose(text, Terms(symbol="BTCUSDT", allowed=allowed)) == proposed
