"""The ladder as a table: what was refused, what comes next."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.types import PositionSide
from tests.rules_of_symbols import symbol_rules
from trading.core.ladder import Ladder, Refusal, Rung, corrected_trigger, next_rung

PLAIN, FORM, UNSEEN, UNHEARD = Refusal.PLAIN, Refusal.FORM, Refusal.UNSEEN, Refusal.UNHEARD
AT_ONCE = timedelta(0)


@pytest.mark.parametrize(
    ("refusals", "rung"),
    [
        ([], Rung.BASE),
        ([PLAIN], Rung.RETRY),
        ([PLAIN, PLAIN], Rung.QUANTITY),
        ([PLAIN, PLAIN, PLAIN], Rung.CORRECTED),
        ([PLAIN, PLAIN, PLAIN, PLAIN], Rung.FLATTEN),
        ([PLAIN] * 9, Rung.FLATTEN),
        ([FORM], Rung.QUANTITY),
        ([FORM, PLAIN], Rung.CORRECTED),
        ([UNSEEN], Rung.QUANTITY),
        ([UNSEEN, UNSEEN, UNSEEN, UNSEEN], Rung.QUANTITY),
        ([UNHEARD, UNHEARD, UNHEARD], Rung.QUANTITY),
        ([PLAIN, UNHEARD, PLAIN], Rung.CORRECTED),
    ],
)
def test_what_follows_what(refusals: Sequence[Refusal], rung: Rung) -> None:
    assert next_rung(refusals, trying=AT_ONCE, ladder=Ladder()) is rung


def test_past_the_deadline_one_spoken_refusal_is_enough_to_flatten() -> None:
    late = timedelta(seconds=5.1)

    assert next_rung([PLAIN], trying=late, ladder=Ladder()) is Rung.FLATTEN
    assert next_rung([PLAIN], trying=timedelta(seconds=4.9), ladder=Ladder()) is Rung.RETRY


def test_past_the_deadline_silence_alone_does_not_flatten() -> None:
    """Nobody said no: the stop may stand, or the exchange is away and takes no close either."""
    assert next_rung([UNHEARD], trying=timedelta(minutes=1), ladder=Ladder()) is Rung.QUANTITY


def test_rungs_are_left_out_and_repeated_as_the_settings_say() -> None:
    ladder = Ladder(retries=0, by_quantity=2, corrections=0)

    climbed = [next_rung([PLAIN] * count, trying=AT_ONCE, ladder=ladder) for count in range(4)]

    assert climbed == [Rung.BASE, Rung.QUANTITY, Rung.QUANTITY, Rung.FLATTEN]
    assert ladder.at_once == 3


@pytest.mark.parametrize(
    "wrong", [{"retries": -1}, {"by_quantity": 0}, {"corrections": -1}, {"correction_ratio": Decimal(1)}]
)
def test_settings_that_make_no_ladder_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"ladder|trigger"):
        Ladder(**wrong)  # type: ignore[arg-type]


@given(st.lists(st.sampled_from(Refusal), max_size=12), st.integers(0, 3), st.integers(1, 3), st.integers(0, 3))
def test_a_further_refusal_never_leads_down(
    refusals: list[Refusal], retries: int, by_quantity: int, corrections: int
) -> None:
    ladder = Ladder(retries=retries, by_quantity=by_quantity, corrections=corrections)
    order = list(Rung)

    places = [
        order.index(next_rung(refusals[:count], trying=AT_ONCE, ladder=ladder)) for count in range(len(refusals) + 1)
    ]

    assert places == sorted(places)


@pytest.mark.parametrize(
    ("side", "stop", "price", "trigger"),
    [
        (PositionSide.SHORT, "10.03", "8.5", "9.87"),  # 10.03 - 0.153, down to the tick
        (PositionSide.LONG, "7.00", "8.5", "7.15"),
        (PositionSide.SHORT, "8.51", "8.5", "8.51"),  # one tick away: there is nothing nearer
        (PositionSide.SHORT, "10.033", "10.1", "10.03"),  # the price is past it: only the tick is mended
    ],
)
def test_a_corrected_trigger_is_nearer_and_on_the_tick(side: PositionSide, stop: str, price: str, trigger: str) -> None:
    corrected = corrected_trigger(
        stop_price=Decimal(stop),
        price=Decimal(price),
        ratio=Decimal("0.1"),
        position_side=side,
        rules=symbol_rules(tick="0.01"),
    )

    assert corrected == Decimal(trigger)
