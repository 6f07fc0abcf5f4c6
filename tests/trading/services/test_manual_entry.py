"""Entries by hand: planned to the last number, written once, sent by the workers, protected like any other."""

from dataclasses import replace
from decimal import Decimal

import pytest

from desk.event_kinds import EventKind
from desk.models import Bot, Event
from exchange.types import PositionSide
from tests.lockstep import SYMBOL, Lockstep
from trading.case_file import case_file
from trading.core.states import ExitReason, PositionStatus
from trading.models import Order, Position
from trading.services.manual_entry import EntryRefused, ManualEntry, plan_manual_entry, request_entry
from trading.services.working_entries import work_entries

PLACE = ("POST", "/fapi/v1/order")

WISH = ManualEntry(
    symbol=SYMBOL,
    position_side=PositionSide.SHORT,
    leverage=3,
    stop_loss_pct=Decimal(18),
    take_profit_pct=Decimal(33),
    author="tests",
    margin=Decimal(200),
)


def ask(lockstep: Lockstep, wish: ManualEntry = WISH) -> Position:
    return request_entry(wish, account=lockstep.account, market=lockstep.venue.market, now=lockstep.now())


def settle(lockstep: Lockstep) -> Position:
    for _ in range(3):
        work_entries(lockstep.venue)
        lockstep.deliver()
    return lockstep.position()


def test_a_plan_names_every_number_and_changes_nothing(lockstep: Lockstep) -> None:
    plan = plan_manual_entry(WISH, lockstep.venue.market, account=lockstep.account)

    assert (plan.reference_price, plan.limit, plan.leverage) == (Decimal("8.5"), None, 3)
    assert (plan.quantity, plan.notional) == (Decimal("70.5"), Decimal("599.25"))
    assert plan.margin == Decimal("199.75")
    assert (plan.stop_price, plan.take_profit_price) == (Decimal("10.030"), Decimal("5.695"))
    assert plan.loss_at_stop == Decimal("107.865")
    assert not Position.objects.exists()


def test_a_long_has_its_exits_on_the_other_sides(lockstep: Lockstep) -> None:
    plan = plan_manual_entry(
        replace(WISH, position_side=PositionSide.LONG), lockstep.venue.market, account=lockstep.account
    )

    assert (plan.stop_price, plan.take_profit_price) == (Decimal("6.970"), Decimal("11.305"))


def test_a_limit_is_put_on_the_tick_and_the_numbers_start_from_it(lockstep: Lockstep) -> None:
    plan = plan_manual_entry(replace(WISH, price=Decimal("8.60005")), lockstep.venue.market, account=lockstep.account)

    assert plan.limit == plan.reference_price == Decimal("8.601")


def test_a_wide_stop_lowers_the_leverage(lockstep: Lockstep) -> None:
    plan = plan_manual_entry(replace(WISH, leverage=20), lockstep.venue.market, account=lockstep.account)

    assert plan.leverage == 4


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"symbol": "NOSUCHUSDT"}, "symbol"),
        ({"margin": None}, "margin"),
        ({"quantity": Decimal(5)}, "margin"),
        ({"margin": Decimal(1)}, "margin"),
        ({"margin": None, "quantity": Decimal("0.1")}, "quantity"),
        ({"margin": None, "quantity": Decimal(200_000)}, "quantity"),
        ({"stop_loss_pct": Decimal(85)}, "stop_loss_pct"),
        ({"stop_loss_pct": Decimal("0.001")}, "stop_loss_pct"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_field(
    lockstep: Lockstep, change: dict[str, object], field: str
) -> None:
    with pytest.raises(EntryRefused) as refused:
        ask(lockstep, replace(WISH, **change))

    assert refused.value.field == field
    assert not Position.objects.exists()


def test_a_written_wish_is_sent_by_the_workers_filled_and_protected(either_mode: Lockstep) -> None:
    written = ask(either_mode)
    sent_by_the_asker = either_mode.wire.count(*PLACE)

    position = settle(either_mode)

    assert (written.status, sent_by_the_asker) == (PositionStatus.PENDING, 0)
    assert (position.status, position.quantity) == (PositionStatus.OPEN, Decimal("70.5"))
    assert not either_mode.naked_at_exchange()
    assert either_mode.orders("take_profit")[0].trigger_price == Decimal("5.695")
    assert Event.objects.get(kind=EventKind.ENTRY_INTENDED).facts["author"] == "tests"


def test_the_same_request_key_is_one_order_however_often_it_is_asked(lockstep: Lockstep) -> None:
    wish = replace(WISH, request_key="click-1")

    asked = [ask(lockstep, wish).pk for _ in range(3)]
    settle(lockstep)
    asked.append(ask(lockstep, wish).pk)

    assert len(set(asked)) == 1
    assert lockstep.wire.count(*PLACE) == 1


def test_a_symbol_that_is_held_takes_no_second_entry(lockstep: Lockstep) -> None:
    ask(lockstep)

    with pytest.raises(EntryRefused, match="exists already"):
        ask(lockstep)

    assert Order.objects.filter(purpose="entry").count() == 1


def test_orders_by_hand_do_not_ask_for_auto_trade(lockstep: Lockstep) -> None:
    Bot.objects.update(auto_trade=False)
    ask(lockstep)

    assert settle(lockstep).status == PositionStatus.OPEN


def test_a_limit_rests_until_its_deadline_and_then_ends_unfilled(lockstep: Lockstep) -> None:
    ask(lockstep, replace(WISH, price=Decimal("8.700")))
    resting = settle(lockstep).status
    lockstep.step(601)

    position = settle(lockstep)

    assert resting == PositionStatus.PENDING
    assert (position.status, position.exit_reason) == (PositionStatus.CLOSED, ExitReason.ENTRY_UNFILLED)
    assert lockstep.venue.trading.open_orders() == []


def test_an_account_that_is_not_ready_ends_the_entry_unsent(lockstep: Lockstep) -> None:
    lockstep.wire.refuse("POST", "/fapi/v1/leverage", -4028, "Leverage 3 is not valid")
    ask(lockstep)

    position = settle(lockstep)

    assert position.exit_reason == ExitReason.ENTRY_UNFILLED
    assert lockstep.wire.count(*PLACE) == 0


def test_the_case_keeps_what_the_order_was_reckoned_to_do(lockstep: Lockstep) -> None:
    position = ask(lockstep)

    found = case_file(position.case).what_if

    assert found is not None
    assert (found.quantity, found.margin, found.stop_price) == (Decimal("70.5"), Decimal("199.75"), Decimal("10.030"))
    assert (found.bound_by, found.refusal) == ("position_share", "")
