from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.rules import (
    BelowMinNotional,
    ceil_to_step,
    check_notional,
    floor_to_step,
    limit_price,
    plain,
    stop_loss_trigger,
    take_profit_trigger,
)
from exchange.types import PositionSide, Side, SymbolRules

# Steps and ticks in use, and numbers of at most 15 significant digits, as money fields hold them.
STEPS = st.sampled_from(["0.00000001", "0.0001", "0.001", "0.010", "0.5", "1", "10", "1000"]).map(Decimal)
NUMBERS = st.decimals(min_value=0, max_value=Decimal(10) ** 6, places=9, allow_nan=False, allow_infinity=False)
DIRECTIONS = st.sampled_from([PositionSide.LONG, PositionSide.SHORT])


def rules(*, tick="0.10", step="0.001", min_notional="50"):
    return SymbolRules(
        symbol="BTCUSDT",
        tick_size=Decimal(tick),
        min_price=Decimal("556.80"),
        max_price=Decimal(4529764),
        step_size=Decimal(step),
        min_quantity=Decimal("0.001"),
        max_quantity=Decimal(1000),
        market_step_size=Decimal("0.001"),
        market_max_quantity=Decimal(120),
        min_notional=Decimal(min_notional),
    )


@given(NUMBERS, STEPS)
def test_floor_stays_within_one_step_below(number, step):
    assert 0 <= number - floor_to_step(number, step) < step


@given(NUMBERS, STEPS)
def test_ceiling_stays_within_one_step_above(number, step):
    assert 0 <= ceil_to_step(number, step) - number < step


@given(NUMBERS, STEPS)
def test_rounded_numbers_lie_on_the_grid_and_stay_there(number, step):
    rounded = floor_to_step(number, step)

    assert rounded % step == 0
    assert floor_to_step(rounded, step) == ceil_to_step(rounded, step) == rounded


@given(NUMBERS, STEPS)
def test_rounded_numbers_have_no_more_decimals_than_the_step(number, step):
    rounded = plain(floor_to_step(number, step))

    assert len(rounded.partition(".")[2]) <= -step.as_tuple().exponent


@given(NUMBERS)
def test_step_of_zero_rounds_nothing(number):
    assert floor_to_step(number, Decimal(0)) == ceil_to_step(number, Decimal(0)) == number


@given(NUMBERS, STEPS)
def test_limit_price_is_on_the_tick_and_never_worse(price, tick):
    symbol = rules(tick=str(tick))

    assert limit_price(price, side=Side.BUY, rules=symbol) <= price <= limit_price(price, side=Side.SELL, rules=symbol)
    assert limit_price(price, side=Side.BUY, rules=symbol) % tick == 0


@given(NUMBERS, STEPS, DIRECTIONS)
def test_stop_never_risks_more_than_asked(price, tick, direction):
    trigger = stop_loss_trigger(price, position_side=direction, rules=rules(tick=str(tick)))

    assert trigger >= price if direction is PositionSide.LONG else trigger <= price


@given(NUMBERS, STEPS, DIRECTIONS)
def test_take_profit_is_reached_no_later_than_asked(price, tick, direction):
    trigger = take_profit_trigger(price, position_side=direction, rules=rules(tick=str(tick)))

    assert trigger <= price if direction is PositionSide.LONG else trigger >= price


@pytest.mark.parametrize(
    ("price", "side", "expected"),
    [("97000.17", Side.BUY, "97000.10"), ("97000.17", Side.SELL, "97000.20"), ("97000.10", Side.SELL, "97000.10")],
)
def test_limit_prices(price, side, expected):
    assert limit_price(Decimal(price), side=side, rules=rules()) == Decimal(expected)


@pytest.mark.parametrize(
    ("round_trigger", "position_side", "expected"),
    [
        (stop_loss_trigger, PositionSide.LONG, "97000.2"),
        (stop_loss_trigger, PositionSide.SHORT, "97000.1"),
        (take_profit_trigger, PositionSide.LONG, "97000.1"),
        (take_profit_trigger, PositionSide.SHORT, "97000.2"),
    ],
)
def test_triggers_move_toward_the_entry(round_trigger, position_side, expected):
    assert round_trigger(Decimal("97000.17"), position_side=position_side, rules=rules()) == Decimal(expected)


def test_notional_at_the_minimum_passes():
    check_notional(quantity=Decimal("0.5"), price=Decimal(100), rules=rules())


def test_notional_below_the_minimum_is_named():
    with pytest.raises(
        BelowMinNotional, match=r"BTCUSDT: notional 49\.900 USDT is below the minimum of 50 USDT"
    ) as below:
        check_notional(quantity=Decimal("0.499"), price=Decimal(100), rules=rules())

    assert (below.value.symbol, below.value.notional, below.value.minimum) == ("BTCUSDT", Decimal("49.9"), 50)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=Decimal("-1E20"), max_value=Decimal("1E20")))
def test_plain_has_no_exponent_and_loses_nothing(number):
    text = plain(number)

    assert "E" not in text.upper()
    assert Decimal(text) == number


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("1E-5", "0.00001"),
        ("0.00001000", "0.00001"),
        ("1E+3", "1000"),
        ("97000.10", "97000.1"),
        ("0.000", "0"),
        ("100", "100"),
    ],
)
def test_plain_texts(number, text):
    assert plain(Decimal(number)) == text
