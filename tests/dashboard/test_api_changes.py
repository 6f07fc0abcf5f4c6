"""Changes of positions over the API: rows for the worker, once by key, refused with their reason."""

from decimal import Decimal

import pytest

from signals.strategies.execution import ExecutionStyle
from tests import factories
from trading.core.states import ChangeStatus, PositionStatus
from trading.models import Execution, PositionChange

MARKET_ORDER = {
    "symbol": "DOTUSDT",
    "side": "SELL",
    "margin_usdt": "340",
    "leverage": 3,
    "sl_pct": "18",
    "tp_pct": "33",
}


@pytest.fixture
def held(public_market, db):
    return factories.make_protected_position(symbol="DOTUSDT")


def test_a_part_close_is_asked_for_and_not_carried_out_here(post, held):
    answer = post(f"positions/{held.pk}/changes", {"kind": "REDUCE", "share_pct": "30", "reason": "enough"})

    change = PositionChange.objects.get()
    assert answer.status_code == 202, answer.content
    assert (answer.json()["kind"], answer.json()["status"], answer.json()["reason"]) == ("REDUCE", "asked", "enough")
    assert (change.share_pct, change.status, change.position) == (Decimal(30), ChangeStatus.ASKED, held)
    assert not Execution.objects.exists()


def test_the_style_goes_with_it(post, held):
    post(f"positions/{held.pk}/changes", {"kind": "ADD", "share_pct": "30", "style": "twap"})

    assert PositionChange.objects.get().style == ExecutionStyle.TWAP.value


def test_the_same_key_is_the_same_change(post, held):
    body = {"kind": "ADJUST", "stop_price": "9.5"}
    first = post(f"positions/{held.pk}/changes", body, **{"Idempotency-Key": "click-1"})
    second = post(f"positions/{held.pk}/changes", body, **{"Idempotency-Key": "click-1"})

    assert first.json()["id"] == second.json()["id"]
    assert PositionChange.objects.count() == 1


def test_a_refusal_is_a_row_with_its_reason(post, held):
    answer = post(f"positions/{held.pk}/changes", {"kind": "ADD"})

    assert answer.status_code == 409
    assert answer.json()["refusal_code"] == "incomplete"
    assert "does not say" in answer.json()["refusal"]


@pytest.mark.parametrize(
    "body", [{}, {"kind": "CLOSE"}, {"kind": "ADD", "share_pct": "x"}, {"kind": "ADD", "style": "x"}]
)
def test_nonsense_is_no_change(post, held, body):
    assert post(f"positions/{held.pk}/changes", body).status_code == 400
    assert not PositionChange.objects.exists()


def test_changes_are_listed_newest_first(post, visitor, held):
    post(f"positions/{held.pk}/changes", {"kind": "REDUCE", "share_pct": "30"})
    post(f"positions/{held.pk}/changes", {"kind": "ADD", "share_pct": "30"})

    rows = visitor.get(f"/api/v1/positions/{held.pk}/changes").json()

    assert [(row["kind"], row["refusal_code"]) for row in rows] == [("ADD", "change_in_work"), ("REDUCE", "")]


def test_a_change_needs_the_trading_password(post, locked, held):
    answer = post(f"positions/{held.pk}/changes", {"kind": "REDUCE", "share_pct": "30"})

    assert answer.status_code == 403
    assert not PositionChange.objects.exists()


def test_an_order_by_hand_in_slices_has_its_plan(post, public_market, db):
    factories.make_account()

    answer = post("order", {**MARKET_ORDER, "style": "twap"})

    execution = Execution.objects.get()
    assert answer.status_code == 201, answer.content
    assert (execution.style, execution.slices, execution.position.status) == ("twap", 4, PositionStatus.PENDING)
    assert execution.orders.get().quantity < execution.quantity
    assert execution.reference_price == Decimal("8.5")


def test_a_limit_style_without_a_price_is_refused_at_its_field(post, public_market, db):
    factories.make_account()

    answer = post("order", {**MARKET_ORDER, "style": "limit"})

    assert answer.status_code == 400
    assert "price" in answer.json()["errors"]
