"""Protection on bad days: whatever was cancelled, refused or could not be read, what is open has a stop."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal

import httpx2
import pytest

from exchange.types import OrderUpdate
from tests.lockstep import SYMBOL, Lockstep
from trading.core.states import LIVE, ExitReason, PositionStatus
from trading.models import Order, Position
from trading.services import reconcile
from trading.services.exit_requests import request_close
from trading.services.ingest import take_in
from trading.services.tending import tend

PLACE = ("POST", "/fapi/v1/order")
PLACE_ALGO = ("POST", "/fapi/v1/algoOrder")
ASK_ALGO = ("GET", "/fapi/v1/algoOrder")
POSITIONS = ("GET", "/fapi/v3/positionRisk")
TRADES = ("GET", "/fapi/v1/userTrades")

Send = Callable[[], httpx2.Response]


def cancel_by_hand(lockstep: Lockstep, purpose: str) -> None:
    order = Order.objects.filter(purpose=purpose, parent=None).latest("id")
    lockstep.host.execute("cancel_algo_order", "lockstep-key", {"clientAlgoId": order.client_order_id})


def rest_entry(lockstep: Lockstep) -> Position:
    """An entry one per cent above the market, where it waits."""
    version = lockstep.bot.config_version
    version.values = {"live_fixed_margin_usdt": "200", "entry_offset_pct": "1"}
    version.save()
    return lockstep.enter()


def covered_at_exchange(lockstep: Lockstep) -> Decimal:
    """Base asset that the stops standing at the exchange would close."""
    held = abs(lockstep.open_at_exchange())
    stops = [o for o in lockstep.venue.trading.open_algo_orders(SYMBOL) if o.order_type == "STOP_MARKET"]
    return sum((held if stop.close_position else stop.quantity for stop in stops), Decimal(0))


def fail(lockstep: Lockstep, request: tuple[str, str], times: int) -> None:
    for _ in range(times):
        lockstep.wire.swallow(*request)


def fills_of(lockstep: Lockstep) -> Sequence[OrderUpdate]:
    return [event for event in lockstep.events() if isinstance(event, OrderUpdate) and event.trade is not None]


def test_a_stop_that_the_exchange_no_longer_knows_is_placed_again(lockstep: Lockstep) -> None:
    """An order cancelled without a fill cannot be asked for after three days (-2013); positions live for three."""
    lockstep.open_position()
    cancel_by_hand(lockstep, "stop")
    lockstep.lose_events()
    for _ in range(3):
        lockstep.wire.refuse(*ASK_ALGO, -2013, "Order does not exist.")
        reconcile.check(lockstep.venue)

    assert not lockstep.naked_at_exchange()


def test_a_stop_cancelled_by_hand_again_and_again_does_not_leave_the_position_naked(lockstep: Lockstep) -> None:
    lockstep.open_position()

    for _ in range(12):
        if lockstep.stops_at_exchange():
            cancel_by_hand(lockstep, "stop")
        lockstep.deliver()
    reconcile.check(lockstep.venue)

    assert not lockstep.naked_at_exchange()


def test_a_position_that_the_exchange_shows_late_is_protected_when_it_shows(lockstep: Lockstep) -> None:
    """The stop is refused for want of a position (-4509) for as long as the venue's own view lags behind the fill."""
    lockstep.enter()
    lag = 12
    for _ in range(lag):
        lockstep.wire.refuse(*PLACE_ALGO, -4509)
        lockstep.wire._next(*POSITIONS, lambda send: httpx2.Response(200, json=[]))
    lockstep.deliver()
    for _ in range(lag):
        tend(lockstep.position(), lockstep.venue)
    lockstep.wire.tampering.clear()

    for _ in range(3):
        tend(lockstep.position(), lockstep.venue)

    assert not lockstep.naked_at_exchange()


def test_a_stop_by_quantity_grows_with_what_fills_later(lockstep: Lockstep) -> None:
    rest_entry(lockstep)
    lockstep.wire.refuse(*PLACE_ALGO, -4130)
    lockstep.price("8.585", quantity="20")
    lockstep.deliver()

    lockstep.price("8.600")
    lockstep.deliver()
    reconcile.check(lockstep.venue)

    assert covered_at_exchange(lockstep) >= abs(lockstep.open_at_exchange())


def test_trades_that_cannot_be_read_do_not_keep_the_stop_from_leaving(lockstep: Lockstep) -> None:
    """One fill came through, the one before it was lost: it is known that something is open."""
    rest_entry(lockstep)
    lockstep.price("8.585", quantity="20")
    lockstep.lose_events()
    lockstep.price("8.590", quantity="25")
    fail(lockstep, TRADES, 60)

    for event in fills_of(lockstep):
        take_in(event, lockstep.venue)
    for _ in range(5):
        tend(lockstep.position(), lockstep.venue)

    assert lockstep.position().quantity > 0
    assert not lockstep.naked_at_exchange()


def test_while_a_close_cannot_even_be_prepared_the_stop_stands(lockstep: Lockstep) -> None:
    position = lockstep.open_position()
    request_close(position, reason=ExitReason.MANUAL, author="tests", now=lockstep.now())
    cancel_by_hand(lockstep, "stop")
    fail(lockstep, POSITIONS, 60)

    lockstep.deliver()
    for _ in range(5):
        tend(lockstep.position(), lockstep.venue)
    lockstep.wire.tampering.clear()

    assert lockstep.position().status == PositionStatus.CLOSING
    assert not lockstep.naked_at_exchange()


def test_a_stop_of_unknown_outcome_is_not_waited_for_when_the_exchange_cannot_be_asked(lockstep: Lockstep) -> None:
    lockstep.wire.swallow(*PLACE_ALGO)
    fail(lockstep, ASK_ALGO, 60)
    lockstep.open_position()
    Order.objects.filter(purpose="stop").update(sent_at=lockstep.orders("stop")[0].sent_at - timedelta(seconds=10))

    for _ in range(3):
        tend(lockstep.position(), lockstep.venue)

    assert not lockstep.naked_at_exchange()


def test_a_stop_that_arrives_after_it_was_given_up_is_taken_in(lockstep: Lockstep) -> None:
    """It comes between the look for it and the next attempt, which is then refused (-4130) and sent by quantity."""
    delayed: list[Send] = []

    def delay(send: Send) -> httpx2.Response:
        delayed.append(send)
        raise httpx2.ReadTimeout("timed out")

    def let_the_delayed_one_pass(send: Send) -> httpx2.Response:
        delayed.pop()()
        return send()

    lockstep.wire._next(*PLACE_ALGO, delay)
    lockstep.wire._next(*PLACE_ALGO, let_the_delayed_one_pass)
    position = lockstep.open_position()
    Order.objects.filter(purpose="stop").update(sent_at=lockstep.orders("stop")[0].sent_at - timedelta(seconds=2))
    tend(position, lockstep.venue)

    lockstep.deliver()

    living = {order.client_order_id for order in Order.objects.filter(purpose="stop", status__in=LIVE)}
    assert set(lockstep.stops_at_exchange()) <= living


@pytest.mark.parametrize("beyond_the_stop", [True, False], ids=["price-beyond", "refused"])
def test_a_position_flattened_without_ever_having_had_a_stop_counts_its_naked_seconds(
    lockstep: Lockstep, *, beyond_the_stop: bool
) -> None:
    if not beyond_the_stop:
        for _ in range(3):
            lockstep.wire.refuse(*PLACE_ALGO, -4045, "Reach max stop order limit.")
    lockstep.enter()
    if beyond_the_stop:
        lockstep.price("10.500")

    lockstep.deliver()
    lockstep.deliver()

    position = lockstep.position()
    assert position.status == PositionStatus.CLOSED
    assert position.protected_at is None
    assert position.worst_naked_seconds > 0
