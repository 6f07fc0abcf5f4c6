"""Whose an open row is, and how much of it: by the exits of ours that stand on it, and by what was known."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from exchange.types import AlgoOrderState, PositionSide, Side, VenuePosition, VenueStatus
from trading.core.stakes import Known, Stake, stakes

NONCE = "abc123"
AT = datetime(2024, 11, 23, tzinfo=UTC)
ROW = VenuePosition(
    symbol="DOTUSDT",
    position_side=PositionSide.BOTH,
    quantity=Decimal(-80),
    entry_price=Decimal("8.5"),
    mark_price=Decimal("8.5"),
    unrealized_pnl=Decimal(0),
    liquidation_price=None,
    isolated_margin=Decimal(0),
    initial_margin=Decimal(0),
    maintenance_margin=Decimal(0),
    updated_at=AT,
)
KNOWN = Known(
    position_id=7,
    symbol="DOTUSDT",
    direction=PositionSide.SHORT,
    position_side=PositionSide.BOTH,
    quantity=Decimal(70),
    is_shared=False,
    newest_trade=12,
)


def exit_order(client_order_id: str, quantity: str | None = None, **changes: object) -> AlgoOrderState:
    """Closes the whole without a quantity."""
    order = AlgoOrderState(
        symbol="DOTUSDT",
        client_order_id=client_order_id,
        algo_id=1,
        side=Side.BUY,
        position_side=PositionSide.BOTH,
        order_type="STOP_MARKET",
        status=VenueStatus.NEW,
        trigger_price=Decimal(10),
        quantity=Decimal(quantity or 0),
        close_position=quantity is None,
        reduce_only=quantity is not None,
        child_order_id=None,
        updated_at=AT,
    )
    return replace(order, **changes)  # type: ignore[arg-type]


def parts(*standing: AlgoOrderState, known: tuple[Known, ...] = ()) -> list[tuple[int, Decimal | None]]:
    """Position and quantity of what is found on the row."""
    return [(each.position_id, each.quantity) for each in stakes([ROW], standing, known, nonce=NONCE)]


@pytest.mark.parametrize("place", [0, 1])
def test_orders_of_others_hide_nothing_wherever_they_stand(place: int) -> None:
    standing = [exit_order("by-hand", "5"), exit_order(f"dl{NONCE}-7-s1")]

    assert parts(standing[place], standing[1 - place]) == [(7, None)]


def test_a_stop_for_whatever_is_open_stands_for_all_of_the_row() -> None:
    assert parts(exit_order(f"dl{NONCE}-7-t1", "30"), exit_order(f"dl{NONCE}-7-s1")) == [(7, None)]


def test_by_quantity_the_largest_of_the_exits_counts() -> None:
    assert parts(exit_order(f"dl{NONCE}-7-i1", "40"), exit_order(f"dl{NONCE}-7-s2", "70")) == [(7, Decimal(70))]


def test_each_position_of_ours_on_a_row_is_one() -> None:
    standing = (exit_order(f"dl{NONCE}-8-s1", "10"), exit_order(f"dl{NONCE}-7-s1", "60"))

    assert parts(*standing) == [(7, Decimal(60)), (8, Decimal(10))]


@pytest.mark.parametrize(
    "order",
    [
        exit_order("dl000000-7-s1"),
        exit_order(f"dl{NONCE}-7-e1"),
        exit_order(f"dl{NONCE}-7-s1", side=Side.SELL),
        exit_order(f"dl{NONCE}-7-s1", symbol="BTCUSDT"),
        exit_order(f"dl{NONCE}-7-s1", position_side=PositionSide.SHORT),
    ],
)
def test_what_is_no_exit_of_ours_on_the_row_proves_nothing(order: AlgoOrderState) -> None:
    assert parts(order) == []


def test_a_row_without_exits_is_as_it_was_known_and_that_is_to_be_proven() -> None:
    assert stakes([ROW], [], [KNOWN], nonce=NONCE) == [Stake(row=ROW, position_id=7, quantity=None, known=KNOWN)]


@pytest.mark.parametrize(
    "changes",
    [{"symbol": "BTCUSDT"}, {"direction": PositionSide.LONG}, {"is_shared": True, "quantity": Decimal(0)}],
)
def test_what_was_known_of_something_else_finds_nothing(changes: dict[str, object]) -> None:
    assert parts(known=(replace(KNOWN, **changes),)) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(("quantity", "part"), [(None, "70"), ("75", "70"), ("60", "60")])
def test_where_others_are_known_to_have_a_part_no_more_than_ours_is_ours(quantity: str | None, part: str) -> None:
    shared = replace(KNOWN, is_shared=True)

    assert parts(exit_order(f"dl{NONCE}-7-s1", quantity), known=(shared,)) == [(7, Decimal(part))]
