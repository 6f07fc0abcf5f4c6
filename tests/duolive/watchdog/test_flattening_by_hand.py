"""Flattening without rows: all of ours, nothing of anybody else's, the next one when one fails."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from decimal import Decimal
from typing import Any

import pytest

from desk.models import Installation
from duolive.watchdog.flattening import SEE_LOG, UNPROVEN, Flattened, flatten_all
from exchange.errors import ExchangeUnavailable
from exchange.types import OrderType, to_ms
from tests.duolive.watchdog.away import database_away, disk_full
from tests.lockstep import SYMBOL, Lockstep
from tests.trading.services.test_outside import (
    join_by_hand,
    sold_by_hand,
    stop_request,
)
from trading.core.stakes import Known
from trading.services.stakes import known_positions

OTHER = "XRPUSDT"
ORDER = "/fapi/v1/order"
FLAT = Flattened(symbol=SYMBOL, left=Decimal(0))


def flatten(lockstep: Lockstep, *, kept: Sequence[Known] = ()) -> tuple[bool, list[Flattened]]:
    """Without a database."""
    nonce = Installation.current().nonce
    with database_away():
        return run(lockstep, nonce, kept)


def run(lockstep: Lockstep, nonce: str, kept: Sequence[Known] = ()) -> tuple[bool, list[Flattened]]:
    said: list[Flattened] = []
    return flatten_all(lockstep.venue, nonce=nonce, author="owner", say=said.append, kept=kept), said


def take_profit_of_somebody(lockstep: Lockstep) -> None:
    order = stop_request(
        lockstep,
        order_type=OrderType.TAKE_PROFIT_MARKET,
        trigger_price=Decimal(5),
        close_position=False,
        quantity=Decimal(1),
        reduce_only=True,
        client_order_id="a-person",
    )
    lockstep.venue.trading.place_algo_order(order)


def without_exits(lockstep: Lockstep) -> None:
    """Somebody cancelled stop and take-profit by hand."""
    for order in lockstep.venue.trading.open_algo_orders(SYMBOL):
        lockstep.venue.trading.cancel_algo_order(SYMBOL, order.client_order_id)
    lockstep.lose_events()


def test_an_order_of_somebody_else_on_the_symbol_hides_nothing(lockstep: Lockstep) -> None:
    lockstep.open_position()
    take_profit_of_somebody(lockstep)

    assert flatten(lockstep) == (True, [FLAT])
    assert lockstep.open_at_exchange() == 0
    assert [order.client_order_id for order in lockstep.venue.trading.open_algo_orders()] == ["a-person"]


def test_of_a_shared_position_only_our_part_is_closed_and_our_exits_go(lockstep: Lockstep) -> None:
    lockstep.open_position()
    join_by_hand(lockstep)
    take_profit_of_somebody(lockstep)

    assert flatten(lockstep) == (True, [FLAT])
    assert lockstep.open_at_exchange() == Decimal(-10)
    assert [order.client_order_id for order in lockstep.venue.trading.open_algo_orders()] == ["a-person"]


def test_asked_again_it_takes_nothing_of_the_others(lockstep: Lockstep) -> None:
    lockstep.open_position()
    join_by_hand(lockstep)
    kept = known_positions(lockstep.account)
    lockstep.wire.refuse("DELETE", "/fapi/v1/algoOrder", -2011)  # one exit of ours stays behind

    flatten(lockstep)
    is_flat, [again] = flatten(lockstep, kept=kept)

    assert (is_flat, again) == (True, FLAT)
    assert lockstep.open_at_exchange() == Decimal(-10)


def test_a_close_whose_answer_was_lost_is_counted_by_the_next_call(lockstep: Lockstep) -> None:
    position = lockstep.open_position()
    join_by_hand(lockstep)
    lockstep.wire.lose_answer("POST", ORDER)

    is_flat, [result] = flatten(lockstep)
    again = flatten(lockstep)

    assert (is_flat, result) == (False, Flattened(symbol=SYMBOL, left=position.quantity, error=SEE_LOG))
    assert again == (True, [FLAT])
    assert lockstep.open_at_exchange() == Decimal(-10)


def test_two_positions_of_ours_on_one_row_are_both_closed(lockstep: Lockstep) -> None:
    lockstep.open_position()
    sold_by_hand(lockstep)
    sold_by_hand(lockstep)
    without_exits(lockstep)
    nonce, open_now = Installation.current().nonce, abs(lockstep.open_at_exchange())
    for number, quantity in ((7, open_now - 20), (8, Decimal(10))):
        ours = stop_request(
            lockstep,
            close_position=False,
            quantity=quantity,
            reduce_only=True,
            client_order_id=f"dl{nonce}-{number}-s1",
        )
        lockstep.venue.trading.place_algo_order(ours)

    assert flatten(lockstep) == (True, [FLAT, FLAT])
    assert lockstep.open_at_exchange() == Decimal(-10)


def test_the_exits_of_another_installation_prove_nothing(lockstep: Lockstep) -> None:
    sold_by_hand(lockstep)
    lockstep.venue.trading.place_algo_order(stop_request(lockstep, client_order_id="dl000000-1-s1"))

    assert flatten(lockstep) == (True, [])
    assert lockstep.open_at_exchange() == Decimal(-10)


def test_a_position_without_any_exit_is_closed_by_what_was_kept_of_it(lockstep: Lockstep) -> None:
    lockstep.open_position()
    kept = known_positions(lockstep.account)
    without_exits(lockstep)

    assert flatten(lockstep, kept=kept) == (True, [FLAT])
    assert lockstep.open_at_exchange() == 0


def test_what_was_traded_after_the_keeping_may_be_somebody_elses_and_is_named(lockstep: Lockstep) -> None:
    lockstep.open_position()
    kept = known_positions(lockstep.account)
    without_exits(lockstep)
    sold_by_hand(lockstep)
    open_now = lockstep.open_at_exchange()

    is_flat, [result] = flatten(lockstep, kept=kept)

    assert not is_flat
    assert result == Flattened(symbol=SYMBOL, left=abs(open_now), error=UNPROVEN)
    assert lockstep.open_at_exchange() == open_now


def test_one_that_is_refused_keeps_its_stop_and_is_named(lockstep: Lockstep) -> None:
    lockstep.open_position()
    for _ in range(4):  # at market and by limit, twice
        lockstep.wire.refuse("POST", ORDER, -2019, "Margin is insufficient.")

    is_flat, [result] = flatten(lockstep)

    assert (is_flat, result.left) == (False, abs(lockstep.open_at_exchange()))
    assert lockstep.stops_at_exchange()


def test_take_profits_that_leave_a_close_no_room_go(lockstep: Lockstep) -> None:
    lockstep.open_position()
    for _ in range(2):
        lockstep.wire.refuse("POST", ORDER, -2022, "ReduceOnly Order is rejected.")

    assert flatten(lockstep) == (True, [FLAT])
    assert lockstep.open_at_exchange() == 0


def test_entries_that_cannot_be_read_keep_no_position_open(lockstep: Lockstep) -> None:
    lockstep.open_position()
    for _attempt in range(3):
        lockstep.wire.lose_request("GET", "/fapi/v1/openOrders")

    assert flatten(lockstep) == (False, [FLAT])
    assert lockstep.open_at_exchange() == 0


def test_a_full_disk_keeps_nothing_open(lockstep: Lockstep) -> None:
    lockstep.open_position()
    nonce = Installation.current().nonce

    with disk_full():
        answer = run(lockstep, nonce)

    assert answer == (True, [FLAT])
    assert lockstep.open_at_exchange() == 0


def test_with_a_full_disk_a_position_without_exits_is_closed_as_well(lockstep: Lockstep) -> None:
    lockstep.open_position()
    without_exits(lockstep)
    nonce = Installation.current().nonce

    with disk_full():
        answer = run(lockstep, nonce)

    assert answer == (True, [FLAT])
    assert lockstep.open_at_exchange() == 0


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("after_writes", [1, 5, 12, 18])
def test_a_disk_that_fills_on_the_way_closes_ours_and_no_more(
    lockstep: Lockstep, after_writes: int, shared: bool
) -> None:
    lockstep.open_position()
    if shared:
        join_by_hand(lockstep)
    nonce = Installation.current().nonce

    with disk_full(after_writes=after_writes):
        answer = run(lockstep, nonce)

    assert lockstep.open_at_exchange() == (Decimal(-10) if shared else 0), answer
    assert answer == (True, [FLAT])


def unreadable(read: Callable[..., Any], *, of: str) -> Callable[..., Any]:
    """As ``read``, but for one symbol the venue cannot say what is open."""

    def positions(symbol: str | None = None) -> Any:
        if symbol == of:
            raise ExchangeUnavailable("503")
        return read(symbol)

    return positions


@pytest.mark.parametrize("has_database", [True, False])
def test_the_next_position_has_its_turn_when_one_fails(
    lockstep: Lockstep, has_database: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    lockstep.open_position()
    lockstep.market.trade(OTHER, to_ms(lockstep.now()) - 1000, "8.500")
    lockstep.enter(symbol=OTHER)
    lockstep.deliver()
    nonce = Installation.current().nonce
    monkeypatch.setattr(lockstep.venue.trading, "positions", unreadable(lockstep.venue.trading.positions, of=SYMBOL))

    with nullcontext() if has_database else database_away():
        is_flat, said = run(lockstep, nonce)

    assert not is_flat
    assert {result.symbol: bool(result.left) for result in said} == {SYMBOL: True, OTHER: False}
    assert lockstep.open_at_exchange(OTHER) == 0
