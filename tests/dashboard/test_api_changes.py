"""Changes of positions over the API: rows for the worker, once by key, refused with their reason."""

from decimal import Decimal

import pytest

from signals.strategies.execution import ExecutionStyle
from tests import factories
from trading.core.states import Book, ChangeStatus, PositionStatus, Purpose
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


def test_what_if_tells_a_part_close_before_and_after(post, held):
    answer = post(f"positions/{held.pk}/changes/what-if", {"kind": "REDUCE", "share_pct": "50"})

    told = answer.json()
    assert answer.status_code == 200, answer.content
    assert (Decimal(told["quantity"]), Decimal(told["price"]), told["style"]) == (Decimal(6), Decimal("8.5"), "market")
    assert (Decimal(told["before"]["quantity"]), Decimal(told["after"]["quantity"])) == (Decimal(12), Decimal(6))
    assert Decimal(told["after"]["result_at_stop"]) == Decimal("-9.18")
    assert (told["is_whole"], told["refusal_code"], told["refusal"]) == (False, "", "")
    assert not PositionChange.objects.exists()


def test_what_if_says_what_stands_in_the_way(post, held):
    answer = post(f"positions/{held.pk}/changes/what-if", {"kind": "ADJUST", "stop_price": "8"})

    told = answer.json()
    assert answer.status_code == 200, answer.content
    assert (told["refusal_code"], told["after"], told["quantity"]) == ("beyond_price", None, None)
    assert "close the position instead" in told["refusal"]


def test_what_if_of_an_incomplete_change_has_no_numbers(post, held):
    told = post(f"positions/{held.pk}/changes/what-if", {"kind": "ADD"}).json()

    assert (told["refusal_code"], told["before"]) == ("incomplete", None)


def test_a_silent_exchange_is_told_as_such(post, held, public_market):
    public_market.is_down = True

    answer = post(f"positions/{held.pk}/changes/what-if", {"kind": "REDUCE", "share_pct": "50"})

    assert answer.status_code == 503


def test_a_position_tells_its_newest_change_and_how_it_is_sent(visitor, held):
    factories.make_change(held, status=ChangeStatus.REFUSED, refusal_code="max_adds", refusal="adds (2, limit 2)")
    working = factories.make_change(held, status=ChangeStatus.WORKING, author="anna")
    execution = factories.make_execution(working, style="twap", slices=4)
    for attempt, executed in enumerate(["2", "1"], start=1):
        factories.make_order(
            held,
            purpose=Purpose.ADD,
            book=Book.ORDINARY,
            order_type="LIMIT",
            close_position=False,
            trigger_price=None,
            price=Decimal("8.2"),
            attempt=attempt,
            execution=execution,
            quantity=Decimal(2),
            executed_quantity=Decimal(executed),
        )

    [told] = visitor.get("/api/v1/positions").json()

    sending = told["change"]["sending"]
    assert (told["change"]["id"], told["change"]["status"], told["sending"]) == (working.pk, "working", None)
    assert (sending["slices"], Decimal(sending["executed"]), Decimal(sending["quantity"])) == (4, 3, 6)
    assert [piece["number"] for piece in sending["pieces"]] == [1, 2]


def test_the_changes_of_many_positions_are_read_together(visitor, django_assert_max_num_queries, db):
    for number in range(6):
        position = factories.make_protected_position(symbol=f"C{number}USDT")
        factories.make_execution(factories.make_change(position, status=ChangeStatus.WORKING))

    with django_assert_max_num_queries(20):
        rows = visitor.get("/api/v1/positions").json()

    assert all(row["change"]["sending"]["style"] == "market" for row in rows)


def test_an_entry_in_slices_tells_how_far_it_is(post, visitor, public_market, db):
    factories.make_account()
    post("order", {**MARKET_ORDER, "style": "twap"})

    [told] = visitor.get("/api/v1/positions").json()

    assert (told["sending"]["style"], told["sending"]["slices"], told["change"]) == ("twap", 4, None)
    assert Decimal(told["sending"]["executed"]) == 0
    assert len(told["sending"]["pieces"]) == 1
