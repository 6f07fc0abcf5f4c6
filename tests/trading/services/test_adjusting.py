"""Moving the exits of a position on request: only nearer, on the tick, without a moment between two stops."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from risk.settings_store import change_risk_settings
from tests.lockstep import SYMBOL, Lockstep
from tests.trading.services.plans import look, sliced_entry
from trading.core.states import ChangeKind, ChangeStatus, ExitReason, OrderStatus, PositionStatus
from trading.models import Order, Position, PositionChange
from trading.services import manual_changes, reconcile
from trading.services.exit_requests import request_close
from trading.services.position_changes import WantedChange, request_change, work_change


def ask(lockstep: Lockstep, *, key: str = "adjust-1", **prices: str) -> PositionChange:
    details: dict[str, Any] = {name: Decimal(price) for name, price in prices.items()}
    wanted = WantedChange(kind=ChangeKind.ADJUST, key=key, author="strategy", **details)
    return request_change(lockstep.position(), wanted, now=lockstep.now())


def work(lockstep: Lockstep, change: PositionChange) -> PositionChange:
    for _ in range(3):
        work_change(change, lockstep.venue)
        assert not lockstep.naked_at_exchange()
        lockstep.deliver()
    change.refresh_from_db()
    return change


def triggers(lockstep: Lockstep, order_type: str) -> list[Decimal]:
    standing = lockstep.venue.trading.open_algo_orders(SYMBOL)
    return [order.trigger_price for order in standing if order.order_type == order_type]


def test_a_stop_is_moved_nearer_and_the_change_is_done_once_it_stands(either_mode: Lockstep) -> None:
    either_mode.open_position()

    change = work(either_mode, ask(either_mode, stop_price="9.0004"))

    assert change.status == ChangeStatus.DONE
    assert triggers(either_mode, "STOP_MARKET") == [Decimal("9.000")]
    assert either_mode.position().stop_price == Decimal("9.000")


def test_both_exits_move_together(lockstep: Lockstep) -> None:
    lockstep.open_position()

    change = work(lockstep, ask(lockstep, stop_price="9.000", take_profit_price="7.500"))

    assert change.status == ChangeStatus.DONE
    assert triggers(lockstep, "STOP_MARKET") == [Decimal("9.000")]
    assert triggers(lockstep, "TAKE_PROFIT_MARKET") == [Decimal("7.500")]


@pytest.mark.parametrize("moved", ["stop_price", "take_profit_price"])
def test_one_exit_is_moved_and_the_other_stays(lockstep: Lockstep, moved: str) -> None:
    lockstep.open_position()
    stops, targets = triggers(lockstep, "STOP_MARKET"), triggers(lockstep, "TAKE_PROFIT_MARKET")

    change = work(lockstep, ask(lockstep, **{moved: {"stop_price": "9.000", "take_profit_price": "7.500"}[moved]}))

    assert change.status == ChangeStatus.DONE
    wanted = ([Decimal("9.000")], targets) if moved == "stop_price" else (stops, [Decimal("7.500")])
    assert (triggers(lockstep, "STOP_MARKET"), triggers(lockstep, "TAKE_PROFIT_MARKET")) == wanted


def test_a_stop_is_compared_with_the_one_another_process_has_moved_nearer_meanwhile(
    lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    lockstep.open_position()
    change, known = ask(lockstep, stop_price="9.000"), lockstep.venue.rules(SYMBOL)

    def be_overtaken(_rules: Any, _symbol: str) -> Any:
        Position.objects.update(stop_price=Decimal("8.900"))
        return known

    with monkeypatch.context() as patched:
        patched.setattr(type(lockstep.venue.rules), "__call__", be_overtaken)
        work_change(change, lockstep.venue)

    change.refresh_from_db()
    assert (change.status, change.refusal_code) == (ChangeStatus.REFUSED, "loosens_stop")
    assert lockstep.position().stop_price == Decimal("8.900")


def test_a_stop_that_risks_more_is_refused(lockstep: Lockstep) -> None:
    before = lockstep.open_position()

    change = work(lockstep, ask(lockstep, stop_price="10.500"))

    assert (change.status, change.refusal_code) == (ChangeStatus.REFUSED, "loosens_stop")
    assert triggers(lockstep, "STOP_MARKET") == [before.stop_price]


def test_the_owner_may_allow_a_wider_stop_within_liquidation(lockstep: Lockstep) -> None:
    lockstep.open_position()
    reconcile.check(lockstep.venue)  # where liquidation lies is read with the marks
    change_risk_settings(lockstep.account, {"adjust_may_loosen": True}, author="anna", now=lockstep.now())

    wider = work(lockstep, ask(lockstep, stop_price="10.300"))
    too_wide = work(lockstep, ask(lockstep, key="adjust-2", stop_price="11.300"))

    assert (wider.status, too_wide.refusal_code) == (ChangeStatus.DONE, "beyond_price")
    assert triggers(lockstep, "STOP_MARKET") == [Decimal("10.300")]


@pytest.mark.parametrize("prices", [{"stop_price": "8.000"}, {"take_profit_price": "8.600"}])
def test_exits_on_the_wrong_side_are_refused(lockstep: Lockstep, prices: dict[str, str]) -> None:
    lockstep.open_position()

    assert work(lockstep, ask(lockstep, **prices)).refusal_code == "beyond_price"


def test_of_two_exits_one_wrong_one_moves_neither(lockstep: Lockstep) -> None:
    before = lockstep.open_position()

    change = work(lockstep, ask(lockstep, stop_price="9.000", take_profit_price="8.600"))

    assert (change.status, lockstep.position().stop_price) == (ChangeStatus.REFUSED, before.stop_price)


def test_a_position_that_closes_meanwhile_fails_the_change(lockstep: Lockstep) -> None:
    lockstep.open_position()
    change = ask(lockstep, stop_price="9.000")
    PositionChange.objects.update(status=ChangeStatus.WORKING)
    request_close(lockstep.position(), reason=ExitReason.MANUAL, author="anna", now=lockstep.now())

    work_change(change, lockstep.venue)

    assert (change.status, change.refusal_code) == (ChangeStatus.FAILED, "not_open")


def test_a_move_that_does_not_come_to_stand_is_given_up(lockstep: Lockstep) -> None:
    lockstep.open_position()
    change = ask(lockstep, stop_price="9.000")
    for _ in range(3):
        lockstep.wire.refuse("POST", "/fapi/v1/algoOrder", -1111, "Precision is over the maximum defined.")
    work_change(change, lockstep.venue)
    lockstep.step(1300)

    work_change(change, lockstep.venue)

    assert (change.status, change.refusal_code) == (ChangeStatus.FAILED, "not_moved")
    assert not lockstep.naked_at_exchange()


def test_a_take_profit_that_stands_on_its_tick_already_is_done_at_once(lockstep: Lockstep) -> None:
    lockstep.open_position()
    [standing] = triggers(lockstep, "TAKE_PROFIT_MARKET")
    lockstep.step(5)

    change = work(lockstep, ask(lockstep, take_profit_price=str(standing - Decimal("0.0003"))))

    assert change.status == ChangeStatus.DONE
    assert triggers(lockstep, "TAKE_PROFIT_MARKET") == [standing]


def test_a_stop_is_moved_once_no_entry_can_fill_any_more(lockstep: Lockstep) -> None:
    before = sliced_entry(lockstep, slices=2, seconds=60)
    change = work(lockstep, ask(lockstep, stop_price="9.000"))
    during = change.status, triggers(lockstep, "STOP_MARKET")

    lockstep.step(31)
    look(lockstep)
    look(lockstep)
    change = work(lockstep, change)

    assert during == (ChangeStatus.WORKING, [before.stop_price])
    assert (change.status, triggers(lockstep, "STOP_MARKET")) == (ChangeStatus.DONE, [Decimal("9.000")])


@pytest.mark.parametrize("looks", [0, 1, 2])
def test_a_stop_that_fires_while_it_is_moved_closes_the_position(either_mode: Lockstep, looks: int) -> None:
    either_mode.open_position()
    change = ask(either_mode, stop_price="9.000")
    for _ in range(looks):
        work_change(change, either_mode.venue)
    either_mode.price("10.100")

    for _ in range(3):
        work_change(change, either_mode.venue)
        either_mode.deliver()
        reconcile.check(either_mode.venue)

    change.refresh_from_db()
    assert either_mode.open_at_exchange() == 0
    assert either_mode.position().status == PositionStatus.CLOSED
    assert change.status != ChangeStatus.WORKING


@pytest.mark.parametrize("lost", ["lose_answer", "lose_request", "swallow"])
def test_whatever_the_wire_loses_a_moved_stop_is_one_stop(either_mode: Lockstep, lost: str) -> None:
    either_mode.open_position()
    change = ask(either_mode, stop_price="9.000")
    getattr(either_mode.wire, lost)("POST", "/fapi/v1/algoOrder")

    work(either_mode, change)
    Order.objects.filter(status=OrderStatus.UNKNOWN).update(sent_at=timezone.now() - timedelta(minutes=2))
    for _ in range(2):
        change = work(either_mode, change)

    assert change.status == ChangeStatus.DONE
    assert triggers(either_mode, "STOP_MARKET") == [Decimal("9.000")]


def test_a_far_take_profit_is_bounded_by_the_exchange_and_keeps_no_more_digits_than_a_row_holds(
    lockstep: Lockstep,
) -> None:
    position = lockstep.open_position()
    Position.objects.update(direction="LONG", entry_price=Decimal("0.003141592653"))
    position.refresh_from_db()
    rules = lockstep.venue.rules(SYMBOL)
    wanted = {"price": Decimal("97531.111"), "author": "anna", "now": lockstep.now()}

    for bounds in ({"max_price": Decimal(1000)}, {"min_price": Decimal(100_000)}):
        with pytest.raises(manual_changes.ExitRefused, match="takes no order"):
            manual_changes.request_take_profit(position, rules=replace(rules, **bounds), **wanted)
    trigger = manual_changes.request_take_profit(position, rules=replace(rules, max_price=Decimal(0)), **wanted)

    position.refresh_from_db()
    assert trigger == Decimal("97531.111")
    assert position.entry_price * (1 + position.take_profit_ratio) >= trigger
