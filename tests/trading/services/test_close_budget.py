"""A close leaves while there is room for a stop: when others use up the minute, and when the reserve must do."""

from datetime import datetime
from pathlib import Path

import pytest

from desk.models import Installation
from exchange.errors import RateLimited
from exchange.rate_budget import ORDERS_1M, ORDERS_10S, VENUE_LIMITS, WEIGHT, Cost, LocalBudget, Urgency
from exchange.types import PositionSide
from tests.lockstep import SYMBOL, Lockstep
from trading.core.emergency_ids import CauseKind
from trading.core.states import ExitReason, PositionStatus
from trading.emergency import LastResort
from trading.emergency_journal import EmergencyJournal
from trading.emergency_picture import Exposure, Picture
from trading.services.exit_requests import request_close
from trading.services.holdings import has_foreign
from trading.services.tending import tend

USED_BY_OTHERS = VENUE_LIMITS[WEIGHT] * 92 // 100
# What each of twenty positions has of the reserve that one process has while Redis is away.
TWENTIETH_OF_RESERVE = VENUE_LIMITS[WEIGHT] // 10 // 20


class Share(LocalBudget):
    """A part of a budget, which knows nothing of what the others use."""

    def correct(self, used_weight: int, *, asked_at: datetime | None = None) -> None:
        pass


def give_budget(lockstep: Lockstep, *, weight: int = VENUE_LIMITS[WEIGHT], used: int = 0) -> None:
    budget = Share({WEIGHT: weight, ORDERS_10S: 30, ORDERS_1M: 120})
    budget.admit(Cost(urgency=Urgency.PROTECT, weight=used))
    lockstep.venue.trading._client._budget = budget  # type: ignore[attr-defined]


def ask_to_close(lockstep: Lockstep) -> None:
    """For a reason that looks at no book before."""
    request_close(lockstep.position(), reason=ExitReason.BREAKER_FLATTEN, author="breaker", now=lockstep.now())


def open_of(lockstep: Lockstep) -> object:
    give_budget(lockstep)
    return lockstep.open_at_exchange()


def test_a_close_leaves_and_ends_while_others_on_the_address_use_up_the_share_of_reading(lockstep: Lockstep) -> None:
    lockstep.open_position()
    ask_to_close(lockstep)
    give_budget(lockstep, used=USED_BY_OTHERS)

    for _ in range(2):
        tend(lockstep.position(), lockstep.venue)
        lockstep.deliver()

    assert lockstep.position().status == PositionStatus.CLOSED
    assert open_of(lockstep) == 0


def test_twenty_closes_leave_and_are_booked_on_the_reserve_of_one_process(lockstep: Lockstep) -> None:
    lockstep.open_position()
    ask_to_close(lockstep)
    give_budget(lockstep, weight=TWENTIETH_OF_RESERVE)

    tend(lockstep.position(), lockstep.venue)

    assert lockstep.position().quantity == 0
    assert open_of(lockstep) == 0


def test_what_others_have_on_a_symbol_is_looked_at_with_the_share_of_reading(lockstep: Lockstep) -> None:
    give_budget(lockstep, used=USED_BY_OTHERS)

    with pytest.raises(RateLimited, match="used up"):
        has_foreign(SYMBOL, lockstep.venue)


@pytest.mark.parametrize(
    ("weight", "used"), [(VENUE_LIMITS[WEIGHT], USED_BY_OTHERS), (TWENTIETH_OF_RESERVE, 0)], ids=["others", "reserve"]
)
def test_an_emergency_close_leaves_too(lockstep: Lockstep, tmp_path: Path, weight: int, used: int) -> None:
    position = lockstep.open_position()
    journal = EmergencyJournal(tmp_path / "emergency.jsonl")
    nonce = Installation.current().nonce
    resort = LastResort(lockstep.venue, journal=journal, picture=Picture(), nonce=nonce)
    (stop,) = lockstep.stops_at_exchange()
    lockstep.venue.trading.cancel_algo_order(SYMBOL, stop)
    lockstep.venue.rules(SYMBOL)
    lockstep.wire.refuse("POST", "/fapi/v1/algoOrder", -2021)
    give_budget(lockstep, weight=weight, used=used)

    is_over = resort.protect(
        Exposure(
            symbol=SYMBOL,
            position_id=position.pk,
            direction=PositionSide.SHORT,
            position_side=PositionSide.BOTH,
            quantity=position.quantity,
            reference_price=position.entry_price,
            cause=CauseKind.TRADE,
            number=1,
        )
    )

    assert is_over
    assert open_of(lockstep) == 0
