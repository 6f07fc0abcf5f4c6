"""The market picture as the rules read it."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.answer import ALL_ACTIONS, Action
from advisor.memory.vectors import FEATURES, encode
from advisor.picture_facts import facts_of
from advisor.providers.rules import RulesAdviser
from signals.indicators.candles import Timeframe
from signals.indicators.indicator_set import IndicatorSet
from signals.outlook.inputs import MarketInputs
from signals.outlook.picture import MarketPicture, picture_of

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def blank() -> MarketPicture:
    """A picture of nothing: every part is missing."""
    return picture_of(MarketInputs(symbol="BTCUSDT", now=NOW))


def test_a_picture_of_nothing_is_all_gaps_and_the_rules_hold():
    facts = facts_of(blank())

    assert (facts.price, facts.atr, facts.confluence, facts.features) == (None, None, 0.0, {})
    assert facts.missing
    assert RulesAdviser(facts, None, ALL_ACTIONS).advice().action is Action.HOLD
    assert encode(facts.features) == b""


def test_readings_become_numbers_that_can_be_compared():
    readings = IndicatorSet(timeframe=Timeframe.M15, price=60000.0, rsi=75.0, adx=100.0, atr=199.99999999999)
    picture = replace(
        blank(),
        price=Decimal("60000"),
        change_24h_pct=-5.0,
        frames={Timeframe.M15: SimpleNamespace(indicators=readings)},
    )

    facts = facts_of(picture)

    assert facts.atr == Decimal("200")
    assert facts.features["rsi"] == 0.5
    assert facts.features["adx"] == 1.0
    assert facts.features["change_24h"] == -0.25
    assert set(facts.features) <= set(FEATURES)


def turning(*, ratio: float, cross: tuple[float, float] = (0.0, 0.0), rsi: tuple[float, float] = (50.0, 50.0)):
    """A picture whose minutes cross and turn as said, with such a book."""
    minutes = IndicatorSet(
        timeframe=Timeframe.M1, rsi_before=rsi[0], rsi=rsi[1], histogram_before=cross[0], histogram=cross[1]
    )
    return replace(
        blank(), frames={Timeframe.M1: SimpleNamespace(indicators=minutes)}, book=SimpleNamespace(ratio=ratio)
    )


def test_two_of_three_signs_make_a_rebound():
    golden, death = (-1.0, 0.5), (1.0, -0.5)

    assert facts_of(turning(ratio=1.2, cross=golden)).rebound == 1
    assert facts_of(turning(ratio=0.8, cross=golden, rsi=(34.0, 36.0))).rebound == 1
    assert facts_of(turning(ratio=0.8, cross=death)).rebound == -1
    assert facts_of(turning(ratio=1.2, rsi=(50.0, 52.0))).rebound == 0
    assert facts_of(turning(ratio=1.2, cross=death)).rebound == 0


@pytest.mark.parametrize(
    ("ratio", "cross", "rsi", "rebound"),
    [
        (1.2, (0.0, 0.0), (34.9, 35.1), 1),
        (1.0, (0.0, 0.0), (34.9, 35.1), 0),
        (1.2, (0.0, 0.0), (35.0, 36.0), 0),
        (0.8, (0.0, 0.0), (65.1, 64.9), -1),
        (0.8, (0.0, 0.0), (65.0, 64.0), 0),
        (1.2, (-1.0, 0.5), (34.0, 36.0), 1),
        (0.8, (1.0, -0.5), (66.0, 64.0), -1),
        (0.8, (-1.0, 0.5), (66.0, 64.0), -1),
    ],
)
def test_a_turn_is_a_crossing_and_not_a_touch(ratio, cross, rsi, rebound):
    assert facts_of(turning(ratio=ratio, cross=cross, rsi=rsi)).rebound == rebound


def test_without_a_book_two_other_signs_are_needed():
    picture = replace(turning(ratio=1.0, cross=(-1.0, 0.5), rsi=(34.0, 36.0)), book=None)

    assert facts_of(picture).rebound == 1
    assert facts_of(replace(picture, frames={})).rebound == 0


def feature(name, **details):
    return facts_of(replace(blank(), **details)).features.get(name)


def test_twice_and_half_of_a_book_weigh_the_same():
    double, half = (feature("book", book=SimpleNamespace(ratio=ratio)) for ratio in (2.0, 0.5))

    assert double == pytest.approx(-half) == pytest.approx(0.6931, abs=1e-4)
    assert feature("book", book=SimpleNamespace(ratio=1.0)) == 0.0
    assert feature("book", book=SimpleNamespace(ratio=0.0)) is None
    assert feature("book", book=SimpleNamespace(ratio=1000.0)) == 1.0


@given(
    st.none() | st.floats(-1e9, 1e9),
    st.none() | st.floats(0, 100),
    st.none() | st.floats(0, 1e9),
)
def test_every_feature_is_within_one_and_a_missing_reading_is_left_out(change, rsi, adx):
    readings = IndicatorSet(timeframe=Timeframe.M15, rsi=rsi, adx=adx)
    frames = {Timeframe.M15: SimpleNamespace(indicators=readings)}

    features = facts_of(replace(blank(), change_24h_pct=change, frames=frames)).features

    assert all(-1 <= number <= 1 for number in features.values())
    assert ("rsi" in features, "adx" in features) == (rsi is not None, adx is not None)
    assert ("change_24h" in features) is (change is not None)


@pytest.mark.parametrize(("atr", "expected"), [(0.0, None), (None, None), (1.23456789012, "1.2345679"), (1e-9, "1E-9")])
def test_a_range_is_a_decimal_of_eight_digits_or_none(atr, expected):
    readings = IndicatorSet(timeframe=Timeframe.M15, atr=atr)

    found = facts_of(replace(blank(), frames={Timeframe.M15: SimpleNamespace(indicators=readings)})).atr

    assert found == (None if expected is None else Decimal(expected))
