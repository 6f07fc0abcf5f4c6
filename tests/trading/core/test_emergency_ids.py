"""Ids of orders that leave without a row: fixed by their cause, ours, and apart from those that rows have."""

from hypothesis import given
from hypothesis import strategies as st

from trading.core.client_ids import MAX_LENGTH, ClientOrderId, is_ours, parse
from trading.core.emergency_ids import FIRST_ATTEMPT, CauseKind, emergency_id, is_emergency
from trading.core.states import Purpose

NONCE = "a1b2c3"
LARGEST_SMALLINT = 32767
numbers = st.integers(0, 10**12)
causes = st.sampled_from(CauseKind)


def of(number: int, cause: CauseKind = CauseKind.TRADE, *, position_id: int = 7, purpose: str = "stop") -> str:
    return emergency_id(
        nonce=NONCE, position_id=position_id, purpose=Purpose(purpose), cause=cause, number=number
    )  # fmt: skip


@given(number=numbers, cause=causes, position_id=st.integers(1, 10**9))
def test_it_reads_as_an_id_of_ours_for_the_position_and_fits_the_venue(
    number: int, cause: CauseKind, position_id: int
) -> None:
    text = of(number, cause, position_id=position_id)
    parts = parse(text)

    assert len(text) <= MAX_LENGTH
    assert is_ours(text, nonce=NONCE)
    assert parts is not None
    assert (parts.position_id, parts.purpose) == (position_id, "stop")
    assert is_emergency(parts)


@given(one=st.tuples(numbers, causes), other=st.tuples(numbers, causes))
def test_two_are_equal_exactly_when_their_causes_are(one: tuple[int, CauseKind], other: tuple[int, CauseKind]) -> None:
    assert (of(*one) == of(*other)) == (one == other)


def test_no_row_has_such_an_attempt() -> None:
    assert FIRST_ATTEMPT > LARGEST_SMALLINT
    assert not is_emergency(ClientOrderId(NONCE, 7, "stop", LARGEST_SMALLINT))


def test_a_stop_and_a_close_for_one_cause_differ() -> None:
    assert of(5) != of(5, purpose="close")
