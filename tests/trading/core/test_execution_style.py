"""The plan of each style, asked again and again with what became of its orders."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.strategies.execution import ExecutionStyle
from trading.core.execution_style import (
    Cancel,
    End,
    Ending,
    Form,
    Piece,
    Send,
    Step,
    StylePlan,
    Wait,
    affordable_slices,
    next_step,
)

START = datetime(2024, 11, 23, 17, 0, tzinfo=UTC)
S = ExecutionStyle


def plan(style: ExecutionStyle, **details: Any) -> StylePlan:
    values: dict[str, Any] = {
        "quantity": Decimal(10),
        "step": Decimal("0.1"),
        "least": Decimal("0.6"),
        "started_at": START,
        "deadline": START + timedelta(minutes=10),
        "span": timedelta(seconds=60),
        "slices": 4 if style is S.TWAP else 1,
    }
    return StylePlan(style=style, **values | details)


def piece(quantity: str = "10", executed: str = "0", *, at: float = 0, **details: Any) -> Piece:
    values: dict[str, Any] = {"is_final": True} | details
    return Piece(
        quantity=Decimal(quantity), executed=Decimal(executed), created_at=START + timedelta(seconds=at), **values
    )


def asked(style: ExecutionStyle, *pieces: Piece, at: float = 0, is_stopped: bool = False, **details: Any) -> Step:
    return next_step(plan(style, **details), pieces, now=START + timedelta(seconds=at), is_stopped=is_stopped)


@pytest.mark.parametrize(
    ("style", "pieces", "at", "step"),
    [
        (S.MARKET, [], 0, Send(Form.MARKET, Decimal(10))),
        (S.MARKET, [piece("10", "10")], 1, End(Ending.FILLED)),
        (S.MARKET, [piece("10", "4")], 1, End(Ending.SENT)),
        (S.MARKET, [piece("8", "8")], 1, Send(Form.MARKET, Decimal(2))),
        (S.MARKET, [piece("8", "0", is_lost=True)], 1, End(Ending.SENT)),
        (S.LIMIT, [], 0, Send(Form.LIMIT, Decimal(10))),
        (S.LIMIT, [piece(is_final=False)], 500, Wait()),
        (S.LIMIT, [piece(is_final=False)], 600, Cancel()),
        (S.LIMIT, [piece("10", "3")], 600, End(Ending.EXPIRED)),
        (S.LIMIT_THEN_MARKET, [], 0, Send(Form.LIMIT, Decimal(10))),
        (S.LIMIT_THEN_MARKET, [piece(is_final=False)], 59, Wait()),
        (S.LIMIT_THEN_MARKET, [piece(is_final=False)], 60, Cancel()),
        (S.LIMIT_THEN_MARKET, [piece("10", "4")], 61, Send(Form.BOUNDED, Decimal(6))),
        (S.LIMIT_THEN_MARKET, [piece("10", "9.5")], 61, End(Ending.SENT)),
        (S.LIMIT_THEN_MARKET, [piece("10", "4"), piece("6", "6", at=61)], 62, End(Ending.FILLED)),
        (S.LIMIT_THEN_MARKET, [piece("10", "4"), piece("6", "2", at=61)], 62, End(Ending.SENT)),
        (S.LIMIT_THEN_MARKET, [piece("10", is_refused=True)], 1, End(Ending.REFUSED)),
        (S.TWAP, [], 0, Send(Form.BOUNDED, Decimal("2.5"))),
        (S.TWAP, [piece("2.5", "2.5")], 14, Wait()),
        (S.TWAP, [piece("2.5", "2.5")], 15, Send(Form.BOUNDED, Decimal("2.5"))),
        (S.TWAP, [piece("2.5", "1")], 15, Send(Form.BOUNDED, Decimal(4))),
        (S.TWAP, [piece("2.5", "2.5")], 46, Send(Form.BOUNDED, Decimal("7.5"))),
        (S.TWAP, [piece("2.5", "2.5", is_lost=True)], 15, Send(Form.BOUNDED, Decimal("2.5"))),
        (S.TWAP, [piece("2.5", is_lost=True)], 15, Send(Form.BOUNDED, Decimal("2.5"))),
        (S.TWAP, [piece("10", "9", at=46)], 47, End(Ending.SENT)),
        (S.TWAP, [piece("2.5", is_refused=True)], 15, End(Ending.REFUSED)),
    ],
)
def test_the_step_that_follows(style: ExecutionStyle, pieces: list[Piece], at: float, step: Step) -> None:
    assert asked(style, *pieces, at=at) == step


@pytest.mark.parametrize("style", list(S))
def test_what_is_called_off_sends_nothing_more(style: ExecutionStyle) -> None:
    assert asked(style, is_stopped=True) == End(Ending.STOPPED)
    assert asked(style, piece(is_final=False), is_stopped=True) == Cancel()
    assert asked(style, piece("10", "10"), is_stopped=True) == End(Ending.FILLED)


def test_an_order_of_unknown_outcome_holds_the_plan_up() -> None:
    assert asked(S.TWAP, piece("2.5", is_final=False), at=30) == Wait()


def test_an_order_that_may_still_appear_is_not_sent_anew() -> None:
    assert asked(S.LIMIT_THEN_MARKET, piece("10", is_lost=True), at=61) == End(Ending.SENT)


def test_slices_are_as_many_as_the_least_order_allows() -> None:
    assert affordable_slices(wanted=10, quantity=Decimal(5), least=Decimal("1.5")) == 3
    assert affordable_slices(wanted=10, quantity=Decimal(1), least=Decimal("1.5")) == 1
    assert affordable_slices(wanted=4, quantity=Decimal(100), least=Decimal("1.5")) == 4


@given(
    quantity=st.decimals(min_value=1, max_value=500, places=1),
    slices=st.integers(1, 12),
    shares=st.lists(st.integers(0, 4), min_size=1, max_size=40),
    pauses=st.lists(st.integers(1, 40), min_size=40, max_size=40),
)
def test_a_plan_never_sends_more_than_its_quantity_and_always_ends(
    quantity: Decimal, slices: int, shares: list[int], pauses: list[int]
) -> None:
    wanted = plan(S.TWAP, quantity=quantity, slices=slices, least=Decimal("0.1"))
    pieces: list[Piece] = []
    now, step = START, next_step(wanted, [], now=START, is_stopped=False)
    for turn in range(200):
        step = next_step(wanted, pieces, now=now, is_stopped=False)
        if isinstance(step, End):
            break
        if isinstance(step, Send):
            filled = (step.quantity * shares[turn % len(shares)] / 4).quantize(Decimal("0.1"), rounding="ROUND_FLOOR")
            pieces.append(Piece(quantity=step.quantity, executed=filled, is_final=True, created_at=now))
            assert sum(each.executed for each in pieces) <= quantity
        now += timedelta(seconds=pauses[turn % len(pauses)])

    assert isinstance(step, End)
    assert len(pieces) <= slices


def test_more_than_one_order_at_market_takes_leaves_in_several() -> None:
    first = asked(S.MARKET, most=Decimal(4))
    second = asked(S.MARKET, piece("4", "4"), at=1, most=Decimal(4))
    last = asked(S.MARKET, piece("4", "4"), piece("4", "4"), at=2, most=Decimal(4))

    assert (first, second, last) == (*[Send(Form.MARKET, Decimal(4))] * 2, Send(Form.MARKET, Decimal(2)))


def test_a_market_that_did_not_take_all_of_one_order_is_sent_no_other() -> None:
    assert asked(S.MARKET, piece("4", "3"), at=1, most=Decimal(4)) == End(Ending.SENT)
