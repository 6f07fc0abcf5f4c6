"""The emergency stop: ten positions of which one refuses, what is told of each, and that it holds."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from desk.event_kinds import EventKind
from desk.models import Event
from exchange.errors import OrderRefused
from risk import breaker_store
from risk.breaker_store import tier_of
from risk.states import Tier
from tests.lockstep import Lockstep
from trading.core.states import PositionStatus
from trading.models import Position
from trading.services.breaker import evaluate_breaker
from trading.services.emergency_stop import emergency_stop, last_report, report_when_done
from trading.services.entry import work_signal
from trading.services.tending import tend

SYMBOLS = [f"TEN{number}USDT" for number in range(10)]
REFUSING = SYMBOLS[4]


@pytest.fixture
def ten(lockstep: Lockstep) -> Lockstep:
    """Ten protected positions, and an exchange that refuses to close one of them."""
    version = lockstep.bot.config_version
    version.values = {"live_fixed_margin_usdt": "100", "max_positions": 10, "max_entries_per_day": 10}
    version.save()
    for symbol in SYMBOLS:
        lockstep.market.trade(symbol, lockstep.host.clock.now_ms() - 1, "8.500")
        work_signal(lockstep.signal(symbol), lockstep.venue)
    lockstep.deliver()
    return lockstep


def refuse_closing(ten: Lockstep, monkeypatch: pytest.MonkeyPatch) -> None:
    place = type(ten.venue.trading).place_order

    def refusing(self: Any, request: Any) -> Any:
        if request.symbol == REFUSING:
            raise OrderRefused(-4131, "the market is too thin")
        return place(self, request)

    monkeypatch.setattr(type(ten.venue.trading), "place_order", refusing)


def carry_out(ten: Lockstep) -> None:
    for position in Position.objects.exclude(status=PositionStatus.CLOSED):
        tend(position, ten.venue)
    ten.deliver()


def stop(ten: Lockstep) -> None:
    emergency_stop(ten.account, author="owner", reason="the news", now=ten.now())


def test_nine_are_closed_and_the_tenth_is_told_and_still_protected(
    ten: Lockstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_closing(ten, monkeypatch)

    stop(ten)
    carry_out(ten)

    report = last_report(ten.account)
    assert report is not None
    left = [result for result in report.results if not result.is_closed]
    assert len(report.results) == 10
    assert [(result.symbol, result.is_protected) for result in left] == [(REFUSING, True)]
    assert "too thin" in left[0].refusal
    assert len(ten.stops_at_exchange(REFUSING)) == 1
    assert [row.symbol for row in ten.venue.trading.positions()] == [REFUSING]


def test_it_stays_halted_after_a_restart_and_lets_nothing_in(ten: Lockstep, monkeypatch: pytest.MonkeyPatch) -> None:
    stop(ten)
    carry_out(ten)

    breaker_store._adapter.cache_clear()
    ten.step(3 * 24 * 3600)
    evaluate_breaker(ten.venue)
    signal = ten.signal("TEN0USDT", day=ten.now().date())
    work_signal(signal, ten.venue)

    signal.refresh_from_db()
    assert tier_of(ten.account) is Tier.HALTED
    assert signal.reason_code == "breaker"
    assert not ten.venue.trading.positions()


def test_what_refused_is_told_after_a_minute_and_the_rest_at_once(
    ten: Lockstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_closing(ten, monkeypatch)
    stop(ten)
    carry_out(ten)

    report_when_done(ten.account, now=ten.now())
    early = Event.objects.filter(kind=EventKind.EMERGENCY_STOP_REPORT).count()
    Event.objects.filter(kind=EventKind.EMERGENCY_STOP).update(recorded_at=timezone.now() - timedelta(seconds=61))
    for _ in range(2):
        report_when_done(ten.account, now=ten.now())

    facts = Event.objects.get(kind=EventKind.EMERGENCY_STOP_REPORT).facts
    assert (early, facts["closed"], facts["left"]) == (0, 9, 1)
    assert facts["results"].startswith(f"{REFUSING} NOT closed, 35.2 left, stop stands")


def test_entries_at_work_are_taken_back_and_a_repeated_stop_adds_nothing(lockstep: Lockstep) -> None:
    version = lockstep.bot.config_version
    version.values = {"live_fixed_margin_usdt": "200", "entry_offset_pct": "3"}  # rests above the price
    version.save()
    lockstep.enter()

    stop(lockstep)
    carry_out(lockstep)
    stop(lockstep)

    report = last_report(lockstep.account)
    assert report is not None
    assert (lockstep.position().exit_reason, report.results) == ("entry_unfilled", ())
    assert not lockstep.venue.trading.open_orders()
