"""Sums over positions: exposure, loss at the stops, returns."""

from datetime import timedelta
from decimal import Decimal

import pytest

from dashboard import figures
from dashboard.market_time import RETRY_SECONDS, MarketTimeReader
from tests import factories
from tests.factories import NOON
from trading import selectors
from trading.models import Direction

pytestmark = pytest.mark.django_db


def held():
    return list(selectors.open_positions())


def test_exposure_takes_the_mark_and_falls_back_to_the_entry():
    bot = factories.make_bot()
    factories.make_position(bot, quantity=Decimal(10), mark_price=Decimal(9))
    factories.make_position(bot, quantity=Decimal(2), mark_price=None)

    assert figures.exposure(held()) == Decimal(90) + Decimal(17)


@pytest.mark.parametrize(
    ("direction", "stop", "loss"),
    [("SHORT", "10.03", "18.36"), ("SHORT", "8.0", "0"), ("LONG", "7.5", "12"), ("LONG", "9", "0")],
)
def test_loss_at_the_stop_is_against_the_entry_and_never_negative(direction, stop, loss):
    factories.make_protected_position(direction=Direction(direction), stop_price=Decimal(stop))

    assert figures.open_risk(held()) == figures.OpenRisk(loss=Decimal(loss), is_bounded=True)


def test_an_entry_that_waits_is_no_risk_yet():
    factories.make_position(status="pending", quantity=Decimal(0), entry_price=None, filled_at=None, mark_price=None)

    assert figures.open_risk(held()) == figures.OpenRisk(loss=Decimal(0), is_bounded=True)
    assert figures.exposure(held()) == 0


def test_a_position_without_a_stop_unbounds_the_risk():
    factories.make_position()

    assert figures.open_risk(held()).is_bounded is False


def test_today_begins_at_midnight_of_the_market():
    bot = factories.make_bot()
    midnight = NOON.replace(hour=0, minute=0, second=0)
    factories.make_closed_position(bot, closed_at=midnight, worst_naked_seconds=0.4)
    factories.make_closed_position(bot, closed_at=midnight - timedelta(microseconds=1), worst_naked_seconds=9)

    today = figures.today(NOON, held())

    assert (today.trades, today.result, today.worst_naked_seconds) == (1, Decimal("2.9"), 0.4)


def test_a_venue_that_is_down_is_asked_again_only_after_a_while(venue_clock, monkeypatch):
    now = [100.0]
    monkeypatch.setattr("dashboard.market_time.time.monotonic", lambda: now[0])
    reader = MarketTimeReader()
    venue_clock.is_down = True

    assert [reader.read(), reader.read()] == [None, None]
    assert venue_clock.asked == 1
    venue_clock.is_down = False
    now[0] += RETRY_SECONDS

    assert reader.read().at == NOON
