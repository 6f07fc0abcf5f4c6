"""The market picture as the rules read it."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace

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
