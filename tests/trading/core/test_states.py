"""The transition table of orders."""

import pytest

from exchange.types import VenueStatus
from trading.core.states import AT_VENUE, FINAL, LIVE, NEXT, OrderStatus, from_venue, is_transition

S = OrderStatus


def test_every_state_is_live_or_final() -> None:
    assert set(S) == LIVE | FINAL
    assert not LIVE & FINAL


@pytest.mark.parametrize("final", sorted(FINAL - {S.REJECTED}))
def test_nothing_follows_an_end(final: OrderStatus) -> None:
    assert NEXT[final] == frozenset()


def test_an_order_given_up_may_still_appear_but_never_goes_back_to_be_sent() -> None:
    assert is_transition(S.REJECTED, S.NEW)
    assert is_transition(S.REJECTED, S.FILLED)
    assert not is_transition(S.REJECTED, S.PENDING)


@pytest.mark.parametrize("sent", [S.UNKNOWN, *sorted(AT_VENUE), *sorted(FINAL)])
def test_what_was_sent_is_never_pending_again(sent: OrderStatus) -> None:
    assert not is_transition(sent, S.PENDING)
    assert not is_transition(sent, S.SUBMITTING)


def test_an_unknown_outcome_can_turn_out_any_way() -> None:
    for answer in (*AT_VENUE, *FINAL):
        assert is_transition(S.UNKNOWN, answer)


def test_only_a_pending_order_is_claimed_for_sending() -> None:
    assert [state for state in S if is_transition(state, S.SUBMITTING)] == [S.PENDING]


@pytest.mark.parametrize("status", list(VenueStatus))
def test_every_state_of_the_venue_has_our_word(status: VenueStatus) -> None:
    assert from_venue(status) in S


def test_self_trade_prevention_ends_an_order_like_any_expiry() -> None:
    assert from_venue(VenueStatus.EXPIRED_IN_MATCH) is S.EXPIRED
