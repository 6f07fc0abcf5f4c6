"""An add asks of its contract what an entry asks: whether it trades, until when, and within its hours."""

from datetime import timedelta

import pytest

from exchange.market_types import TradingSession
from tests.lockstep import Lockstep
from tests.trading.services.plans import ask, look
from tests.trading.services.test_manual_limits import listed
from trading.core.states import ChangeKind, PositionStatus
from trading.models import PositionChange


def added(lockstep: Lockstep) -> PositionChange:
    change = ask(lockstep, ChangeKind.ADD)
    look(lockstep)
    change.refresh_from_db()
    assert lockstep.position().status == PositionStatus.OPEN
    return change


def in_profit(lockstep: Lockstep) -> None:
    lockstep.open_position()
    lockstep.price("8.300")


@pytest.mark.parametrize(("hours", "code"), [(47, "contract_delisting"), (49, "")])
def test_nothing_is_added_where_the_end_of_the_contract_is_near(lockstep: Lockstep, hours: int, code: str) -> None:
    in_profit(lockstep)
    listed(lockstep, delivery_at=lockstep.now() + timedelta(hours=hours))

    assert added(lockstep).refusal_code == code


@pytest.mark.parametrize(("begins", "code"), [(-60, ""), (60, "trading_hours")])
def test_a_contract_with_hours_is_added_to_within_them(lockstep: Lockstep, begins: int, code: str) -> None:
    in_profit(lockstep)
    listing = listed(lockstep, contract_type="TRADIFI_PERPETUAL", underlying_type="COMMODITY")
    start = lockstep.now() + timedelta(minutes=begins)
    listing.sessions = {"COMMODITY": [TradingSession(start=start, end=start + timedelta(hours=8), kind="REGULAR")]}

    assert added(lockstep).refusal_code == code
