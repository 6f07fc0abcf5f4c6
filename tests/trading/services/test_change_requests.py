"""Asking for a change of a position: a row for every request, once, refused where it cannot be."""

from decimal import Decimal
from typing import Any

import pytest

from desk.event_kinds import EventKind
from desk.models import Event
from tests.factories import NOON, make_closed_position, make_position, make_protected_position
from trading.core.states import ChangeKind, ChangeStatus, PositionStatus
from trading.models import Position, PositionChange
from trading.services.position_changes import ChangeRefused, WantedChange, fail_change, refuse_change, request_change

pytestmark = pytest.mark.django_db


def wanted(kind: ChangeKind = ChangeKind.ADD, *, key: str = "k1", **details: Any) -> WantedChange:
    if kind is not ChangeKind.ADJUST:
        details.setdefault("share_pct", Decimal(50))
    return WantedChange(kind=kind, key=key, author="strategy", **details)


def opened() -> Position:
    return make_protected_position(status=PositionStatus.OPEN)


def test_a_request_is_a_row_that_waits_for_a_worker() -> None:
    position = opened()

    change = request_change(position, wanted(reason="trend holds", decision_id=7), now=NOON)

    assert (change.status, change.share_pct, change.decision_id) == (ChangeStatus.ASKED, 50, 7)
    told = Event.objects.get(kind=EventKind.CHANGE_REQUESTED)
    assert (told.case, told.facts["change"], told.facts["because"]) == (position.case, "ADD", "trend holds")


def test_the_same_key_is_the_same_change_whatever_became_of_it() -> None:
    position = opened()
    first = request_change(position, wanted(), now=NOON)
    refuse_change(first, ChangeRefused("add_gain", "not enough"), now=NOON)

    again = request_change(position, wanted(), now=NOON)

    assert (again.pk, again.status) == (first.pk, ChangeStatus.REFUSED)
    assert PositionChange.objects.count() == 1


def test_a_second_change_beside_one_at_work_is_refused() -> None:
    position = opened()
    request_change(position, wanted(), now=NOON)

    second = request_change(position, wanted(ChangeKind.REDUCE, key="k2"), now=NOON)

    assert (second.status, second.refusal_code) == (ChangeStatus.REFUSED, "change_in_work")


@pytest.mark.parametrize(
    "incomplete",
    [
        WantedChange(kind=ChangeKind.ADD, key="k", author="a"),
        WantedChange(kind=ChangeKind.REDUCE, key="k", author="a", share_pct=Decimal(0)),
        WantedChange(kind=ChangeKind.REDUCE, key="k", author="a", share_pct=Decimal(101)),
        WantedChange(kind=ChangeKind.ADJUST, key="k", author="a"),
        WantedChange(kind=ChangeKind.ADJUST, key="k", author="a", stop_price=Decimal(-1)),
    ],
)
def test_a_request_that_does_not_say_what_it_wants_is_refused(incomplete: WantedChange) -> None:
    change = request_change(opened(), incomplete, now=NOON)

    assert (change.status, change.refusal_code, change.finished_at) == (ChangeStatus.REFUSED, "incomplete", NOON)
    assert Event.objects.filter(kind=EventKind.CHANGE_REFUSED).count() == 1


def test_only_an_open_position_is_changed() -> None:
    for position in (make_closed_position(), make_position(symbol="BTCUSDT", status=PositionStatus.PENDING)):
        change = request_change(position, wanted(key=f"k{position.pk}"), now=NOON)

        assert change.refusal_code == "not_open"


def test_a_change_ends_once() -> None:
    change = request_change(opened(), wanted(), now=NOON)
    fail_change(change, ChangeRefused("unfilled", "nothing was filled"), now=NOON)

    refuse_change(change, ChangeRefused("breaker", "tripped"), now=NOON)

    assert (change.status, change.refusal_code) == (ChangeStatus.FAILED, "unfilled")
    assert Event.objects.filter(kind=EventKind.CHANGE_REFUSED).count() == 0
