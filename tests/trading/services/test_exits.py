"""Closing: close-only, verified to zero, protection last; and what others do to our positions."""

from decimal import Decimal

import pytest

from tests.lockstep import SYMBOL, Lockstep
from trading.core.states import ExitReason, OrderStatus, PositionStatus
from trading.services import reconcile
from trading.services.exit_requests import request_close
from trading.services.tending import tend

PLACE = ("POST", "/fapi/v1/order")


def close_by_hand(lockstep: Lockstep, quantity: str | None = None) -> None:
    order = {
        "symbol": SYMBOL,
        "side": "BUY",
        "type": "MARKET",
        "quantity": quantity or f"{-lockstep.open_at_exchange():f}",
        "reduceOnly": "true",
        "newClientOrderId": "web_close",
    }
    lockstep.host.execute("place_order", "lockstep-key", order)


def ask_to_close(lockstep: Lockstep) -> None:
    request_close(lockstep.position(), reason=ExitReason.MANUAL, author="tests", now=lockstep.now())


def test_a_wish_to_close_is_carried_out_to_zero_and_swept(either_mode: Lockstep) -> None:
    either_mode.open_position()

    ask_to_close(either_mode)
    tend(either_mode.position(), either_mode.venue)
    either_mode.deliver()
    tend(either_mode.position(), either_mode.venue)

    position = either_mode.position()
    assert (position.status, position.exit_reason) == (PositionStatus.CLOSED, ExitReason.MANUAL)
    assert either_mode.open_at_exchange() == 0
    assert either_mode.venue.trading.open_algo_orders() == []


def test_a_second_wish_changes_nothing(lockstep: Lockstep) -> None:
    lockstep.open_position()
    ask_to_close(lockstep)

    again = request_close(
        lockstep.position(), reason=ExitReason.TIME_LIMIT, author="strategy", now=lockstep.now()
    )  # fmt: skip

    assert not again
    assert lockstep.position().exit_reason == ExitReason.MANUAL


def test_while_a_close_fails_the_stop_stands(lockstep: Lockstep) -> None:
    lockstep.open_position()
    ask_to_close(lockstep)
    lockstep.wire.refuse(*PLACE, -2019, "Margin is insufficient.")

    tend(lockstep.position(), lockstep.venue)
    refused = lockstep.position().status
    naked = lockstep.naked_at_exchange()
    tend(lockstep.position(), lockstep.venue)
    tend(lockstep.position(), lockstep.venue)

    assert refused == PositionStatus.CLOSING
    assert not naked
    assert lockstep.position().status == PositionStatus.CLOSED


def test_a_close_whose_answer_was_lost_is_not_doubled(lockstep: Lockstep) -> None:
    lockstep.open_position()
    ask_to_close(lockstep)
    lockstep.wire.lose_answer(*PLACE)

    for _ in range(3):
        tend(lockstep.position(), lockstep.venue)

    assert lockstep.open_at_exchange() == 0
    assert lockstep.wire.count(*PLACE) == 2  # the entry and one close
    assert lockstep.position().status == PositionStatus.CLOSED


def test_a_position_larger_than_one_market_order_is_closed_in_pieces(db: None, tmp_path) -> None:
    lockstep = Lockstep(tmp_path)
    lockstep.open_position()
    lockstep.market._market_max = "30"
    lockstep.venue.rules._read_at = None
    ask_to_close(lockstep)

    for _ in range(5):
        tend(lockstep.position(), lockstep.venue)

    assert lockstep.open_at_exchange() == 0
    assert [order.quantity for order in lockstep.orders("close")] == [30, 30, Decimal("10.5")]
    assert lockstep.position().status == PositionStatus.CLOSED


def test_a_position_closed_outside_is_recognised_and_its_legs_swept(lockstep: Lockstep) -> None:
    lockstep.open_position()

    close_by_hand(lockstep)
    lockstep.deliver()
    tend(lockstep.position(), lockstep.venue)

    position = lockstep.position()
    assert (position.status, position.exit_reason) == (PositionStatus.CLOSED, ExitReason.EXTERNAL)
    assert lockstep.venue.trading.open_algo_orders() == []


def test_a_position_closed_outside_unheard_is_found_by_the_check(lockstep: Lockstep) -> None:
    lockstep.open_position()
    close_by_hand(lockstep)
    lockstep.lose_events()

    reconcile.check(lockstep.venue)

    assert lockstep.position().exit_reason == ExitReason.EXTERNAL


def test_a_part_closed_outside_leaves_the_rest_protected(lockstep: Lockstep) -> None:
    lockstep.open_position()

    close_by_hand(lockstep, "20")
    lockstep.deliver()

    position = lockstep.position()
    assert (position.status, position.quantity) == (PositionStatus.OPEN, Decimal("50.5"))
    assert not lockstep.naked_at_exchange()


@pytest.mark.parametrize(
    ("price", "reason"), [("10.100", ExitReason.STOP_LOSS), ("5.600", ExitReason.TAKE_PROFIT)], ids=["stop", "target"]
)
def test_an_exit_that_fired_unheard_is_found_by_the_check_with_its_reason(
    lockstep: Lockstep, price: str, reason: ExitReason
) -> None:
    lockstep.open_position()
    lockstep.price(price)
    lockstep.lose_events()

    reconcile.check(lockstep.venue)

    position = lockstep.position()
    assert (position.status, position.exit_reason) == (PositionStatus.CLOSED, reason)
    assert position.quantity == 0


def test_a_partly_filled_entry_is_cancelled_before_its_stop_ends_the_position(lockstep: Lockstep) -> None:
    version = lockstep.bot.config_version
    version.values = {"live_fixed_margin_usdt": "200", "entry_offset_pct": "1"}
    version.save()
    lockstep.enter()
    lockstep.price("8.585", quantity="20")
    lockstep.deliver()
    lockstep.wire.refuse("GET", "/fapi/v1/none", -1)

    ask_to_close(lockstep)
    for _ in range(3):
        tend(lockstep.position(), lockstep.venue)

    assert lockstep.orders("entry")[0].status == OrderStatus.CANCELED
    assert lockstep.open_at_exchange() == 0
    assert lockstep.position().status == PositionStatus.CLOSED


def test_the_symbol_is_free_again_after_a_close(lockstep: Lockstep) -> None:
    lockstep.open_position()
    lockstep.price("5.600")
    lockstep.deliver()
    lockstep.price("8.500")
    from datetime import timedelta

    lockstep.enter(day=lockstep.now().date() + timedelta(days=1))
    lockstep.deliver()

    assert lockstep.position().status == PositionStatus.OPEN
    assert not lockstep.naked_at_exchange()
