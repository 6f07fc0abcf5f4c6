from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from exchange.types import DayTicker
from signals.indicators.candles import Timeframe
from signals.indicators.frames import frame_of
from signals.outlook.inputs import Freshness, Gap, GapKind, MarketInputs, Part, inputs_hash, usable
from signals.outlook.picture import Thresholds, picture_of
from signals.outlook.regime import Regime
from tests.signals.outlook.building import NOW, book, made_candles

CLOSES = 100 + np.sin(np.arange(100) / 5)
QUARTER = frame_of(made_candles(CLOSES))
DAY = DayTicker(symbol="BTCUSDT", open_price=Decimal(100), last_price=Decimal(101), quote_volume=Decimal(5), at=NOW)
INPUTS = MarketInputs(symbol="BTCUSDT", now=NOW, frames={Timeframe.M15: QUARTER}, day=DAY)


def kinds(inputs: MarketInputs) -> dict[str, GapKind]:
    return {str(gap.part): gap.kind for gap in usable(inputs, Freshness()).gaps}


def hashed(inputs: MarketInputs) -> str:
    return inputs_hash(usable(inputs, Freshness()))


def test_candles_from_later_are_not_used():
    later = frame_of(made_candles(CLOSES, last_open=Timeframe.M15.newest_finished(NOW) + Timeframe.M15.length))

    whole = usable(replace(INPUTS, frames={Timeframe.M15: later}), Freshness())

    assert Timeframe.M15 not in whole.inputs.frames
    assert {gap.kind for gap in whole.gaps if gap.part == Timeframe.M15} == {GapKind.LATER}


def test_the_same_candles_are_later_stale_or_fresh_by_the_now():
    step = Timeframe.M15.length

    assert Timeframe.M15 not in kinds(INPUTS)
    assert kinds(replace(INPUTS, now=NOW - step))[Timeframe.M15] is GapKind.LATER
    assert kinds(replace(INPUTS, now=NOW + step))[Timeframe.M15] is GapKind.STALE


def test_what_could_not_be_read_says_why():
    whole = usable(replace(INPUTS, unread={"book": "no answer"}), Freshness())

    assert Gap(Part.BOOK, GapKind.MISSING, "no answer") in whole.gaps
    assert Gap(Timeframe.H4, GapKind.MISSING, "no finished candle") in whole.gaps


def test_fewer_candles_than_a_window_are_used_and_named():
    short = frame_of(made_candles(CLOSES[:40]))

    whole = usable(replace(INPUTS, frames={Timeframe.M15: short}), Freshness())

    assert whole.inputs.frames[Timeframe.M15] is short
    assert Gap(Timeframe.M15, GapKind.SHORT, "40 of 100 candles") in whole.gaps


@pytest.mark.parametrize(
    "change",
    [
        {"symbol": "ETHUSDT"},
        {"day": replace(DAY, last_price=Decimal("101.1"))},
        {"day": None},
        {"book": book([(100, 1)], [(101, 1)])},
        {"frames": {Timeframe.M15: frame_of(made_candles(CLOSES + 0.01))}},
        {"frames": {}},
    ],
)
def test_another_input_is_another_hash(change):
    assert hashed(replace(INPUTS, **change)) != hashed(INPUTS)


def test_the_same_number_written_otherwise_is_the_same_hash():
    written = replace(DAY, last_price=Decimal("101.00"))

    assert hashed(replace(INPUTS, day=written)) == hashed(INPUTS)
    assert hashed(replace(INPUTS, now=NOW + timedelta(seconds=9))) == hashed(INPUTS)


def test_the_range_leaves_as_a_decimal():
    picture = picture_of(INPUTS)

    assert picture.atr == Decimal(f"{QUARTER.indicators.atr:.10g}")
    assert picture_of(replace(INPUTS, frames={})).atr is None


def test_a_contract_without_a_price_a_day_ago_has_no_change():
    picture = picture_of(replace(INPUTS, day=replace(DAY, open_price=Decimal(0))))

    assert (picture.change_24h_pct, picture.price) == (None, Decimal(101))


def test_thresholds_are_settings():
    rising = frame_of(made_candles(100 + 0.2 * np.arange(100)))
    inputs = replace(INPUTS, frames={Timeframe.M15: rising})

    assert rising.indicators.adx > 90
    assert picture_of(inputs).regime.regime is Regime.TRENDING_UP
    assert picture_of(inputs, thresholds=Thresholds(trend_adx=100)).regime.regime is Regime.RANGING
