"""Where stops and take-profits lie; the table is the reference's."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.types import PositionSide
from risk.sizing import farthest_stop_ratio
from tests.rules_of_symbols import symbol_rules
from trading.core.exits import (
    Exits,
    ExitsOnWrongSide,
    has_passed,
    stop_by_price_paid,
    stop_price,
    take_profit_price,
)

LONG, SHORT = PositionSide.LONG, PositionSide.SHORT
entry_prices = st.decimals(min_value="0.5", max_value="5000", places=3)
ratios = st.decimals(min_value="0.02", max_value="0.5", places=3)


@pytest.mark.parametrize(
    ("side", "take_profit", "stop"), [(SHORT, "67", "118"), (LONG, "133", "82")], ids=["short", "long"]
)
def test_exits_of_an_entry_at_one_hundred(side: PositionSide, take_profit: str, stop: str) -> None:
    rules, entry = symbol_rules(), Decimal(100)

    assert stop_price(
        worst_entry_price=entry, stop_loss_ratio=Decimal("0.18"), position_side=side, rules=rules
    ) == Decimal(stop)
    assert take_profit_price(
        entry_price=entry, take_profit_ratio=Decimal("0.33"), position_side=side, rules=rules
    ) == Decimal(take_profit)


@pytest.mark.parametrize(("ratio", "price"), [("0.21", "79"), ("0.10", "90")])
def test_take_profits_of_the_judged_levels(ratio: str, price: str) -> None:
    assert take_profit_price(
        entry_price=Decimal(100), take_profit_ratio=Decimal(ratio), position_side=SHORT, rules=symbol_rules()
    ) == Decimal(price)


@given(entry=entry_prices, stop=ratios, target=ratios, side=st.sampled_from([LONG, SHORT]))
def test_exits_are_on_the_tick_on_their_sides_and_never_risk_more_than_asked(
    entry: Decimal, stop: Decimal, target: Decimal, side: PositionSide
) -> None:
    rules = symbol_rules()
    stop_at = stop_price(worst_entry_price=entry, stop_loss_ratio=stop, position_side=side, rules=rules)
    target_at = take_profit_price(entry_price=entry, take_profit_ratio=target, position_side=side, rules=rules)

    Exits(entry_price=entry, stop_price=stop_at, take_profit_price=target_at, position_side=side)
    assert stop_at % rules.tick_size == 0
    assert target_at % rules.tick_size == 0
    assert abs(stop_at - entry) <= entry * stop
    assert abs(target_at - entry) <= entry * target


@pytest.mark.parametrize(
    ("side", "paid", "stop_at"),
    [
        (SHORT, "98", "115.64"),  # sold lower than decided
        (LONG, "102", "83.64"),  # bought higher
        (SHORT, "100", None),
        (SHORT, "101", None),
        (LONG, "100", None),
        (LONG, "99", None),
    ],
)
def test_a_worse_price_than_decided_takes_the_stop_along(side: PositionSide, paid: str, stop_at: str | None) -> None:
    stop = stop_by_price_paid(
        entry_price=Decimal(paid),
        worst_entry_price=Decimal(100),
        stop_loss_ratio=Decimal("0.18"),
        position_side=side,
        rules=symbol_rules(),
    )

    assert stop == (None if stop_at is None else Decimal(stop_at))


@pytest.mark.parametrize(
    ("side", "paid", "stop_at"),
    [(SHORT, "98.5", "100.001"), (LONG, "101.5", "99.999"), (LONG, "101.01", "99.999"), (LONG, "100.5", "99.495")],
)
def test_a_stop_comes_as_near_as_a_tick_to_where_the_price_stood_at_the_decision(
    side: PositionSide, paid: str, stop_at: str
) -> None:
    stop = stop_by_price_paid(
        entry_price=Decimal(paid),
        worst_entry_price=Decimal(100),
        stop_loss_ratio=Decimal("0.01"),
        position_side=side,
        rules=symbol_rules(),
    )

    assert stop == Decimal(stop_at)


@pytest.mark.parametrize(
    ("side", "paid", "market", "stop_at"),
    [
        (SHORT, "95", "95", "98.8"),  # decided at 100, where the market never was
        (SHORT, "94.9", "98.9", "98.901"),
        (SHORT, "95", "101", "100.001"),  # a limit below the market: the decision is the nearer
        (LONG, "105", "105", "100.8"),
        (LONG, "105", "99", "99.999"),
    ],
)
def test_the_decision_stood_where_the_market_was(side: PositionSide, paid: str, market: str, stop_at: str) -> None:
    stop = stop_by_price_paid(
        entry_price=Decimal(paid),
        worst_entry_price=Decimal(100),
        stop_loss_ratio=Decimal("0.04"),
        position_side=side,
        rules=symbol_rules(),
        decision_price=Decimal(market),
    )

    assert stop == Decimal(stop_at)


@pytest.mark.parametrize(("side", "paid", "stop_at"), [(SHORT, "90", "95.76"), (LONG, "110", "102.96")])
def test_no_stop_lies_nearer_to_liquidation_than_its_share_of_the_way(
    side: PositionSide, paid: str, stop_at: str
) -> None:
    stop = stop_by_price_paid(
        entry_price=Decimal(paid),
        worst_entry_price=Decimal(100),
        stop_loss_ratio=Decimal("0.05"),
        position_side=side,
        rules=symbol_rules(),
        farthest_ratio=farthest_stop_ratio(10),  # 6.4 %
    )

    assert stop == Decimal(stop_at)


@given(decided=entry_prices, paid=entry_prices, ratio=ratios, side=st.sampled_from([LONG, SHORT]))
def test_the_price_paid_only_ever_tightens_and_never_risks_more_than_asked(
    decided: Decimal, paid: Decimal, ratio: Decimal, side: PositionSide
) -> None:
    rules = symbol_rules()
    planned = stop_price(worst_entry_price=decided, stop_loss_ratio=ratio, position_side=side, rules=rules)

    stop = stop_by_price_paid(
        entry_price=paid, worst_entry_price=decided, stop_loss_ratio=ratio, position_side=side, rules=rules
    )

    if stop is not None:
        assert (stop >= planned) if side is LONG else (stop <= planned)
        assert abs(stop - paid) <= max(paid * ratio, abs(paid - decided) + 2 * rules.tick_size)


@pytest.mark.parametrize(("side", "stop", "target"), [(SHORT, "82", "133"), (LONG, "118", "67"), (SHORT, "118", "100")])
def test_exits_on_the_wrong_side_are_never_sent(side: PositionSide, stop: str, target: str) -> None:
    with pytest.raises(ExitsOnWrongSide):
        Exits(entry_price=Decimal(100), stop_price=Decimal(stop), take_profit_price=Decimal(target), position_side=side)


@pytest.mark.parametrize(
    ("side", "last", "passed"),
    [(SHORT, "79", True), (SHORT, "78", True), (SHORT, "80", False), (LONG, "79", True), (LONG, "78", False)],
)
def test_a_take_profit_counts_as_passed_at_its_price_and_beyond(side: PositionSide, last: str, passed: bool) -> None:
    assert has_passed(take_profit=Decimal(79), last_price=Decimal(last), position_side=side) is passed
