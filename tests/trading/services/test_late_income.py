"""Rows of income that the exchange lists later than what they tell of are kept, and are no alarm; lost ones are."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from desk.event_kinds import EventKind
from desk.models import Event
from exchange.types import IncomeRow
from tests.lockstep import KEY, SYMBOL, Lockstep
from trading.models import Income
from trading.services import bookkeeping

FUNDING = "FUNDING_FEE"


@pytest.fixture
def funded(lockstep: Lockstep) -> Lockstep:
    """An open position that has paid for funding once."""
    state = lockstep.host.engine.state
    state.terms = replace(state.terms, has_funding=True)
    lockstep.host.execute("set_funding", KEY, {"symbol": SYMBOL, "intervalHours": "1", "rate": "0.0013"})
    lockstep.open_position()
    lockstep.price("8.500", after=3600)
    lockstep.step(90)
    return lockstep


def alarms() -> list[str]:
    return [row for event in Event.objects.filter(kind=EventKind.LEDGER_DIFFERS) for row in event.facts["all_rows"]]


def close_without_funding(lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch) -> None:
    trading = lockstep.venue.trading
    read = trading.income

    def read_early(**period: Any) -> Sequence[IncomeRow]:
        return [row for row in read(**period) if row.income_type != FUNDING]

    with monkeypatch.context() as late:
        late.setattr(trading, "income", read_early)
        bookkeeping.close_books(lockstep.venue)


def test_a_row_that_is_listed_late_is_kept_without_an_alarm(funded: Lockstep, monkeypatch: pytest.MonkeyPatch) -> None:
    close_without_funding(funded, monkeypatch)
    assert not Income.objects.filter(income_type=FUNDING).exists()

    bookkeeping.close_books(funded.venue)

    assert Income.objects.filter(income_type=FUNDING).count() == 1
    assert alarms() == []


def test_a_row_that_is_lost_is_told_beside_one_that_is_listed_late(
    funded: Lockstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    close_without_funding(funded, monkeypatch)
    Income.objects.get(income_type="TRANSFER").delete()

    bookkeeping.close_books(funded.venue)

    assert any("TRANSFER" in row for row in alarms())


def test_a_day_whose_rows_were_never_counted_tells_of_every_row_that_is_missing(funded: Lockstep) -> None:
    (today,) = [day for day in bookkeeping.close_books(funded.venue) if day.date == funded.now().date()]
    type(today).objects.update(income_rows=None)
    Income.objects.get(income_type=FUNDING).delete()

    bookkeeping.close_books(funded.venue)

    assert [FUNDING in row for row in alarms()] == [True]
    assert Income.objects.filter(at__gte=funded.now() - timedelta(days=1), income_type=FUNDING).exists()
