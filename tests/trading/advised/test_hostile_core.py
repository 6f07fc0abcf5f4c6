"""No answer, however hostile, leads out of the limits: what the gates let pass is checked by reckoning it again."""

import random
from dataclasses import replace
from decimal import Decimal

import pytest

from advisor.proposal import propose
from tests.trading.advised.hostile import hostile_text
from tests.trading.advised.samples import SYMBOL, TERMS, account, facts, held
from trading.advised.facts import Facts, Held
from trading.advised.gates import Intent, judge

EVEN = Decimal(1) + Decimal("1e-9")


def some_facts(chance: random.Random) -> Facts:
    """A state of the desk: poor or rich, carrying little or much, with or without a position."""
    price = Decimal(chance.choice(["0.00001234", "8.5", "100", "60000"]))
    atr = price * Decimal(chance.choice(["0.0005", "0.004", "0.02"]))
    equity = Decimal(chance.choice([10, 1000, 100_000]))
    mine = account(
        equity=equity,
        available=equity * Decimal(chance.choice(["0.01", "0.5", "1", "1.5"])),
        carried=equity * Decimal(chance.choice(["0", "0.1", "0.29", "0.31", "3"])),
        positions=chance.randrange(7),
        entries_today=chance.choice([0, 19, 20]),
    )
    seen = facts(price=price, atr=atr, account=mine, missing=("book",) if chance.random() < 0.1 else ())
    return replace(seen, held=_some_held(chance, price, atr)) if chance.random() < 0.6 else seen


def _some_held(chance: random.Random, price: Decimal, atr: Decimal) -> Held:
    sign = chance.choice([1, -1])
    entry = price * (1 - sign * Decimal(chance.choice(["-0.01", "0.001", "0.02"])))
    stop = entry - sign * atr * Decimal(chance.choice(["0.5", "1.75", "3"]))
    return held(
        is_long=sign > 0,
        quantity=Decimal(chance.choice(["1", "1.5", "2.25"])),
        entry_price=entry,
        stop_price=stop,
        first_stop=stop,
        atr=atr,
        leverage=chance.choice([1, 3, 10]),
        gain_pct=sign * (price / entry - 1) * 300,
        adds=chance.randrange(3),
        reduces=chance.randrange(4),
    )


def check_intent(intent: Intent, seen: Facts) -> None:
    """The laws of the limits, reckoned anew from the numbers that would be executed."""
    if intent.kind == "enter":
        check_entry(intent, seen)
    elif intent.kind == "add":
        assert seen.held is not None
        assert seen.held.adds < seen.limits.max_adds
        share = Decimal(intent.numbers["share_pct"])
        assert 30 <= share <= 50
        assert seen.held.quantity * (1 + share / 100) <= seen.held.first_quantity * seen.limits.max_add_multiple
        assert seen.held.gain_pct >= seen.limits.min_add_gain_pct
    elif intent.kind == "reduce":
        assert seen.held is not None
        assert seen.held.gain_pct < 0
        assert 30 <= Decimal(intent.numbers["share_pct"]) <= 50
    if intent.kind in ("add", "adjust") and "stop_price" in intent.numbers:
        check_stop_only_tightens(Decimal(intent.numbers["stop_price"]), seen)


def check_entry(intent: Intent, seen: Facts) -> None:
    limits, mine = seen.limits, seen.account
    assert seen.held is None
    assert not seen.missing
    numbers = intent.numbers
    price, stop, target = (Decimal(numbers[name]) for name in ("price", "stop_price", "take_profit_price"))
    sign = 1 if numbers["direction"] == "LONG" else -1
    risk, reward = sign * (price - stop), sign * (target - price)
    leverage, margin = numbers["leverage"], mine.available * Decimal(numbers["size_pct"]) / 100
    assert 1 <= leverage <= limits.max_leverage
    assert 0 < Decimal(numbers["size_pct"]) <= limits.max_size_pct
    assert limits.min_stop_atr * seen.atr <= risk * EVEN
    assert risk <= limits.max_stop_atr * seen.atr * EVEN
    assert reward * EVEN >= limits.min_reward_risk * risk
    assert mine.carried + margin * leverage <= mine.equity * limits.max_exposure_pct / 100 * EVEN
    assert margin * leverage * risk / price <= mine.equity * limits.max_loss_pct / 100 * EVEN
    assert mine.positions < limits.max_positions
    assert mine.entries_today < limits.max_entries_per_day


def check_stop_only_tightens(stop: Decimal, seen: Facts) -> None:
    assert seen.held is not None
    assert seen.price is not None
    if seen.held.is_long:
        assert seen.held.stop_price < stop < seen.price
    else:
        assert seen.price < stop < seen.held.stop_price


def judge_many(seed: int, count: int) -> int:
    """How many of ``count`` hostile answers led to something; each of them was inside the limits."""
    chance, led = random.Random(seed), 0
    for _ in range(count):
        seen = some_facts(chance)
        text = hostile_text(chance, symbol=SYMBOL, price=seen.price or Decimal(1))
        judged = judge(propose(text, TERMS).answer, seen)
        for intent in judged.intents:
            check_intent(intent, seen)
        assert len(judged.intents) <= 1
        assert not (judged.refusal and any(intent.author == "adviser" for intent in judged.intents))
        led += any(intent.author == "adviser" for intent in judged.intents)
    return led


def test_a_thousand_hostile_answers_stay_inside_the_limits():
    assert judge_many(seed=1, count=1000) > 20


@pytest.mark.long
def test_a_hundred_thousand_hostile_answers_stay_inside_the_limits():
    assert judge_many(seed=2, count=100_000) > 2000
