"""A position that the exchange no longer shows is believed gone after checks and time that agree, and comes back."""

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from unittest import mock

import pytest

from desk.event_kinds import EventKind
from desk.models import Event
from exchange.types import VenuePosition
from tests.lockstep import Lockstep, SteppedClock
from trading.core.states import ExitReason, PositionStatus
from trading.models import Position
from trading.services import reconcile
from trading.services.exit_requests import request_close
from trading.services.found_flat import FLAT_CHECKS, FLAT_SECONDS, count_flat
from trading.services.tending import tend


def show_nothing(lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lockstep.venue.trading, "positions", lambda symbol=None: [])


def believed_gone(lockstep: Lockstep) -> None:
    """Found flat for long enough, and not yet swept."""
    position = lockstep.open_position()
    for _ in range(FLAT_CHECKS):
        count_flat(position, is_flat=True, venue=lockstep.venue)
        position.refresh_from_db()
        lockstep.step(FLAT_SECONDS)
    count_flat(position, is_flat=True, venue=lockstep.venue)
    assert (lockstep.position().status, lockstep.position().quantity) == (PositionStatus.CLOSING, 0)


def test_connects_in_quick_succession_end_nothing_however_many(
    lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    lockstep.open_position()
    stops = lockstep.stops_at_exchange()
    with monkeypatch.context() as context:
        show_nothing(lockstep, context)
        for _ in range(FLAT_CHECKS + 1):
            reconcile.reconcile(lockstep.venue)

    reconcile.check(lockstep.venue)

    position = lockstep.position()
    assert (position.status, position.flat_checks, position.flat_since) == (PositionStatus.OPEN, 0, None)
    assert lockstep.stops_at_exchange() == stops


def test_checks_that_agree_for_a_minute_end_it(lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch) -> None:
    lockstep.open_position()
    show_nothing(lockstep, monkeypatch)
    begun = lockstep.now()

    while lockstep.position().status != PositionStatus.CLOSED and lockstep.now() < begun + timedelta(minutes=2):
        reconcile.check(lockstep.venue)
        lockstep.step(5)

    assert (lockstep.position().status, lockstep.position().exit_reason) == ("closed", ExitReason.RECONCILE)
    assert lockstep.now() - begun == timedelta(seconds=FLAT_SECONDS + 5)


def test_time_alone_ends_nothing(lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch) -> None:
    lockstep.open_position()
    show_nothing(lockstep, monkeypatch)

    for _ in range(FLAT_CHECKS - 1):
        lockstep.step(10 * FLAT_SECONDS)
        reconcile.check(lockstep.venue)

    assert lockstep.position().status == PositionStatus.OPEN


def test_a_replay_waits_no_longer_than_its_checks_take(lockstep: Lockstep) -> None:
    """A check every two seconds of wall time, sixty times as many at the exchange."""
    position = lockstep.open_position()
    with mock.patch.object(SteppedClock, "speed", Decimal(60)):
        for _ in range(FLAT_CHECKS):
            count_flat(position, is_flat=True, venue=lockstep.venue)
            position.refresh_from_db()
            lockstep.step(2 * 60)

    assert lockstep.position().status == PositionStatus.CLOSING


def test_what_is_shown_again_keeps_its_stop_and_is_held_again(either_mode: Lockstep) -> None:
    believed_gone(either_mode)
    open_there = -either_mode.open_at_exchange()
    stops = either_mode.stops_at_exchange()

    for _ in range(3):
        tend(either_mode.position(), either_mode.venue)

    position = either_mode.position()
    assert (position.status, position.exit_reason, position.quantity) == (PositionStatus.OPEN, "", open_there)
    assert (position.closing_at, position.naked_since) == (None, None)
    assert either_mode.stops_at_exchange() == stops
    told = Event.objects.filter(kind=EventKind.REPAIRED, facts__what="it is open at the exchange again")
    assert told.count() == 1


def test_a_close_that_was_asked_for_goes_on_when_it_is_shown_again(lockstep: Lockstep) -> None:
    position = lockstep.open_position()
    request_close(position, reason=ExitReason.MANUAL, author="anna", now=lockstep.now())
    Position.objects.update(quantity=0)

    for _ in range(4):
        tend(lockstep.position(), lockstep.venue)
        lockstep.deliver()

    assert (lockstep.position().status, lockstep.position().exit_reason) == ("closed", ExitReason.MANUAL)
    assert lockstep.open_at_exchange() == 0


def test_what_others_open_later_is_not_taken_back(lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of ours was closed by trades: what stands in its direction now is theirs."""
    lockstep.open_position()
    lockstep.price("10.100")
    lockstep.deliver()
    assert lockstep.position().status == PositionStatus.CLOSED
    Position.objects.update(status="closing", closed_at=None)
    theirs = [SimpleNamespace(symbol="DOTUSDT", position_side=lockstep.position().position_side, quantity=Decimal(-9))]

    def shown(symbol: str | None = None) -> list[VenuePosition]:
        return theirs  # type: ignore[return-value]

    monkeypatch.setattr(lockstep.venue.trading, "positions", shown)

    tend(lockstep.position(), lockstep.venue)

    assert lockstep.position().status == PositionStatus.CLOSED
