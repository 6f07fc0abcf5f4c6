from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.types import Kline, PositionSide, Side, from_ms, to_ms

MILLISECONDS = st.integers(min_value=0, max_value=253_402_300_799_999)


@given(MILLISECONDS)
def test_milliseconds_survive_the_way_there_and_back(ms):
    assert to_ms(from_ms(ms)) == ms


@given(MILLISECONDS)
def test_moments_are_aware_utc(ms):
    assert from_ms(ms).utcoffset() == timedelta()


def test_known_moment():
    assert from_ms(1732377600123) == datetime(2024, 11, 23, 16, 0, 0, 123000, tzinfo=UTC)


def test_milliseconds_are_rounded_down():
    assert to_ms(datetime(1970, 1, 1, 0, 0, 0, 1999, tzinfo=UTC)) == 1


def test_milliseconds_do_not_depend_on_the_zone():
    moment = from_ms(1732377600123)

    assert to_ms(moment.astimezone(timezone(timedelta(hours=8)))) == 1732377600123


def test_sides_are_each_others_opposite():
    assert Side.BUY.opposite is Side.SELL
    assert Side.SELL.opposite is Side.BUY


@pytest.mark.parametrize(
    ("position_side", "entry", "close"),
    [(PositionSide.LONG, Side.BUY, Side.SELL), (PositionSide.SHORT, Side.SELL, Side.BUY)],
)
def test_orders_that_open_and_close_a_direction(position_side, entry, close):
    assert position_side.entry_side is entry
    assert position_side.close_side is close


def test_one_way_mode_names_no_direction():
    with pytest.raises(ValueError, match="BOTH"):
        _ = PositionSide.BOTH.entry_side


def test_sell_volume_is_what_takers_did_not_buy():
    bar = Kline(
        open_time=from_ms(0),
        open=Decimal(1),
        high=Decimal(1),
        low=Decimal(1),
        close=Decimal(1),
        volume=Decimal("10.5"),
        close_time=from_ms(3_599_999),
        quote_volume=Decimal("10.5"),
        trades=3,
        taker_buy_volume=Decimal("4.2"),
        taker_buy_quote_volume=Decimal("4.2"),
    )

    assert bar.sell_volume == Decimal("6.3")
