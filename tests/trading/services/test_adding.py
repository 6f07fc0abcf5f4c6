"""Adding to a position: every limit asked, one order, a stop over the whole at every moment, books that agree."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from desk.event_kinds import EventKind
from desk.models import Event, Installation
from exchange.types import PositionSide, to_ms
from risk import breaker_store
from risk.breaker import stop_at_once
from risk.settings_store import change_risk_settings
from signals.strategies.execution import ExecutionStyle
from tests.lockstep import KEY, SYMBOL, Lockstep
from trading.core.states import ChangeKind, ChangeStatus, ExitReason, OrderStatus, PositionStatus, Purpose
from trading.emergency_picture import Picture, exposure_of
from trading.models import Order, Position, PositionChange
from trading.services import adding, executions, reconcile
from trading.services.exit_requests import request_close
from trading.services.position_changes import WantedChange, request_change, work_change
from trading.services.tending import tend

QUARTER_MS = 900_000
ORDERS = "/fapi/v1/order"


def ask(lockstep: Lockstep, *, share: str = "50", key: str = "add-1", **details: Any) -> PositionChange:
    wanted = WantedChange(kind=ChangeKind.ADD, key=key, author="strategy", share_pct=Decimal(share), **details)
    return request_change(lockstep.position(), wanted, now=lockstep.now())


def work(lockstep: Lockstep, change: PositionChange) -> PositionChange:
    """One look, and whatever the exchange tells because of it."""
    work_change(change, lockstep.venue)
    lockstep.deliver()
    work_change(change, lockstep.venue)
    change.refresh_from_db()
    return change


def in_profit(lockstep: Lockstep, price: str = "8.300") -> Position:
    position = lockstep.open_position()
    lockstep.price(price)
    return position


def adds_sent(lockstep: Lockstep) -> list[Order]:
    return lockstep.orders(Purpose.ADD)


def test_an_add_enlarges_the_position_behind_its_stop(either_mode: Lockstep) -> None:
    before = in_profit(either_mode)
    stops = either_mode.stops_at_exchange()

    change = work(either_mode, ask(either_mode))

    position = either_mode.position()
    [order] = adds_sent(either_mode)
    assert (change.status, change.quantity) == (ChangeStatus.DONE, Decimal("35.2"))
    assert position.quantity == before.quantity + change.quantity == abs(either_mode.open_at_exchange())
    assert position.entered_quantity == position.quantity
    assert either_mode.stops_at_exchange() == stops
    assert position.naked_since is None and not either_mode.naked_at_exchange()
    assert (order.status, order.reduce_only) == (OrderStatus.FILLED, False)
    assert not position.is_executing


def test_the_average_price_is_the_weighted_mean(lockstep: Lockstep) -> None:
    before = in_profit(lockstep)

    work(lockstep, ask(lockstep))

    position = lockstep.position()
    [fill] = position.fills.filter(order__purpose=Purpose.ADD)
    mean = (before.quantity * before.entry_price + fill.quantity * fill.price) / position.quantity
    assert abs(position.entry_price - mean) < Decimal("1e-9")
    row = lockstep.venue.trading.positions(SYMBOL)[0]
    assert abs(row.entry_price - mean) < Decimal("1e-6")


def test_the_books_agree_with_the_exchange_after_add_and_close(lockstep: Lockstep) -> None:
    in_profit(lockstep)
    work(lockstep, ask(lockstep))
    lockstep.price("8.100")
    position = lockstep.position()

    request_close(position, reason=ExitReason.MANUAL, author="anna", now=lockstep.now())
    tend(position, lockstep.venue)
    lockstep.deliver()

    position = lockstep.position()
    income = lockstep.venue.trading.income(start=position.created_at)
    theirs = sum((row.income for row in income if row.income_type in ("REALIZED_PNL", "COMMISSION")), Decimal(0))
    assert position.status == PositionStatus.CLOSED
    assert position.realized_pnl - position.commission == theirs
    assert not lockstep.stops_at_exchange()


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"max_adds": 0}, "max_adds"),
        ({"min_add_gain_pct": "50"}, "add_gain"),
        ({"max_add_multiple": "1.2"}, "add_multiple"),
        ({"max_exposure_pct": "7"}, "total_exposure"),
        ({"max_position_pct": "2.5"}, "position_share"),
        ({"min_free_margin_pct": "99"}, "free_margin"),
        ({"min_notional_usdt": "1000"}, "min_notional"),
        ({"symbol_deny": [SYMBOL]}, "symbol_denied"),
        ({"max_leverage": 2}, "max_leverage"),
    ],
)
def test_every_limit_of_the_account_holds_for_an_add(lockstep: Lockstep, settings: dict[str, Any], code: str) -> None:
    in_profit(lockstep)
    change_risk_settings(lockstep.account, settings, author="anna", now=lockstep.now())

    change = work(lockstep, ask(lockstep))

    assert (change.status, change.refusal_code) == (ChangeStatus.REFUSED, code)
    assert not adds_sent(lockstep)
    told = Event.objects.get(kind=EventKind.CHANGE_REFUSED)
    assert told.facts["code"] == code


def test_a_position_at_a_loss_is_not_added_to(lockstep: Lockstep) -> None:
    in_profit(lockstep, price="8.600")

    assert work(lockstep, ask(lockstep)).refusal_code == "add_gain"


def test_the_third_add_is_refused(lockstep: Lockstep) -> None:
    in_profit(lockstep)

    ends = [work(lockstep, ask(lockstep, share="20", key=f"add-{number}")) for number in range(3)]

    assert [change.status for change in ends] == [ChangeStatus.DONE, ChangeStatus.DONE, ChangeStatus.REFUSED]
    assert ends[2].refusal_code == "max_adds"


def test_an_add_past_its_multiple_of_the_first_size_is_refused_whatever_is_open_now(lockstep: Lockstep) -> None:
    in_profit(lockstep)
    change_risk_settings(lockstep.account, {"max_adds": 10}, author="anna", now=lockstep.now())

    ends = [work(lockstep, ask(lockstep, key=f"add-{number}")) for number in range(3)]

    assert [change.refusal_code for change in ends] == ["", "", "add_multiple"]  # 1.5, 2.25, 3.375 times


def test_a_tripped_breaker_refuses_an_add(lockstep: Lockstep) -> None:
    in_profit(lockstep)
    change = ask(lockstep)
    breaker_store.change(lockstep.account, lambda breaker, _row: stop_at_once(breaker, now=lockstep.now()))

    assert work(lockstep, change).refusal_code == "breaker"
    assert not adds_sent(lockstep)


def test_an_unprotected_position_is_not_added_to(lockstep: Lockstep) -> None:
    in_profit(lockstep)
    Order.objects.filter(purpose=Purpose.STOP).update(status=OrderStatus.CANCELED)

    assert work(lockstep, ask(lockstep)).refusal_code == "not_protected"


def test_an_add_asked_for_long_ago_is_not_made(lockstep: Lockstep) -> None:
    in_profit(lockstep)
    change = ask(lockstep)
    lockstep.step(400)

    assert work(lockstep, change).refusal_code == "stale_change"


def test_an_automatic_add_needs_the_switch(lockstep: Lockstep) -> None:
    in_profit(lockstep)
    change = ask(lockstep, decision_id=5)
    lockstep.bot.auto_trade = False
    lockstep.bot.save()

    assert work(lockstep, change).refusal_code == "auto_trade_disabled"


def test_a_stop_that_would_lie_beyond_liquidation_refuses_the_add(lockstep: Lockstep) -> None:
    in_profit(lockstep, price="7.000")
    lockstep.host.execute("set_leverage", KEY, {"symbol": SYMBOL, "leverage": "5"})
    Position.objects.update(leverage=5)  # a stop 18 % from the first price, farther from the new average

    assert work(lockstep, ask(lockstep, share="100")).refusal_code == "stop_beyond_liquidation"


def test_a_lost_answer_makes_no_second_order(either_mode: Lockstep) -> None:
    before = in_profit(either_mode)
    either_mode.wire.lose_answer("POST", ORDERS)
    change = ask(either_mode)

    for _ in range(3):
        work(either_mode, change)

    assert either_mode.wire.count("POST", ORDERS) == 2  # the entry and the add
    assert len(adds_sent(either_mode)) == 1
    assert change.status == ChangeStatus.DONE
    assert either_mode.position().quantity == abs(either_mode.open_at_exchange()) == before.quantity + change.quantity


def test_a_refused_add_fails_and_changes_nothing(lockstep: Lockstep) -> None:
    before = in_profit(lockstep)
    lockstep.wire.refuse("POST", ORDERS, -2019, "Margin is insufficient.")

    change = work(lockstep, ask(lockstep))

    position = lockstep.position()
    assert (change.status, change.refusal_code) == (ChangeStatus.FAILED, "unfilled")
    assert (position.quantity, position.entry_price) == (before.quantity, before.entry_price)
    assert not position.is_executing


def test_an_add_that_never_arrived_is_not_sent_again_but_told(lockstep: Lockstep) -> None:
    in_profit(lockstep)
    lockstep.wire.swallow("POST", ORDERS)
    change = ask(lockstep)
    work(lockstep, change)
    Order.objects.filter(purpose=Purpose.ADD).update(sent_at=lockstep.now() - timedelta(days=1))

    work(lockstep, change)
    work(lockstep, change)

    assert (change.status, change.refusal_code) == (ChangeStatus.FAILED, "unfilled")
    assert lockstep.wire.count("POST", ORDERS) == 2


def test_an_add_given_up_that_was_carried_out_after_all_is_taken_in(lockstep: Lockstep) -> None:
    before = in_profit(lockstep)
    lockstep.wire.lose_answer("POST", ORDERS)
    change = ask(lockstep)
    work_change(change, lockstep.venue)
    lockstep.lose_events()
    Order.objects.filter(purpose=Purpose.ADD).update(status=OrderStatus.REJECTED, answered_at=None)

    reconcile.check(lockstep.venue)

    position = lockstep.position()
    assert position.quantity == abs(lockstep.open_at_exchange()) > before.quantity
    assert not lockstep.naked_at_exchange()


@pytest.mark.parametrize("died", ["before_orders", "before_sending"])
def test_a_process_that_died_is_followed_by_one_that_finishes(
    lockstep: Lockstep, died: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = in_profit(lockstep)
    change = ask(lockstep)
    target = "work_execution" if died == "before_orders" else "submit"
    with monkeypatch.context() as patched:
        patched.setattr(executions, target, _die)
        with pytest.raises(SystemExit):
            work_change(change, lockstep.venue)
    assert lockstep.open_at_exchange() == -before.quantity
    Order.objects.filter(purpose=Purpose.ADD).update(updated_at=lockstep.now() - timedelta(days=1))

    work(lockstep, change)
    work(lockstep, change)

    assert change.status == ChangeStatus.DONE
    assert len(adds_sent(lockstep)) == 1
    assert lockstep.position().quantity == before.quantity + change.quantity


@pytest.mark.parametrize(("seconds", "leaves"), [(20, True), (40, False)])
def test_an_add_at_market_whose_process_died_before_it_left_follows_at_once_or_never(
    lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch, seconds: int, leaves: bool
) -> None:
    before = in_profit(lockstep).quantity
    change = ask(lockstep, style=ExecutionStyle.MARKET)
    with monkeypatch.context() as patched:
        patched.setattr(adding, "executed_at_the_end", _die)
        with pytest.raises(SystemExit):
            work_change(change, lockstep.venue)
    lockstep.step(seconds)

    change = work(lockstep, change)

    assert (lockstep.position().quantity > before) is leaves
    assert change.status == (ChangeStatus.DONE if leaves else ChangeStatus.FAILED)
    assert not lockstep.naked_at_exchange()


def _die(*_args: Any, **_details: Any) -> None:
    raise SystemExit


def test_a_close_calls_off_an_add_that_waits_in_the_book(lockstep: Lockstep) -> None:
    before = in_profit(lockstep)
    change = ask(lockstep)
    lockstep.price("8.299")
    PositionChange.objects.filter(pk=change.pk).update(style="limit")
    work_change(change, lockstep.venue)
    position = lockstep.position()

    request_close(position, reason=ExitReason.MANUAL, author="anna", now=lockstep.now())
    for _ in range(3):
        tend(lockstep.position(), lockstep.venue)
        lockstep.deliver()
        work(lockstep, change)

    assert lockstep.position().status == PositionStatus.CLOSED
    assert lockstep.open_at_exchange() == 0
    assert change.status in (ChangeStatus.DONE, ChangeStatus.FAILED)
    assert not Order.objects.filter(status__in=["NEW", "PARTIALLY_FILLED", "PENDING"]).exists()
    assert before.quantity <= lockstep.position().entered_quantity


def bars(lockstep: Lockstep, *, spread: str) -> None:
    """A hundred quarters of an hour that each swing by ``spread``."""
    middle, half = Decimal("8.300"), Decimal(spread) / 2
    first = to_ms(lockstep.now()) - 100 * QUARTER_MS
    for number in range(100):
        lockstep.market.bar(
            SYMBOL, "15m", first + number * QUARTER_MS, "8.300", high=str(middle + half), low=str(middle - half)
        )


def test_the_stop_follows_to_one_range_behind_the_new_average(lockstep: Lockstep) -> None:
    in_profit(lockstep)
    bars(lockstep, spread="0.200")

    work(lockstep, ask(lockstep))
    tend(lockstep.position(), lockstep.venue)

    position = lockstep.position()
    wanted = (position.entry_price + Decimal("0.200")).quantize(Decimal("0.001"), rounding="ROUND_FLOOR")
    [stop] = [each for each in lockstep.venue.trading.open_algo_orders(SYMBOL) if each.order_type == "STOP_MARKET"]
    assert (position.stop_price, stop.trigger_price) == (wanted, wanted)


def test_a_wider_range_loosens_nothing(lockstep: Lockstep) -> None:
    before = in_profit(lockstep)
    bars(lockstep, spread="5.000")

    work(lockstep, ask(lockstep, stop_price=Decimal("11.000")))

    assert lockstep.position().stop_price == before.stop_price


def test_a_tighter_stop_that_comes_with_the_add_holds(lockstep: Lockstep) -> None:
    in_profit(lockstep)

    work(lockstep, ask(lockstep, stop_price=Decimal("8.900")))

    assert lockstep.position().stop_price == Decimal("8.900")


def test_an_add_counts_as_exposure_of_the_account_from_its_plan_on(lockstep: Lockstep) -> None:
    before = in_profit(lockstep)

    work(lockstep, ask(lockstep))

    assert lockstep.position().margin > before.margin


def test_a_quantity_stop_is_made_anew_for_the_larger_position(lockstep: Lockstep) -> None:
    in_profit(lockstep)
    Position.objects.update(is_shared=True)
    tend(lockstep.position(), lockstep.venue)
    lockstep.deliver()

    work(lockstep, ask(lockstep))
    tend(lockstep.position(), lockstep.venue)

    position = lockstep.position()
    stops = [each for each in lockstep.venue.trading.open_algo_orders(SYMBOL) if each.order_type == "STOP_MARKET"]
    assert [stop.quantity for stop in stops] == [position.quantity]
    assert position.naked_since is None


def test_without_a_database_a_filled_add_leaves_the_whole_position_to_protect(lockstep: Lockstep) -> None:
    before, nonce = in_profit(lockstep), Installation.current().nonce
    picture = Picture()
    picture.refresh(lockstep.account)
    work_change(ask(lockstep), lockstep.venue)

    found = [exposure_of(event, nonce=nonce, picture=picture) for event in lockstep.events()]

    [exposure] = [each for each in found if each is not None]
    [order] = adds_sent(lockstep)
    assert exposure.quantity == before.quantity + order.quantity


def test_an_add_waits_while_trades_of_the_position_are_on_their_way(lockstep: Lockstep) -> None:
    lockstep.enter()
    lockstep.deliver()
    lockstep.price("8.300")
    Order.objects.filter(purpose=Purpose.ENTRY).update(executed_quantity=Decimal("71"))  # more than our trades tell
    change = ask(lockstep)

    work_change(change, lockstep.venue)

    assert change.status == ChangeStatus.ASKED
    assert not adds_sent(lockstep)


@pytest.mark.parametrize(
    ("moved_to", "by_rule", "wanted"),
    [("8.400", "9.500", "8.400"), ("9.800", "9.500", "9.500")],
    ids=["nearer than the rule", "not as near as the rule"],
)
def test_of_a_stop_moved_while_the_rule_was_reckoned_and_the_rules_the_nearer_is_wanted(
    lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch, moved_to: str, by_rule: str, wanted: str
) -> None:
    def be_overtaken(*_facts: Any, **_named: Any) -> Decimal:
        Position.objects.update(stop_price=Decimal(moved_to))
        return Decimal(by_rule)

    monkeypatch.setattr(adding, "stop_wanted", be_overtaken)
    in_profit(lockstep)
    work(lockstep, ask(lockstep))

    assert lockstep.position().stop_price == Decimal(wanted)


def test_a_long_is_added_to_behind_the_higher_of_two_stops(lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch) -> None:
    position = in_profit(lockstep)
    position.direction = PositionSide.LONG.value
    for stop, nearer in (("7.000", "7.500"), ("8.000", "8.000")):
        Position.objects.update(stop_price=Decimal(stop), direction=PositionSide.LONG.value)
        adding.tighten_stop(position, Decimal("7.500"))

        assert lockstep.position().stop_price == Decimal(nearer)
