"""What an answer may lead to: each limit below, at and above its threshold, by the table of the specification."""

from dataclasses import replace
from decimal import Decimal

import pytest

from advisor.answer import Action
from tests.trading.advised.samples import account, answer, facts, held, limits, opening, plan
from trading.advised.facts import Facts, Record
from trading.advised.gates import judge

LONG, SHORT = Action.LONG, Action.SHORT


def refusal(said, seen):
    return judge(said, seen).refusal


def test_a_sound_opening_becomes_an_entry_with_its_terms():
    judged = judge(opening(), facts())

    assert judged.refusal == ""
    assert [intent.as_json() for intent in judged.intents] == [
        {
            "kind": "enter",
            "author": "adviser",
            "direction": "LONG",
            "price": "100",
            "stop_price": "96.5",
            "take_profit_price": "107",
            "atr": "2",
            "leverage": 3,
            "size_pct": "2.0000",
            "bound_by": "asked",
            "confidence": "0.8",
        }
    ]
    assert all(verdict.passed for verdict in judged.verdicts)


def test_a_short_is_judged_as_the_mirror_of_a_long():
    said = opening(SHORT, stop_loss_price="103.5", take_profit_price=93)

    assert judge(said, facts()).intents[0].numbers["direction"] == "SHORT"
    assert refusal(opening(SHORT), facts()) == "exits"


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"leverage": 10}, ""),
        ({"leverage": 11}, "max_leverage"),
        ({"leverage": 125}, "max_leverage"),
        ({"position_size_percent": "10.0001"}, "max_size"),
        ({"stop_loss_price": 99, "take_profit_price": "101.5"}, ""),
        ({"stop_loss_price": "99.01", "take_profit_price": 110}, "stop_distance"),
        ({"stop_loss_price": 94, "take_profit_price": 109}, ""),
        ({"stop_loss_price": "93.99", "take_profit_price": 120}, "stop_distance"),
        ({"stop_loss_price": 100}, "exits"),
        ({"stop_loss_price": 104}, "exits"),
        ({"take_profit_price": 99}, "exits"),
        ({"take_profit_price": "105.25"}, ""),
        ({"take_profit_price": "105.24"}, "reward_risk"),
    ],
)
def test_numbers_of_an_opening_have_bounds(changes, rule):
    assert refusal(opening(**changes), facts()) == rule


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"held": held()}, "no_position"),
        ({"missing": ("book",)}, "data"),
        ({"price": None}, "data"),
        ({"atr": None}, "data"),
        ({"account": account(available=Decimal(0))}, "balance"),
        ({"account": account(positions=4)}, ""),
        ({"account": account(positions=5)}, "max_positions"),
        ({"account": account(entries_today=19)}, ""),
        ({"account": account(entries_today=20)}, "max_entries_per_day"),
        ({"account": account(result_today=Decimal("-49.99"))}, ""),
        ({"account": account(result_today=Decimal(-50))}, "daily_loss"),
        ({"cooldown_left": Decimal("0.01")}, "cooldown"),
        ({"account": account(equity=Decimal(0))}, "size"),
        ({"symbol": "ETHUSDT"}, "symbol"),
    ],
)
def test_an_opening_meets_what_stands(changes, rule):
    assert refusal(opening(), replace(facts(), **changes)) == rule


@pytest.mark.parametrize(("leverage", "rule"), [(3, "exposure"), (2, "")])
def test_exposure_of_the_specifications_example(leverage, rule):
    """Total 1000, notional 200 carried, size 5 %: 35 % at three times, 30 % at twice."""
    seen = facts(account=account(carried=Decimal(200)), limits=limits(max_loss_pct=Decimal(5)))

    assert refusal(opening(position_size_percent=5, leverage=leverage), seen) == rule


def test_exposure_may_be_counted_by_margin():
    seen = facts(
        account=account(carried=Decimal(200)), limits=limits(max_loss_pct=Decimal(5), exposure_basis="margin")
    )  # fmt: skip

    assert refusal(opening(position_size_percent=10, leverage=10), seen) == ""


def test_a_size_that_could_lose_too_much_is_cut_not_refused():
    poor = facts(account=account(equity=Decimal(500)))

    numbers = judge(opening(position_size_percent=10, leverage=3), poor).intents[0].numbers

    loss = Decimal(numbers["size_pct"]) / 100 * 1000 * 3 * Decimal("0.035")
    assert numbers["bound_by"] == "max_loss"
    assert Decimal("4.99") < loss <= 5


def test_the_record_makes_an_entry_smaller():
    losing = Record(wins=8, losses=12, average_win=Decimal(10), average_loss=Decimal(10), streak=-1)
    even = Record(wins=11, losses=9, average_win=Decimal(10), average_loss=Decimal(10), streak=-3)

    assert refusal(opening(), facts(record=losing)) == "size"
    assert judge(opening(), facts(record=even)).intents[0].numbers["size_pct"] == "2.0000"


@pytest.mark.parametrize(
    ("plan_there", "price", "rule"),
    [
        (None, 100, "plan"),
        (plan(direction="SHORT"), 100, "plan"),
        (plan(direction=""), 100, "plan"),
        (plan(), 100, ""),
        (plan(zone_low=Decimal(102), zone_high=Decimal(103)), 100, ""),
        (plan(zone_low=Decimal("102.1"), zone_high=Decimal(103)), 100, "plan_zone"),
        (plan(zone_low=Decimal(90), zone_high=Decimal("97.9")), 100, "plan_zone"),
    ],
)
def test_in_layers_a_step_keeps_to_its_plan(plan_there, price, rule):
    assert refusal(opening(), facts(plan=plan_there, price=Decimal(price), is_layered=True)) == rule
    assert refusal(opening(), facts(plan=plan_there)) == ""


@pytest.mark.parametrize(
    ("changes", "share", "rule"),
    [
        ({"gain_pct": Decimal("1.5"), "quantity": Decimal("1.5")}, 50, ""),
        ({"gain_pct": Decimal("1.49"), "quantity": Decimal("1.5")}, 50, "add_gain"),
        ({"gain_pct": Decimal(5), "quantity": Decimal("2.25")}, 50, "add_multiple"),
        ({"gain_pct": Decimal(5), "adds": 2}, 30, "max_adds"),
        ({"gain_pct": Decimal(5), "is_changing": True}, 30, "no_change_in_work"),
    ],
)
def test_adding_has_its_limits(changes, share, rule):
    seen = facts(price=Decimal(102), held=held(**changes), limits=limits(max_loss_pct=Decimal(5)))

    assert refusal(answer(Action.ADD, add_percent=share), seen) == rule


def test_an_add_passes_balance_size_loss_and_exposure_too():
    add, gaining = answer(Action.ADD, add_percent=50), held(gain_pct=Decimal(5))
    seen = facts(price=Decimal(102), held=gaining)

    assert refusal(add, seen) == ""
    assert refusal(add, replace(seen, account=account(available=Decimal(0)))) == "balance"
    assert refusal(add, replace(seen, account=account(available=Decimal(100)))) == "max_size"
    assert refusal(add, replace(seen, account=account(equity=Decimal(100)))) == "max_loss"
    assert refusal(add, replace(seen, account=account(carried=Decimal(290)))) == "exposure"
    assert refusal(add, replace(seen, missing=("1m",))) == "data"


def test_after_an_add_the_stop_lies_an_atr_behind_the_new_average_or_closer():
    gaining = held(gain_pct=Decimal(9), stop_price=Decimal(98))
    judged = judge(answer(Action.ADD, add_percent=50), facts(price=Decimal(103), held=gaining))

    assert judged.intents[0].numbers == {"position": 7, "share_pct": "50", "stop_price": "99"}
    near = judge(answer(Action.ADD, add_percent=50), facts(price=Decimal(103), held=replace(gaining, atr=Decimal(5))))
    assert near.intents[0].numbers == {"position": 7, "share_pct": "50"}


def test_a_reduce_is_for_losses_and_only_so_often():
    reduce = answer(Action.REDUCE, reduce_percent=30)

    assert refusal(reduce, facts(held=held(gain_pct=Decimal("-0.01")))) == ""
    assert refusal(reduce, facts(held=held(gain_pct=Decimal(0)))) == "reduce_in_loss"
    assert refusal(reduce, facts(held=held(gain_pct=Decimal(-5), reduces=3))) == "max_reduces"
    assert judge(reduce, facts(held=held(gain_pct=Decimal(-5)))).intents[0].numbers["share_pct"] == "30"


@pytest.mark.parametrize(
    ("is_long", "params", "rule"),
    [
        (True, {"stop_loss_price": 97}, ""),
        (True, {"stop_loss_price": "96.5"}, "stop_tightens"),
        (True, {"stop_loss_price": 90}, "stop_tightens"),
        (True, {"stop_loss_price": 100}, "stop_behind_price"),
        (True, {"stop_loss_price": 101}, "stop_behind_price"),
        (True, {"take_profit_price": 104}, ""),
        (True, {"take_profit_price": 100}, "target_beyond_price"),
        (False, {"stop_loss_price": 103}, ""),
        (False, {"stop_loss_price": 104}, "stop_tightens"),
        (False, {"stop_loss_price": 99}, "stop_behind_price"),
        (False, {"take_profit_price": 101}, "target_beyond_price"),
    ],
)
def test_an_adjustment_only_tightens(is_long, params, rule):
    mine = held() if is_long else held(is_long=False, stop_price=Decimal("103.5"), first_stop=Decimal("103.5"))

    assert refusal(answer(Action.ADJUST, **params), facts(held=mine)) == rule


def test_closing_needs_a_position_and_nothing_else():
    blind = facts(held=held(is_changing=True), price=None, missing=("1m",), account=account(equity=Decimal(0)))

    assert judge(answer(Action.CLOSE), blind).intents[0].kind == "close"
    assert refusal(answer(Action.CLOSE), facts()) == "position"


@pytest.mark.parametrize(
    ("price", "stop"), [("101.9", None), (102, "97.5"), (104, "98.5"), (110, "101.5"), ("96.9", None)]
)
def test_the_desk_moves_the_stop_by_itself_whatever_is_said(price, stop):
    """Half an ATR for each whole ATR of profit, also when the answer is a hold or refused."""
    seen = facts(price=Decimal(price), held=held())

    for said in (answer(Action.HOLD), answer(Action.ADJUST, stop_loss_price=50), opening()):
        moved = [intent for intent in judge(said, seen).intents if intent.author == "trailing_stop"]
        assert [intent.numbers["stop_price"] for intent in moved] == ([stop] if stop else [])


def test_a_change_takes_the_closer_of_its_own_stop_and_the_trailing_one():
    seen = facts(price=Decimal(104), held=held(gain_pct=Decimal(12)))

    def stops(said):
        return [intent.numbers.get("stop_price") for intent in judge(said, seen).intents]

    assert stops(answer(Action.ADJUST, stop_loss_price=97)) == ["98.5"]
    assert stops(answer(Action.ADJUST, stop_loss_price=99)) == ["99"]
    assert stops(answer(Action.ADJUST, take_profit_price=120)) == ["98.5"]
    assert stops(answer(Action.CLOSE)) == [None]


def test_without_the_setting_or_with_a_change_at_work_no_stop_trails():
    moving = held(is_changing=True)

    assert judge(answer(Action.HOLD), facts(price=Decimal(110), held=moving)).intents == ()
    off = limits(trailing_stop=False)
    assert judge(answer(Action.HOLD), facts(price=Decimal(110), held=held(), limits=off)).intents == ()


def test_facts_are_kept_digit_for_digit():
    whole = facts(held=held(), plan=plan(), missing=("book", "1m"), cooldown_left=Decimal("1.50"), is_layered=True)

    assert Facts.of_json(whole.as_json()) == whole
    assert Facts.of_json(whole.as_json() | {"a_name_of_tomorrow": 1}) == whole
    assert Facts.of_json(facts().as_json()) == facts()
