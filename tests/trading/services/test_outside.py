"""The account by the exchange's word alone: what is naked, what a dead desk leaves, what can be closed without rows."""

from dataclasses import replace
from decimal import Decimal

import pytest

from desk.models import Installation
from exchange.types import AlgoOrderRequest, OrderRequest, OrderType, PositionSide, Side, TimeInForce, WorkingType
from tests.lockstep import SYMBOL, Lockstep
from trading.services import outside
from trading.services.reconcile import check

SHORT = (SYMBOL, PositionSide.BOTH)


@pytest.fixture
def nonce(lockstep: Lockstep) -> str:
    return Installation.current().nonce


def unstopped(lockstep: Lockstep) -> None:
    """Somebody cancelled the stop by hand."""
    for stop in lockstep.stops_at_exchange():
        lockstep.venue.trading.cancel_algo_order(SYMBOL, stop)


def stop_request(lockstep: Lockstep, **changes: object) -> AlgoOrderRequest:
    details = {
        "symbol": SYMBOL,
        "side": Side.BUY,
        "position_side": PositionSide.BOTH,
        "order_type": OrderType.STOP_MARKET,
        "trigger_price": Decimal(10),
        "quantity": None,
        "close_position": True,
        "reduce_only": False,
        "working_type": WorkingType.CONTRACT_PRICE,
        "price_protect": False,
        "client_order_id": "by-hand",
    }
    return AlgoOrderRequest(**(details | changes))  # type: ignore[arg-type]


def test_a_protected_position_is_not_naked(lockstep: Lockstep) -> None:
    lockstep.open_position()

    assert outside.naked_symbols({SHORT: None}, lockstep.venue) == frozenset()


def test_a_position_whose_stop_is_gone_is_naked_whatever_our_rows_say(lockstep: Lockstep) -> None:
    position = lockstep.open_position()
    unstopped(lockstep)

    assert position.naked_since is None
    assert outside.naked_symbols({SHORT: None}, lockstep.venue) == {SYMBOL}


def test_a_position_of_somebody_else_is_not_spoken_of(lockstep: Lockstep) -> None:
    lockstep.open_position()
    unstopped(lockstep)

    assert outside.naked_symbols({}, lockstep.venue) == frozenset()


@pytest.mark.parametrize(
    ("changes", "covers"),
    [
        ({}, True),
        ({"close_position": False, "quantity": Decimal(1000), "reduce_only": True}, True),
        ({"close_position": False, "quantity": Decimal(1), "reduce_only": True}, False),
        ({"close_position": False, "quantity": Decimal(1000)}, False),
        ({"order_type": OrderType.TAKE_PROFIT_MARKET, "trigger_price": Decimal(5)}, False),
    ],
)
def test_only_a_close_only_stop_for_all_of_it_counts(
    lockstep: Lockstep, changes: dict[str, object], covers: bool
) -> None:
    lockstep.open_position()
    unstopped(lockstep)
    for order in lockstep.venue.trading.open_algo_orders(SYMBOL):
        lockstep.venue.trading.cancel_algo_order(SYMBOL, order.client_order_id)
    lockstep.venue.trading.place_algo_order(stop_request(lockstep, **changes))

    assert (outside.naked_symbols({SHORT: None}, lockstep.venue) == frozenset()) is covers


@pytest.mark.parametrize(("part", "covers"), [("10", True), ("10.1", False), ("1000000", False), ("0", True)])
def test_where_others_have_a_part_a_stop_for_ours_is_enough(lockstep: Lockstep, part: str, covers: bool) -> None:
    lockstep.open_position()
    unstopped(lockstep)
    by_quantity = {"close_position": False, "quantity": Decimal(10), "reduce_only": True}
    lockstep.venue.trading.place_algo_order(stop_request(lockstep, **by_quantity))

    assert (outside.naked_symbols({SHORT: Decimal(part)}, lockstep.venue) == frozenset()) is covers


def test_entries_of_ours_are_cancelled_and_nothing_else(lockstep: Lockstep, nonce: str) -> None:
    lockstep.open_position()
    legs = {order.client_order_id for order in lockstep.venue.trading.open_algo_orders(SYMBOL)}
    for client_order_id in (f"dl{nonce}-77-e1", f"dl{nonce}-77-c1", "dl000000-77-e1", "mine-by-hand"):
        lockstep.venue.trading.place_order(resting(client_order_id))

    cancelled = outside.cancel_entries(lockstep.venue, nonce=nonce)

    assert cancelled == [f"dl{nonce}-77-e1"]
    standing = {order.client_order_id for order in lockstep.venue.trading.open_orders()}
    assert standing == {f"dl{nonce}-77-c1", "dl000000-77-e1", "mine-by-hand"}
    assert {order.client_order_id for order in lockstep.venue.trading.open_algo_orders(SYMBOL)} == legs


def resting(client_order_id: str) -> OrderRequest:
    return OrderRequest(
        symbol=SYMBOL,
        side=Side.SELL,
        position_side=PositionSide.BOTH,
        order_type=OrderType.LIMIT,
        quantity=Decimal(10),
        price=Decimal("9.500"),
        time_in_force=TimeInForce.GTC,
        client_order_id=client_order_id,
    )


def sold_by_hand(lockstep: Lockstep) -> None:
    """Somebody sells ten at market."""
    at_market = replace(resting("by-hand"), order_type=OrderType.MARKET, price=None, time_in_force=None)
    lockstep.venue.trading.place_order(at_market)


def join_by_hand(lockstep: Lockstep) -> None:
    """Somebody joins our short with ten of his own, and the desk changes to exits by quantity."""
    sold_by_hand(lockstep)
    for _ in range(4):
        lockstep.step(2)
        lockstep.deliver()
        check(lockstep.venue)


def test_an_entry_that_cannot_be_cancelled_does_not_keep_the_others(lockstep: Lockstep, nonce: str) -> None:
    for number in (1, 2):
        lockstep.venue.trading.place_order(resting(f"dl{nonce}-{number}-e1"))
    lockstep.wire.refuse("DELETE", "/fapi/v1/order", -2011)

    assert len(outside.cancel_entries(lockstep.venue, nonce=nonce)) == 1


def test_a_position_is_flattened_in_pieces_that_the_venue_takes(lockstep: Lockstep, nonce: str) -> None:
    position = lockstep.open_position()
    [row] = lockstep.venue.trading.positions(SYMBOL)
    rules = lockstep.venue.rules(SYMBOL)
    assert sum(outside.pieces(abs(row.quantity), rules)) == abs(row.quantity)

    left = outside.flatten(row, position_id=position.pk, nonce=nonce, venue=lockstep.venue)

    assert (left, lockstep.open_at_exchange()) == (0, 0)


def test_what_was_flattened_outside_is_understood_by_the_desk(lockstep: Lockstep, nonce: str) -> None:
    position = lockstep.open_position()
    [row] = lockstep.venue.trading.positions(SYMBOL)
    outside.flatten(row, position_id=position.pk, nonce=nonce, venue=lockstep.venue)
    lockstep.lose_events()

    for _ in range(3):
        check(lockstep.venue)
        lockstep.step(31)

    position.refresh_from_db()
    assert (position.status, position.quantity) == ("closed", 0)
    assert lockstep.venue.trading.open_algo_orders(SYMBOL) == []
