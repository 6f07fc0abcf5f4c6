"""Advice without a model: deterministic, legal, and quiet where it knows too little."""

from dataclasses import dataclass
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.answer import ALL_ACTIONS, Action
from advisor.clamps import Bounds
from advisor.proposal import Terms, legal_actions, propose
from advisor.providers.port import Deadline
from advisor.providers.rules import Holding, RulesAdviser, trailing_stop
from tests.advisor.samples import PROMPT


@dataclass(frozen=True, kw_only=True)
class Seen:
    symbol: str = "BTCUSDT"
    price: Decimal | None = Decimal("60000")
    regime: str = "trending_up"
    confluence: float = 50.0
    atr: Decimal | None = Decimal("200")
    missing: tuple[str, ...] = ()
    rebound: int = 0


LONG = Holding(
    is_long=True,
    entry_price=Decimal("60000"),
    first_stop=Decimal("59650"),
    stop=Decimal("59650"),
    atr=Decimal("200"),
    pnl_percent=Decimal("0.5"),
)
SHORT = Holding(
    is_long=False,
    entry_price=Decimal("60000"),
    first_stop=Decimal("60350"),
    stop=Decimal("60350"),
    atr=Decimal("200"),
    pnl_percent=Decimal("0.5"),
)


def advice(seen, holding=None, allowed=ALL_ACTIONS):
    return RulesAdviser(seen, holding, allowed).advice()


def test_agreeing_timeframes_open_with_a_stop_of_one_and_three_quarter_atr():
    answer = advice(Seen())

    assert answer.action is Action.LONG
    assert answer.params.stop_loss_price == Decimal("59650")
    assert answer.params.take_profit_price == Decimal("60700")
    assert answer.confidence == Decimal("0.68")


def test_a_short_is_the_mirror_of_a_long():
    answer = advice(Seen(confluence=-50.0, regime="trending_down"))

    assert answer.action is Action.SHORT
    assert answer.params.stop_loss_price == Decimal("60350")
    assert answer.params.take_profit_price == Decimal("59300")


@pytest.mark.parametrize(
    "changes",
    [
        {"confluence": 34.9},
        {"confluence": -34.9},
        {"regime": "trending_down"},
        {"regime": "volatile"},
        {"confluence": -80.0},
        {"missing": ("book",)},
        {"atr": None},
        {"price": None},
    ],
)
def test_doubt_is_a_hold(changes):
    assert advice(Seen(**changes)).action is Action.HOLD


@pytest.mark.parametrize(
    ("price", "stop"),
    [("60000", "59650"), ("60199", "59650"), ("60200", "59750"), ("60650", "59950"), ("59700", "59650")],
)
def test_the_stop_of_a_long_follows_by_half_an_atr_for_each_atr_of_profit(price, stop):
    assert trailing_stop(LONG, Decimal(price)) == Decimal(stop)


def test_a_profit_moves_the_stop_and_nothing_moves_it_back():
    moved = advice(Seen(confluence=0.0, price=Decimal("59700")), SHORT)
    back = Holding(**{name: getattr(SHORT, name) for name in SHORT.__slots__} | {"stop": Decimal("59900")})

    assert moved.action is Action.ADJUST
    assert moved.params.stop_loss_price == Decimal("60250")
    assert advice(Seen(confluence=0.0, price=Decimal("59700")), back).action is Action.HOLD


def test_a_lean_to_the_other_side_closes_sooner_than_it_would_open():
    assert advice(Seen(confluence=-20.0), LONG).action is Action.CLOSE
    assert advice(Seen(confluence=20.0), SHORT).action is Action.CLOSE
    assert advice(Seen(confluence=-19.9), LONG).action is Action.HOLD
    assert advice(Seen(confluence=-40.0, missing=("book",)), LONG).action is Action.HOLD


def test_without_a_price_the_stops_stay():
    assert advice(Seen(price=None, confluence=0.0), SHORT).action is Action.HOLD


def test_profit_and_agreement_add_only_where_that_is_open():
    winning = Holding(**{name: getattr(LONG, name) for name in LONG.__slots__} | {"pnl_percent": Decimal("2.1")})

    assert advice(Seen(), winning).action is Action.ADD
    assert advice(Seen(), winning, ALL_ACTIONS - {Action.ADD}).action is Action.HOLD


@pytest.mark.parametrize(
    ("seen", "pnl_percent", "action"),
    [
        (Seen(confluence=0.0, rebound=1), "-2", Action.REDUCE),
        (Seen(confluence=0.0, rebound=1), "-1.9", Action.HOLD),
        (Seen(confluence=0.0, rebound=0), "-5", Action.HOLD),
        (Seen(confluence=0.0, rebound=-1), "-5", Action.HOLD),
        (Seen(confluence=0.0, rebound=1, missing=("book",)), "-5", Action.HOLD),
        (Seen(confluence=-40.0, rebound=1), "-5", Action.CLOSE),
    ],
)
def test_a_loss_is_made_smaller_in_a_rebound(seen, pnl_percent, action):
    losing = Holding(**{name: getattr(LONG, name) for name in LONG.__slots__} | {"pnl_percent": Decimal(pnl_percent)})

    assert advice(seen, losing).action is action


def test_a_short_is_reduced_when_the_price_turns_down():
    losing = Holding(**{name: getattr(SHORT, name) for name in SHORT.__slots__} | {"pnl_percent": Decimal(-3)})

    answer = advice(Seen(confluence=0.0, rebound=-1), losing)

    assert (answer.action, answer.params.reduce_percent) == (Action.REDUCE, Decimal(30))
    assert advice(Seen(confluence=0.0, rebound=-1), losing, ALL_ACTIONS - {Action.REDUCE}).action is Action.HOLD


def test_what_is_not_open_is_a_hold():
    assert advice(Seen(), allowed=frozenset({Action.HOLD})).action is Action.HOLD


def test_the_answer_is_read_like_any_models():
    allowed = legal_actions(has_position=False, may_risk=True)
    answer = RulesAdviser(Seen(), None, allowed).decide(PROMPT, {}, deadline=Deadline.within(1))

    proposed = propose(answer.text, Terms(symbol="BTCUSDT", allowed=allowed, bounds=Bounds()))

    assert proposed.answer == advice(Seen())
    assert (answer.provider, answer.cost) == ("rules", 0)


@given(
    st.decimals("0.00001", "100000", places=5),
    st.decimals("0.00001", "1000", places=5),
    st.floats(-100, 100),
    st.sampled_from(["trending_up", "trending_down", "ranging", "volatile", "quiet"]),
)
def test_every_opening_of_the_rules_is_taken_as_it_is_or_refused_for_its_exits(price, atr, confluence, regime):
    seen = Seen(price=price, atr=atr, confluence=confluence, regime=regime)
    answer = RulesAdviser(seen, None, ALL_ACTIONS).decide(PROMPT, {}, deadline=Deadline.within(1))

    proposed = propose(answer.text, Terms(symbol="BTCUSDT", allowed=ALL_ACTIONS))

    assert proposed.reason in ("", "stop_loss_missing", "take_profit_missing", "exits_on_wrong_side")
    assert proposed.clamps == ()
