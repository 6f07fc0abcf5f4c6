"""Rows from a backup, or copied: what stands under our ids without a row goes on protecting, nothing new is entered."""

from decimal import Decimal

from desk import lease
from desk.event_kinds import EventKind
from desk.models import Event, Installation
from exchange.types import AlgoOrderRequest, OrderType, PositionSide, Side
from notifications.told import URGENT
from tests.lockstep import KEY, SYMBOL, Lockstep
from trading import selectors
from trading.core.rivals import Standing
from trading.models import Execution, Fill, Order, Position
from trading.services import reconcile
from trading.services.leftovers import cancel_orphans
from trading.services.surroundings import look_around


def restore_backup_from_before() -> None:
    """The rows as they were before the position."""
    for model in (Fill, Order, Execution, Position):
        model.objects.all().delete()


def own_id(name: str) -> str:
    return f"dl{Installation.current().nonce}-{name}"


def standing_orders(lockstep: Lockstep) -> list[str]:
    trading = lockstep.venue.trading
    return sorted(order.client_order_id for order in [*trading.open_algo_orders(), *trading.open_orders()])


def reasons() -> list[str]:
    return [block.reason for block in selectors.blocks(SYMBOL) if block.symbol == ""]


def told_kept() -> list[str]:
    about = Event.objects.filter(kind=EventKind.FOREIGN_FOUND, facts__has_key="client_order_id")
    return sorted(event.facts["client_order_id"] for event in about)


def place_stop(lockstep: Lockstep) -> str:
    """The stop of a short, under an id of ours, by quantity: it may stand where nothing is open."""
    client_order_id = own_id("77-s1")
    lockstep.venue.trading.place_algo_order(
        AlgoOrderRequest(
            symbol=SYMBOL,
            side=Side.BUY,
            position_side=PositionSide.BOTH,
            order_type=OrderType.STOP_MARKET,
            trigger_price=Decimal("10.03"),
            client_order_id=client_order_id,
            quantity=Decimal(50),
            reduce_only=True,
        )
    )
    return client_order_id


def test_the_exits_of_a_position_from_after_the_backup_stay_and_are_told_once(either_mode: Lockstep) -> None:
    either_mode.open_position()
    exits = standing_orders(either_mode)
    restore_backup_from_before()

    for _ in range(3):
        reconcile.reconcile(either_mode.venue)

    assert not either_mode.naked_at_exchange()
    assert standing_orders(either_mode) == exits
    assert told_kept() == exits


def test_what_closes_nothing_that_is_open_is_cancelled(lockstep: Lockstep) -> None:
    stop = place_stop(lockstep)

    cancel_orphans(lockstep.venue)

    assert stop not in standing_orders(lockstep)
    assert told_kept() == []


def test_an_exit_of_the_other_direction_protects_nothing(lockstep: Lockstep) -> None:
    stop = place_stop(lockstep)
    order = {"symbol": SYMBOL, "side": "BUY", "type": "MARKET", "quantity": "50", "newClientOrderId": "web_1"}
    lockstep.host.execute("place_order", KEY, order)

    cancel_orphans(lockstep.venue)

    assert stop not in standing_orders(lockstep)


def test_an_entry_that_no_row_knows_is_cancelled_before_it_opens_anything(lockstep: Lockstep) -> None:
    lockstep.let_entries_rest()
    lockstep.enter()
    restore_backup_from_before()

    cancel_orphans(lockstep.venue)

    assert standing_orders(lockstep) == []


def test_after_a_restored_backup_nothing_new_is_entered_until_the_order_is_gone(lockstep: Lockstep) -> None:
    lockstep.open_position()
    restore_backup_from_before()
    lockstep.step(60)
    lease.note_start(now=lockstep.now())

    found, during = look_around(lockstep.venue), reasons()
    for name in standing_orders(lockstep):
        lockstep.host.execute("cancel_algo_order", KEY, {"clientAlgoId": name})

    assert (found, during) == (Standing.COPIED, ["own_unknown"])
    assert (look_around(lockstep.venue), reasons()) == (Standing.ALONE, [])
    told = Event.objects.get(kind=EventKind.RIVAL_FOUND)
    assert (told.facts["standing"], told.kind in URGENT) == ("copied", True)


def test_a_copy_at_work_is_seen_by_its_trades_and_keeps_its_stop(lockstep: Lockstep) -> None:
    """Both have the same nonce, and neither can know who was first."""
    lease.note_start(now=lockstep.now())
    order = {"symbol": SYMBOL, "side": "SELL", "type": "MARKET", "quantity": "50"}
    lockstep.host.execute("place_order", KEY, order | {"newClientOrderId": own_id("77-e1")})
    by_trade = look_around(lockstep.venue)
    stop = place_stop(lockstep)

    reconcile.reconcile(lockstep.venue)

    assert by_trade is Standing.COPIED
    assert lockstep.stops_at_exchange() == [stop]
    assert reasons() == ["own_unknown"]


def test_our_own_orders_are_no_traces_of_a_copy(either_mode: Lockstep) -> None:
    lease.note_start(now=either_mode.now())
    either_mode.open_position()
    found = [look_around(either_mode.venue)]
    either_mode.price("10.100")  # the stop becomes an ordinary order, and nobody has told us of it
    either_mode.lose_events()

    found.append(look_around(either_mode.venue))

    assert found == [Standing.ALONE] * 2
