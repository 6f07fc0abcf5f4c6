"""Moving the stop: by the exchange's own rows there is never a gap, whatever fails and whoever is killed."""

import contextlib
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace

import httpx2
import pytest
from django.utils import timezone

from tests.lockstep import SYMBOL, Lockstep
from trading.core.states import ExitReason, OrderStatus, PositionStatus
from trading.models import Position
from trading.services import patience
from trading.services.manual_changes import request_stop
from trading.services.tending import tend

PLACE_ALGO = ("POST", "/fapi/v1/algoOrder")
TIGHTER, LOOSER = "9.500", "10.200"


class Killed(BaseException):
    """The process ends here."""


def want_stop(lockstep: Lockstep, price: str) -> None:
    rules = lockstep.venue.rules(SYMBOL)
    request_stop(lockstep.position(), price=Decimal(price), rules=rules, author="tests", now=lockstep.now())


def watch(lockstep: Lockstep) -> list[bool]:
    """Whether the position was naked at the exchange, looked at after every request that is carried out."""
    naked: list[bool] = []
    carry = lockstep.wire.carry

    def carried(method: str, path: str, send: Callable[[], httpx2.Response]) -> httpx2.Response:
        response = carry(method, path, send)
        account = lockstep.host.engine.account("lockstep-key")
        naked.append(not any(algo.order_type == "STOP_MARKET" for algo in account.open_algos.values()))
        return response

    lockstep.wire.carry = carried
    return naked


def settle(lockstep: Lockstep, times: int = 4) -> None:
    for _ in range(times):
        tend(lockstep.position(), lockstep.venue)
        lockstep.deliver()


def triggers(lockstep: Lockstep) -> list[Decimal]:
    standing = lockstep.venue.trading.open_algo_orders(SYMBOL)
    return [order.trigger_price for order in standing if order.order_type == "STOP_MARKET"]


@pytest.mark.parametrize("price", [TIGHTER, LOOSER])
def test_a_stop_moves_without_a_gap_and_leaves_one(either_mode: Lockstep, price: str) -> None:
    either_mode.open_position()
    naked = watch(either_mode)

    want_stop(either_mode, price)
    settle(either_mode)

    assert triggers(either_mode) == [Decimal(price)]
    assert either_mode.orders("stop")[-1].close_position
    assert not any(naked)
    assert either_mode.position().naked_since is None


@pytest.mark.parametrize("price", [TIGHTER, LOOSER])
@pytest.mark.parametrize("step", range(14))
def test_a_move_killed_between_any_two_requests_is_finished_by_the_next_process(
    lockstep: Lockstep, step: int, price: str
) -> None:
    lockstep.open_position()
    naked = watch(lockstep)
    want_stop(lockstep, price)
    carry = lockstep.wire.carry
    left = iter(range(step))

    def killed(method: str, path: str, send: Callable[[], httpx2.Response]) -> httpx2.Response:
        if next(left, None) is None:
            raise Killed
        return carry(method, path, send)

    lockstep.wire.carry = killed
    with contextlib.suppress(Killed):
        settle(lockstep)
    lockstep.wire.carry = carry
    lockstep.position().orders.filter(status=OrderStatus.SUBMITTING).update(sent_at="2024-01-01T00:00Z")
    settle(lockstep)

    assert triggers(lockstep) == [Decimal(price)]
    assert not any(naked)


def test_a_refused_inner_stop_leaves_the_base_where_it_is_and_is_not_tried_for_ever(
    lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    lockstep.open_position()
    begun = timezone.now()  # however long the settling takes, no pause of patience is over
    monkeypatch.setattr(patience, "timezone", SimpleNamespace(now=lambda: begun))
    for _ in range(20):
        lockstep.wire.refuse(*PLACE_ALGO, -4045, "Reach max stop order limit.")

    want_stop(lockstep, TIGHTER)
    settle(lockstep, times=20)

    assert triggers(lockstep) == [Decimal("10.030")]
    assert len(lockstep.orders("inner_stop")) == 3
    assert lockstep.position().status == PositionStatus.OPEN


def test_a_base_refused_while_the_inner_stop_stands_does_not_end_the_position(lockstep: Lockstep) -> None:
    lockstep.open_position()
    lockstep.wire._next(*PLACE_ALGO, lambda send: send())  # the inner stop
    for _ in range(3):
        lockstep.wire.refuse(*PLACE_ALGO, -4045, "Reach max stop order limit.")
    naked = watch(lockstep)

    want_stop(lockstep, TIGHTER)
    settle(lockstep, times=8)

    assert lockstep.position().status == PositionStatus.OPEN
    assert triggers(lockstep) == [Decimal(TIGHTER)]
    assert not any(naked)


def test_a_price_that_reaches_the_new_stop_before_it_stands_closes_at_market(lockstep: Lockstep) -> None:
    lockstep.open_position()
    want_stop(lockstep, TIGHTER)
    lockstep.price("9.600")

    settle(lockstep)

    position = lockstep.position()
    assert (position.status, position.exit_reason) == (PositionStatus.CLOSED, ExitReason.STOP_LOSS)
    assert lockstep.open_at_exchange() == 0


def test_an_inner_stop_that_fires_during_the_move_ends_the_position_as_stopped(lockstep: Lockstep) -> None:
    lockstep.open_position()
    want_stop(lockstep, TIGHTER)
    lockstep.wire.swallow("DELETE", "/fapi/v1/algoOrder")
    tend(lockstep.position(), lockstep.venue)
    lockstep.price("9.600")

    settle(lockstep)

    position = lockstep.position()
    assert (position.status, position.exit_reason) == (PositionStatus.CLOSED, ExitReason.STOP_LOSS)
    assert lockstep.venue.trading.open_algo_orders() == []


def test_a_stop_by_quantity_moves_by_a_second_one_beside_it(lockstep: Lockstep) -> None:
    lockstep.wire.refuse(*PLACE_ALGO, -4130)
    lockstep.open_position()
    naked = watch(lockstep)

    want_stop(lockstep, TIGHTER)
    settle(lockstep)

    assert triggers(lockstep) == [Decimal(TIGHTER)]
    assert not any(naked)


def test_while_the_entry_can_still_fill_the_stop_stays(lockstep: Lockstep) -> None:
    lockstep.let_entries_rest()
    lockstep.enter()
    lockstep.price("8.585", quantity="20")
    lockstep.deliver()
    before = triggers(lockstep)
    want_stop(lockstep, TIGHTER)

    settle(lockstep)

    assert Position.objects.get().quantity == 20
    assert triggers(lockstep) == before
