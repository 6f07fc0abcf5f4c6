"""A bot's entry in slices, or by limit and then at the market: sized and stopped by what it can really pay."""

from decimal import Decimal

import pytest

from signals.models import SignalStatus
from tests.lockstep import Lockstep
from tests.trading.services.plans import look, styled
from trading.models import Position
from trading.services.entry import work_signal

RATIO = Decimal("0.04")
STEPS = {"leverage": 10, "stop_loss_pct": "4", "twap_slices": 2, "twap_seconds": 20, "style_timeout_seconds": 10}


def carried_out(lockstep: Lockstep, style: str, **values: object) -> Position:
    styled(lockstep, style, **{**STEPS, **values})
    lockstep.enter()
    lockstep.deliver()
    for _ in range(6):
        lockstep.price("8.500", after=16)
        look(lockstep)
    return lockstep.position()


@pytest.mark.parametrize(
    ("style", "offset"), [("twap", "5"), ("twap", "2"), ("twap", "-2"), ("limit_then_market", "2")]
)
def test_the_stop_keeps_its_distance_to_the_market_whatever_the_offset(
    lockstep: Lockstep, style: str, offset: str
) -> None:
    position = carried_out(lockstep, style, entry_offset_pct=offset)

    assert position.entry_price is not None
    assert position.entry_price < Decimal("8.51")
    assert position.stop_price <= position.entry_price * (1 + RATIO)
    assert position.quantity * position.entry_price <= Decimal(2000)


def test_one_order_keeps_its_distance_to_its_limit(lockstep: Lockstep) -> None:
    styled(lockstep, "limit", entry_offset_pct="2", stop_loss_pct="4")

    position = lockstep.enter()

    assert position.worst_entry_price == Decimal("8.670")
    assert position.stop_price == Decimal("9.016")


def test_a_limit_of_the_first_step_beyond_the_stop_is_refused(lockstep: Lockstep) -> None:
    styled(lockstep, "limit_then_market", entry_offset_pct="5", stop_loss_pct="4")
    signal = lockstep.signal()

    assert work_signal(signal, lockstep.venue) is None
    signal.refresh_from_db()
    assert (signal.status, signal.reason_code) == (SignalStatus.REFUSED, "exits_on_wrong_side")


def test_an_entry_whose_stop_the_market_has_passed_is_refused(lockstep: Lockstep) -> None:
    styled(lockstep, "limit", entry_reference="signal", stop_loss_pct="1")
    signal = lockstep.signal(price="8.400")

    assert work_signal(signal, lockstep.venue) is None
    signal.refresh_from_db()
    assert (signal.status, signal.reason_code) == (SignalStatus.REFUSED, "exits_on_wrong_side")
    assert "has passed the stop 8.484" in signal.reason
    assert not Position.objects.exists()
