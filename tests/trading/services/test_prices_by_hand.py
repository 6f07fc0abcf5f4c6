"""Orders by hand whose limit is not what they will pay: sized, stopped and geared by what they can pay."""

from dataclasses import replace
from decimal import Decimal

import pytest

from exchange.types import PositionSide
from signals.strategies.execution import ExecutionStyle
from tests.lockstep import SYMBOL, Lockstep
from tests.trading.services.plans import look
from trading.models import Position
from trading.services import reconcile
from trading.services.manual_entry import EntryRefused, ManualEntry, plan_manual_entry, request_entry
from trading.services.what_if import what_if_of

LAST = Decimal("8.5")
SHORT = ManualEntry(
    symbol=SYMBOL,
    position_side=PositionSide.SHORT,
    leverage=10,
    stop_loss_pct=Decimal(5),
    take_profit_pct=Decimal(33),
    author="anna",
    margin=Decimal(60),
)
LONG = replace(SHORT, position_side=PositionSide.LONG)
TWAP, LIMIT_THEN_MARKET = ExecutionStyle.TWAP, ExecutionStyle.LIMIT_THEN_MARKET


def ask(lockstep: Lockstep, wish: ManualEntry) -> Position:
    return request_entry(wish, account=lockstep.account, market=lockstep.venue.market, now=lockstep.now())


def carried_out(lockstep: Lockstep, wish: ManualEntry) -> Position:
    """The whole plan at an unmoved price, looked at every 16 seconds, and what the venue tells of it."""
    ask(lockstep, wish)
    for _ in range(20):
        look(lockstep)
        lockstep.price("8.500", after=16)
    look(lockstep)
    reconcile.check(lockstep.venue)
    return lockstep.position()


def margin_at_exchange(lockstep: Lockstep) -> Decimal:
    [row] = lockstep.venue.trading.positions(SYMBOL)
    return row.initial_margin


@pytest.mark.parametrize(
    ("wish", "limit", "apart"),
    [
        (replace(LONG, style=TWAP), "0.85", "90.0"),
        (replace(SHORT, style=LIMIT_THEN_MARKET), "9.6", "12.9"),
        (replace(LONG, style=LIMIT_THEN_MARKET), "7.5", "11.8"),
        (replace(SHORT, style=TWAP), "8.4", "1.2"),
    ],
)
def test_in_steps_a_limit_far_from_the_market_is_refused_with_both_numbers(
    lockstep: Lockstep, wish: ManualEntry, limit: str, apart: str
) -> None:
    with pytest.raises(EntryRefused) as refused:
        ask(lockstep, replace(wish, price=Decimal(limit)))

    assert refused.value.field == "price"
    assert f"the limit {Decimal(limit):.3f} lies {apart} % from the last price 8.5" in str(refused.value)
    assert not Position.objects.exists()


@pytest.mark.parametrize("style", [TWAP, LIMIT_THEN_MARKET])
@pytest.mark.parametrize(("side", "limit"), [(PositionSide.SHORT, "8.542"), (PositionSide.LONG, "8.458")])
def test_in_steps_no_more_is_paid_than_was_asked_for_and_the_stop_lies_where_it_should(
    lockstep: Lockstep, style: ExecutionStyle, side: PositionSide, limit: str
) -> None:
    position = carried_out(lockstep, replace(SHORT, position_side=side, style=style, price=Decimal(limit)))

    assert position.entry_price is not None
    assert 0 < position.quantity * position.entry_price <= Decimal(600)
    assert margin_at_exchange(lockstep) <= position.margin <= Decimal(60)
    assert abs(position.stop_price / position.entry_price - 1) <= Decimal("0.0501")
    assert position.liquidation_price is not None
    assert (position.stop_price < position.liquidation_price) is (side is PositionSide.SHORT)


def test_a_long_in_slices_is_sized_at_the_bound_of_its_slices(lockstep: Lockstep) -> None:
    plan = plan_manual_entry(replace(LONG, style=TWAP), lockstep.venue.market, account=lockstep.account)

    assert plan.reference_price == LAST
    assert Decimal("8.54") < plan.sizing_price < Decimal("8.55")  # 0.5 % above the middle
    assert plan.margin == plan.quantity * plan.sizing_price / 10 <= Decimal(60)


def test_leverage_leaves_room_for_the_worst_price_of_the_slices(lockstep: Lockstep) -> None:
    wish = replace(SHORT, leverage=4, stop_loss_pct=Decimal("18.4"))  # at the market 4x would just do

    at_market = plan_manual_entry(wish, lockstep.venue.market, account=lockstep.account)
    in_slices = plan_manual_entry(replace(wish, style=TWAP), lockstep.venue.market, account=lockstep.account)

    assert (at_market.leverage, in_slices.leverage) == (4, 3)


def test_a_short_limit_below_the_market_is_sized_at_the_market_where_it_fills(lockstep: Lockstep) -> None:
    wish = replace(SHORT, price=Decimal("8.3"))

    position = carried_out(lockstep, wish)

    assert position.entry_price == LAST
    assert position.quantity * LAST <= Decimal(600)
    assert margin_at_exchange(lockstep) <= position.margin
    assert position.stop_price == Decimal("8.715")  # from the limit, the worst it may fill at


def test_a_limit_that_waits_may_lie_anywhere(lockstep: Lockstep) -> None:
    far_above = plan_manual_entry(
        replace(SHORT, price=Decimal("17")), lockstep.venue.market, account=lockstep.account
    )  # fmt: skip
    far_below = plan_manual_entry(replace(LONG, price=Decimal("4")), lockstep.venue.market, account=lockstep.account)

    assert (far_above.sizing_price, far_below.sizing_price) == (Decimal("17"), Decimal("4"))


@pytest.mark.parametrize("wish", [replace(LONG, price=Decimal("85")), replace(SHORT, price=Decimal("0.85"))])
def test_a_limit_that_the_exchange_would_not_take_is_refused_before_it_is_written(
    lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch, wish: ManualEntry
) -> None:
    rules = replace(lockstep.venue.rules(SYMBOL), price_up_ratio=Decimal("1.1"), price_down_ratio=Decimal("0.9"))
    monkeypatch.setattr("trading.services.manual_entry._rules", lambda symbol, market: rules)

    with pytest.raises(EntryRefused, match="lies beyond") as refused:
        ask(lockstep, wish)

    assert refused.value.field == "price"
    assert not Position.objects.exists()


@pytest.mark.parametrize(("style", "price"), [(TWAP, None), (LIMIT_THEN_MARKET, "8.46"), (None, "8.3")])
def test_the_preview_says_what_is_written(lockstep: Lockstep, style: ExecutionStyle | None, price: str | None) -> None:
    wish = replace(SHORT, style=style, price=None if price is None else Decimal(price))
    plan = plan_manual_entry(wish, lockstep.venue.market, account=lockstep.account)
    shown = what_if_of(wish, plan, account=lockstep.account, market=lockstep.venue.market)

    position = ask(lockstep, wish)

    assert (shown.quantity, shown.margin) == (plan.quantity, plan.margin)
    assert (shown.leverage, shown.stop_price) == (plan.leverage, plan.stop_price)
    assert (position.margin, position.leverage) == (plan.margin.quantize(Decimal("0.0001")), plan.leverage)
    assert position.stop_price == plan.stop_price


def test_a_limit_whose_stop_the_market_has_passed_is_refused(lockstep: Lockstep) -> None:
    with pytest.raises(EntryRefused, match=r"the last price 8\.5\S* has passed the stop 8\.26") as refused:
        ask(lockstep, replace(SHORT, leverage=3, stop_loss_pct=Decimal(18), price=Decimal("7.0")))

    assert refused.value.field == "price"
    assert not Position.objects.exists()
