"""Daily loss, cool-down and sizing, as an entry meets them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from desk.event_kinds import EventKind
from desk.models import Event
from signals.models import Signal, SignalStatus
from tests.factories import make_closed_position, make_fill, make_order
from tests.lockstep import SYMBOL, Lockstep
from trading.core.states import OrderStatus, Purpose
from trading.models import Income
from trading.services.entry import work_signal


def set_config(lockstep: Lockstep, **values: Any) -> None:
    version = lockstep.bot.config_version
    version.values = {"live_fixed_margin_usdt": "200"} | values
    version.save()


def have_traded(lockstep: Lockstep, *, pnl: str, ago: timedelta = timedelta(hours=1), **fill: Any) -> None:
    """A finished trade without commission that realised ``pnl`` USDT."""
    at = lockstep.now() - ago
    position = make_closed_position(lockstep.bot, created_at=at, closed_at=at, symbol="OTHERUSDT", quantity=0)
    order = make_order(position, purpose=Purpose.CLOSE, status=OrderStatus.FILLED, quantity=Decimal(12))
    make_fill(order, **{"realized_pnl": Decimal(pnl), "commission": Decimal(0), "at": at} | fill)


def refusal_code(lockstep: Lockstep, signal: Signal | None = None) -> str:
    signal = signal or lockstep.signal()
    work_signal(signal, lockstep.venue)
    signal.refresh_from_db()
    return signal.reason_code


@pytest.mark.parametrize(("pnl", "code"), [("-50", "daily_loss"), ("-49.99", "")])
def test_the_daily_loss_blocks_from_the_limit_on(lockstep: Lockstep, pnl: str, code: str) -> None:
    have_traded(lockstep, pnl=pnl)

    assert refusal_code(lockstep) == code


def test_a_limit_of_zero_is_none(lockstep: Lockstep) -> None:
    set_config(lockstep, daily_loss_limit_usdt="0")
    have_traded(lockstep, pnl="-5000")

    assert refusal_code(lockstep) == ""


def test_yesterdays_loss_is_yesterdays(lockstep: Lockstep) -> None:
    have_traded(lockstep, pnl="-500", ago=timedelta(hours=18))

    assert refusal_code(lockstep) == ""


def test_fees_and_funding_count_where_the_settings_say_so(lockstep: Lockstep) -> None:
    have_traded(lockstep, pnl="-48", commission=Decimal(1))
    Income.objects.create(
        account=lockstep.account, income_type="FUNDING_FEE", transaction_id=1, amount=Decimal(-1), asset="USDT",
        at=lockstep.now(),
    )  # fmt: skip
    with_both = refusal_code(lockstep)
    set_config(lockstep, daily_loss_includes_funding=False)
    without = refusal_code(lockstep, lockstep.signal(day=lockstep.now().date() + timedelta(days=1)))

    assert (with_both, without) == ("daily_loss", "")


def test_a_commission_paid_in_another_asset_is_not_taken_for_dollars(lockstep: Lockstep) -> None:
    have_traded(lockstep, pnl="-40", commission=Decimal(20), commission_asset="BNB")

    assert refusal_code(lockstep) == ""


def test_a_commission_paid_in_another_asset_counts_by_its_value(lockstep: Lockstep) -> None:
    have_traded(lockstep, pnl="-40", commission=Decimal("0.02"), commission_asset="BNB", commission_usdt=Decimal(12))

    assert refusal_code(lockstep) == "daily_loss"


def test_the_reached_limit_is_told_once_a_day(lockstep: Lockstep) -> None:
    have_traded(lockstep, pnl="-60")

    for number in range(3):
        refusal_code(lockstep, lockstep.signal(f"S{number}USDT"))

    facts = Event.objects.get(kind=EventKind.DAILY_LOSS_REACHED).facts
    assert (facts["result"], facts["limit"]) == ("-60.00", "-50.00")


def stop_out(lockstep: Lockstep) -> None:
    lockstep.open_position()
    lockstep.price("10.100")
    lockstep.deliver()


@pytest.mark.parametrize(("cooldown", "code"), [(True, "stop_loss_cooldown"), (False, "")])
def test_a_symbol_that_was_stopped_out_rests_until_the_day_ends(
    lockstep: Lockstep, *, cooldown: bool, code: str
) -> None:
    set_config(lockstep, stop_loss_cooldown=cooldown, daily_loss_limit_usdt="0")
    stop_out(lockstep)
    lockstep.price("8.500")

    assert refusal_code(lockstep, lockstep.signal(day=lockstep.now().date() + timedelta(days=1))) == code


def test_the_cool_down_ends_with_the_utc_day(lockstep: Lockstep) -> None:
    set_config(lockstep, daily_loss_limit_usdt="0")
    stop_out(lockstep)
    lockstep.price("8.500", after=7 * 3600)

    assert refusal_code(lockstep, lockstep.signal(day=lockstep.now().date())) == ""


def test_percent_of_the_available_balance_is_the_margin(lockstep: Lockstep) -> None:
    set_config(lockstep, margin_mode="percent", margin_pct="1")

    position = lockstep.enter()

    assert position.orders.get(purpose="entry").quantity == Decimal("35.2")  # 100 USDT × 3 / 8.5


def test_a_balance_that_cannot_be_read_falls_back_to_the_fixed_margin(lockstep: Lockstep) -> None:
    set_config(lockstep, margin_mode="percent", margin_pct="1")
    for _ in range(3):  # a read is repeated twice
        lockstep.wire.swallow("GET", "/fapi/v3/account")

    position = lockstep.enter()

    assert position.orders.get(purpose="entry").quantity == Decimal("70.5")


def test_a_refused_signal_sends_nothing(lockstep: Lockstep) -> None:
    have_traded(lockstep, pnl="-60")
    signal = lockstep.signal(SYMBOL)

    work_signal(signal, lockstep.venue)

    signal.refresh_from_db()
    assert signal.status == SignalStatus.REFUSED
    assert lockstep.wire.count("POST", "/fapi/v1/order") == 0
