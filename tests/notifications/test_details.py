"""What a notice adds to its event's sentence."""

from datetime import timedelta
from decimal import Decimal

import pytest

from desk.event_kinds import EventKind
from notifications.details import details
from notifications.messages import message
from notifications.told import TOLD
from tests.factories import NOON, make_event, make_position

pytestmark = pytest.mark.django_db

# What the owner is told of, by the event that says it.
NOTICES = {
    "signal accepted": EventKind.SIGNAL_FOUND,
    "signal filtered": EventKind.SIGNAL_REFUSED,
    "entry submitted": EventKind.ENTRY_INTENDED,
    "entry filled": EventKind.ENTRY_FILLED,
    "stop placed": EventKind.STOP_PLACED,
    "take-profit placed": EventKind.TAKE_PROFIT_PLACED,
    "timeout close": EventKind.POSITION_CLOSING,
    "take-profit or stop triggered": EventKind.POSITION_CLOSED,
    "daily loss limit": EventKind.DAILY_LOSS_REACHED,
    "dynamic take-profit": EventKind.TAKE_PROFIT_JUDGED,
    "periodic report": EventKind.REPORT,
    "recovery": EventKind.REPAIRED,
    "critical": EventKind.POSITION_UNPROTECTED,
}


@pytest.mark.parametrize("notice", NOTICES)
def test_every_notice_is_told(notice):
    assert NOTICES[notice] in TOLD


def test_an_entry_names_leverage_stop_and_order():
    event = make_event(
        EventKind.ENTRY_INTENDED,
        symbol="DOTUSDT",
        side="SELL",
        quantity="12",
        price="8.5",
        margin="34",
        leverage=3,
        stop_price="10.03",
        client_order_id="dl01-1-e1",
    )

    assert details(event) == "3x, stop 10.03, order dl01-1-e1"
    assert "decided to sell 12 at 8.5, margin 34 USDT (3x, stop 10.03, order dl01-1-e1) ·" in message(event)


@pytest.mark.parametrize("kind", [EventKind.ENTRY_FILLED, EventKind.STOP_PLACED, EventKind.TAKE_PROFIT_PLACED])
def test_fills_and_legs_name_the_side(kind):
    position = make_position(direction="LONG")

    assert details(make_event(kind, case=position.case, price="8.5")) == "long"


def test_a_closed_position_names_side_and_prices():
    position = make_position()

    event = make_event(EventKind.POSITION_CLOSED, case=position.case, entry_price="8.5", exit_price="8.25")

    assert details(event) == "short, from 8.5 to 8.25"


def test_a_position_closed_without_a_fill_names_no_prices():
    event = make_event(EventKind.POSITION_CLOSED, entry_price=None, exit_price=None)

    assert details(event) == ""


def test_a_close_by_the_time_limit_names_the_hours():
    position = make_position(filled_at=NOON, entry_price=Decimal("8.5"))

    event = make_event(
        EventKind.POSITION_CLOSING,
        at=NOON + timedelta(hours=72, minutes=1),
        case=position.case,
        reason_code="time_limit",
    )

    assert details(event) == "held 72 h"


def test_a_close_by_hand_names_no_hours():
    position = make_position()

    assert details(make_event(EventKind.POSITION_CLOSING, case=position.case, reason_code="manual")) == ""


def test_an_event_of_no_case_adds_nothing():
    assert details(make_event(EventKind.LEDGER_DIFFERS, difference="0.1", rows="")) == ""
