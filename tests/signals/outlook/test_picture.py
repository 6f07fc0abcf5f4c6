"""The whole picture on markets of every kind: none may break it, and nothing in it may be what was not measured."""

import json
import math
from dataclasses import fields, replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.types import DayTicker
from signals.indicators.candles import Timeframe, candles
from signals.indicators.frames import frame_of
from signals.outlook.inputs import GapKind, MarketInputs, Part
from signals.outlook.picture import MarketPicture, picture_of
from signals.outlook.price_action import PriceAction
from signals.outlook.regime import Regime, RegimeRule
from tests.signals.indicators.recorded import NAMES, recorded
from tests.signals.outlook.building import NOW, book, made_candles

PRICES = st.one_of(
    st.floats(1e-6, 1e-4),
    st.floats(0.5, 2.0),
    st.floats(90_000, 110_000),
    st.just(100.0),
)


@st.composite
def markets(draw) -> MarketInputs:
    """One symbol with some timeframes, each a walk from a price; still, thin and young ones among them."""
    start, drift = draw(PRICES), draw(st.sampled_from([0.0, 0.0001, 0.01, 0.2]))
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    timeframes = draw(st.sets(st.sampled_from(list(Timeframe))))
    frames = {}
    for timeframe in timeframes:
        count = draw(st.integers(0, timeframe.window))
        steps = generator.choice([-drift, 0.0, drift], size=(count, 2))
        closes = start * np.cumprod(1 + steps[:, 0])
        opens = closes / (1 + steps[:, 1])
        volume = generator.choice([0.0, 1.0, 1e9], size=count)
        table = np.column_stack([opens, np.maximum(opens, closes), np.minimum(opens, closes), closes, volume])
        last = made_candles([1.0], timeframe=timeframe).open_ms[0]
        step = int(timeframe.length.total_seconds() * 1000)
        open_ms = last - step * np.arange(count - 1, -1, -1, dtype=np.int64)
        frames[timeframe] = frame_of(candles(timeframe, open_ms, table))
    price = Decimal(f"{start:.8g}")
    day = DayTicker(symbol="X", open_price=price, last_price=price, quote_volume=Decimal(0), at=NOW)
    sides = draw(st.sampled_from([([], []), ([(1, 1)], []), ([], [(1, 1)]), ([(1, 5)], [(2, 0)])]))
    return MarketInputs(symbol="X", now=NOW, frames=frames, day=draw(st.sampled_from([None, day])), book=book(*sides))


@settings(deadline=None, max_examples=30)
@given(inputs=markets())
def test_no_market_breaks_the_picture(inputs):
    picture = picture_of(inputs)

    assert json.loads(json.dumps(picture.as_rows(), allow_nan=False)) == picture.as_rows()
    assert picture.sentiment is None or -100 <= picture.sentiment.score <= 100
    assert picture.confluence is None or -100 <= picture.confluence.score <= 100
    assert picture.levels is None or len(picture.levels.levels) <= 10
    for frame in picture.frames.values():
        values = [getattr(frame.indicators, item.name) for item in fields(frame.indicators)]
        assert all(math.isfinite(value) for value in values if isinstance(value, float))


@settings(deadline=None, max_examples=15)
@given(inputs=markets())
def test_every_part_is_either_there_or_a_gap(inputs):
    picture = picture_of(inputs)
    unused = {gap.part for gap in picture.gaps if gap.kind is not GapKind.SHORT}

    assert {str(timeframe) for timeframe in Timeframe} == {*map(str, picture.frames), *(unused & set(Timeframe))}
    assert (picture.day is None) is (Part.DAY in unused)
    assert (picture.mark is None) is (Part.MARK in unused)
    assert picture.is_fit_for_entry is False


def of(*frames, **changes) -> MarketPicture:
    inputs = MarketInputs(symbol="X", now=NOW, frames={frame.timeframe: frame for frame in frames})
    return picture_of(replace(inputs, **changes))


@pytest.mark.parametrize("name", NAMES)
def test_recorded_candles_of_any_price_level_have_levels_on_both_sides(name):
    seen = recorded(name, 100)
    table = np.column_stack([seen.open, seen.high, seen.low, seen.close, seen.volume])
    hour = frame_of(candles(Timeframe.H1, made_candles(seen.close, timeframe=Timeframe.H1).open_ms, table))
    price = Decimal(repr(float(seen.close[-1])))
    day = DayTicker(symbol="X", open_price=price, last_price=price, quote_volume=Decimal(1), at=NOW)

    levels = of(hour, day=day).levels

    assert levels.support.price <= price < levels.resistance.price
    assert all(abs(level.price / price - 1) <= Decimal("0.05") for level in levels.levels)


def test_a_rising_market_reads_so_in_every_judgement():
    closes = 100 * 1.002 ** np.arange(120) + 0.2 * np.sin(np.arange(120))
    frames = [frame_of(made_candles(closes[-frame.window :], timeframe=frame)) for frame in Timeframe]

    picture = of(*frames)

    assert (picture.regime.regime, picture.regime.rule) == (Regime.TRENDING_UP, RegimeRule.TREND)
    assert picture.action is PriceAction.STRONG_UP
    assert picture.trend.overall == "up"
    assert picture.confluence.score > 60
    assert picture.confluence.agreeing == tuple(Timeframe)


def test_a_falling_market_reads_so_in_every_judgement():
    closes = 100 * 0.998 ** np.arange(120) + 0.2 * np.sin(np.arange(120))
    frames = [frame_of(made_candles(closes[-frame.window :], timeframe=frame)) for frame in Timeframe]

    picture = of(*frames)

    assert picture.regime.regime is Regime.TRENDING_DOWN
    assert picture.action is PriceAction.STRONG_DOWN
    assert picture.trend.overall == "down"
    assert picture.confluence.score < -60


def test_a_settled_contract_is_quiet_and_says_little():
    still = [frame_of(made_candles(np.full(100, 5.0), highs=np.full(100, 5.0), lows=np.full(100, 5.0)))]

    picture = of(*still)

    assert (picture.regime.regime, picture.regime.rule) == (Regime.QUIET, RegimeRule.WEAK_TREND)
    assert picture.patterns == ()
    assert picture.frames[Timeframe.M15].indicators.rsi is None
    assert "15m.rsi" not in {given.source for given in picture.sentiment.contributions}
