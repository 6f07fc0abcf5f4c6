"""Orders that left without rows, as the worker meets them: looked after, not swept away."""

from decimal import Decimal

from desk.models import Event, Installation
from exchange.types import AlgoOrderRequest, OrderType, PositionSide, Side
from tests.lockstep import SYMBOL, Lockstep
from trading.core.emergency_ids import CauseKind, emergency_id
from trading.core.states import WORKING, Purpose
from trading.models import Order, Position
from trading.services.emergency_rows import give_row, left_without_row
from trading.services.leftovers import cancel_orphans
from trading.services.reconcile import reconcile


def leave_without_row(lockstep: Lockstep, position_id: int, *, trigger: str = "10.030") -> str:
    """A stop that the stream placed while the database was away."""
    client_order_id = emergency_id(
        nonce=Installation.current().nonce,
        position_id=position_id,
        purpose=Purpose.STOP,
        cause=CauseKind.TRADE,
        number=41,
    )
    hedge = lockstep.venue.trading.modes().hedge_mode
    lockstep.venue.trading.place_algo_order(
        AlgoOrderRequest(
            symbol=SYMBOL,
            side=Side.BUY,
            position_side=PositionSide.SHORT if hedge else PositionSide.BOTH,
            order_type=OrderType.STOP_MARKET,
            trigger_price=Decimal(trigger),
            client_order_id=client_order_id,
            close_position=True,
        )
    )
    return client_order_id


def test_a_sweep_of_orphans_gives_it_a_row_and_makes_it_the_stop(either_mode: Lockstep) -> None:
    position = either_mode.enter()
    stop = leave_without_row(either_mode, position.pk)

    cancel_orphans(either_mode.venue)

    assert either_mode.stops_at_exchange() == [stop]
    row = Order.objects.get(client_order_id=stop)
    assert (row.position, row.purpose, row.attempt, row.close_position) == (position, "stop", 1, True)


def test_reconciling_leaves_one_stop_whatever_came_first(either_mode: Lockstep) -> None:
    position = either_mode.enter()
    leave_without_row(either_mode, position.pk)

    reconcile(either_mode.venue)
    either_mode.deliver()
    reconcile(either_mode.venue)

    (stop,) = either_mode.stops_at_exchange()
    assert [order.client_order_id for order in Order.objects.filter(purpose="stop", status__in=WORKING)] == [stop]
    assert either_mode.position().naked_since is None


def test_one_at_another_trigger_is_replaced_without_a_gap(lockstep: Lockstep) -> None:
    position = lockstep.enter()
    first = leave_without_row(lockstep, position.pk, trigger="9.900")

    for _ in range(5):
        reconcile(lockstep.venue)
        assert not lockstep.naked_at_exchange()
        lockstep.deliver()

    (stop,) = lockstep.stops_at_exchange()
    assert stop != first
    assert Order.objects.get(client_order_id=stop).trigger_price == Decimal("10.030")


def test_its_row_is_made_once(lockstep: Lockstep) -> None:
    position = lockstep.enter()
    stop = leave_without_row(lockstep, position.pk)

    rows = {give_row(stop, SYMBOL, lockstep.venue) for _ in range(3)}

    assert len(rows) == Order.objects.filter(client_order_id=stop).count() == 1
    assert Event.objects.filter(kind="repaired", facts__client_order_id=stop).count() == 1


def test_one_whose_position_is_over_is_cancelled(lockstep: Lockstep) -> None:
    position = lockstep.open_position()
    Position.objects.filter(pk=position.pk).update(
        status="closed", quantity=0, exit_reason="manual", closed_at=lockstep.now()
    )
    (regular,) = lockstep.stops_at_exchange()
    lockstep.venue.trading.cancel_algo_order(SYMBOL, regular)
    stop = leave_without_row(lockstep, position.pk)

    cancel_orphans(lockstep.venue)
    reconcile(lockstep.venue)

    assert stop not in lockstep.stops_at_exchange()


def test_one_that_no_row_explains_stays_while_something_is_open(lockstep: Lockstep) -> None:
    lockstep.enter()
    stop = leave_without_row(lockstep, 4711)

    cancel_orphans(lockstep.venue)

    assert stop in lockstep.stops_at_exchange()


def test_its_own_event_gives_it_a_row(lockstep: Lockstep) -> None:
    position = lockstep.enter()
    lockstep.lose_events()
    stop = leave_without_row(lockstep, position.pk)

    lockstep.deliver()

    assert Order.objects.filter(client_order_id=stop, status__in=WORKING).exists()


def test_one_that_fired_unseen_is_told_as_a_stop_loss(lockstep: Lockstep) -> None:
    position = lockstep.enter()
    leave_without_row(lockstep, position.pk)
    lockstep.price("10.100")

    lockstep.deliver()
    for _ in range(2):
        reconcile(lockstep.venue)
        lockstep.deliver()

    position = lockstep.position()
    assert (position.status, position.exit_reason) == ("closed", "stop_loss")


def test_only_ids_of_this_kind_and_installation_are_meant(lockstep: Lockstep) -> None:
    nonce = Installation.current().nonce

    assert left_without_row(f"dl{nonce}-1-s1000002")
    assert not left_without_row(f"dl{nonce}-1-s2")
    assert not left_without_row("dlffffff-1-s1000002")
    assert not left_without_row("web_1")


def test_an_id_that_the_exchange_does_not_know_gets_no_row(lockstep: Lockstep) -> None:
    position = lockstep.enter()
    nonce = Installation.current().nonce

    assert give_row(f"dl{nonce}-{position.pk}-s1000002", SYMBOL, lockstep.venue) is None
    assert give_row(f"dl{nonce}-{position.pk}-s2", SYMBOL, lockstep.venue) is None
