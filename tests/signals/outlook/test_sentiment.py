from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.indicators.candles import Timeframe
from signals.outlook.order_book import read_book
from signals.outlook.sentiment import Bias, Mood, Sentiment, mood, sentiment
from tests.signals.outlook.building import BEAR, BULL, DEATH, GOLDEN, MIXED, book, by_timeframe, readings

NEUTRAL_STOCHASTIC = {"stochastic_k": 50.0, "stochastic_d": 50.0}
BUYERS_ON_TOP_BALANCED = book([(100, 1), (99, 1), (98, 1), (97, 5)], [(101, 1), (102, 1), (103, 1), (104, 2)])


def score(*frames, funding_rate=None, reading=None, change_24h_pct=None) -> int:
    return sentiment(
        by_timeframe(*frames), funding_rate=funding_rate, book=reading, change_24h_pct=change_24h_pct
    ).score


def points(frame) -> int:
    """What one 15 m reading gives, weight 3."""
    return score(frame)


def test_the_worked_example():
    frame = readings(rsi=65.0, adx=30.0, plus_di=30.0, minus_di=10.0, sar=99.0, **GOLDEN, **BULL, **NEUTRAL_STOCHASTIC)
    reading = read_book(BUYERS_ON_TOP_BALANCED)
    assert (reading.ratio, reading.micro_pressure) == (1.6, 1.0)

    result = sentiment(by_timeframe(frame), funding_rate=0.0006, book=reading, change_24h_pct=6.0)

    assert {given.source: given.points for given in result.contributions} == {
        "funding": -5,
        "15m.rsi": 3,
        "15m.macd": 9,
        "15m.ema": 6,
        "15m.stochastic": 0,
        "15m.adx": 0,
        "15m.sar": 3,
        "book": 5,
        "micro_pressure": 0,
        "change_24h": 3,
    }
    assert (result.score, result.bias) == (24, Bias.BULL)


@pytest.mark.parametrize(
    ("rate", "expected", "given"),
    [
        (0.0011, Mood.EXTREME_GREED, -10),
        (0.001, Mood.GREED, -5),
        (0.0005, Mood.NEUTRAL, 0),
        (-0.0005, Mood.NEUTRAL, 0),
        (-0.0006, Mood.FEAR, 5),
        (-0.001, Mood.FEAR, 5),
        (-0.0011, Mood.EXTREME_FEAR, 10),
    ],
)
def test_funding_counts_against_the_crowd(rate, expected, given):
    assert mood(rate) is expected
    assert score(funding_rate=rate) == given


@pytest.mark.parametrize(("rsi", "given"), [(71, -9), (70, 3), (60, 0), (50, 0), (40, 0), (39, -3), (30, -3), (29, 9)])
def test_rsi_of_the_15m_candles(rsi, given):
    assert points(readings(rsi=float(rsi))) == given


@pytest.mark.parametrize(
    ("values", "given"),
    [
        (GOLDEN, 9),
        (DEATH, -9),
        ({"histogram_before": 1.0, "histogram": 2.0}, 0),
        (BULL, 6),
        (BEAR, -6),
        (MIXED, 0),
        ({"stochastic_k": 10.0, "stochastic_d": 15.0}, 6),
        ({"stochastic_k": 90.0, "stochastic_d": 85.0}, -6),
        ({"stochastic_k": 60.0, "stochastic_d": 55.0}, 0),
        ({"adx": 41.0, "plus_di": 20.0, "minus_di": 10.0}, 9),
        ({"adx": 41.0, "plus_di": 10.0, "minus_di": 10.0}, -9),
        ({"adx": 40.0, "plus_di": 20.0, "minus_di": 10.0}, 0),
        ({"sar": 99.0}, 3),
        ({"sar": 101.0}, -3),
    ],
)
def test_each_reading_of_the_15m_candles(values, given):
    assert points(readings(**values)) == given


@pytest.mark.parametrize(
    ("timeframe", "weight"), [(Timeframe.M1, 1), (Timeframe.M5, 2), (Timeframe.M15, 3), (Timeframe.H1, 1)]
)
def test_weights_of_the_timeframes(timeframe, weight):
    assert score(readings(timeframe, **BULL)) == 2 * weight


def test_the_big_timeframes_have_no_say():
    assert sentiment(
        by_timeframe(readings(Timeframe.H4, **BULL), readings(Timeframe.D1, **BULL)),
        funding_rate=None,
        book=None,
        change_24h_pct=None,
    ) is None  # fmt: skip


@pytest.mark.parametrize(
    ("bids", "asks", "given"),
    [
        ([(100, 21)], [(101, 10)], 5 + 3),
        ([(100, 20)], [(101, 10)], 5 + 0),
        ([(100, 10)], [(101, 10)], 0),
        ([(100, 10)], [(101, 20)], -5 + 0),
        ([(100, 10)], [(101, 21)], -5 - 3),
    ],
)
def test_the_book(bids, asks, given):
    assert score(reading=read_book(book(bids, asks))) == given


@pytest.mark.parametrize(("change", "given"), [(5.1, 3), (5.0, 0), (-5.0, 0), (-5.1, -3)])
def test_the_days_change(change, given):
    assert score(change_24h_pct=change) == given


@pytest.mark.parametrize(
    ("total", "bias"),
    [
        (31, Bias.STRONG_BULL),
        (30, Bias.BULL),
        (11, Bias.BULL),
        (10, Bias.NEUTRAL),
        (-10, Bias.NEUTRAL),
        (-11, Bias.BEAR),
        (-30, Bias.BEAR),
        (-31, Bias.STRONG_BEAR),
    ],
)
def test_bias_at_its_borders(total, bias):
    assert Sentiment(total, ()).bias is bias


def test_strength_of_a_trend_is_a_setting():
    frame = readings(adx=30.0, plus_di=20.0, minus_di=10.0)

    result = sentiment(by_timeframe(frame), funding_rate=None, book=None, change_24h_pct=None, strong_adx=25.0)

    assert result.score == 9


def test_nothing_known_is_no_score_and_not_zero():
    assert sentiment({}, funding_rate=None, book=None, change_24h_pct=None) is None


READING = st.one_of(st.none(), st.floats(0, 100))


@given(rsi=READING, k=READING, d=READING, adx=READING, histogram=st.floats(-1, 1), rate=st.floats(-0.01, 0.01))
def test_the_score_stays_in_its_bounds_and_is_the_clamped_sum(rsi, k, d, adx, histogram, rate):
    frame = readings(rsi=rsi, stochastic_k=k, stochastic_d=d, adx=adx, histogram_before=-histogram, histogram=histogram)
    frames = by_timeframe(*(replace(frame, timeframe=timeframe) for timeframe in Timeframe))

    result = sentiment(frames, funding_rate=rate, book=None, change_24h_pct=float(Decimal(0)))

    assert result.score == max(-100, min(100, sum(given.points for given in result.contributions)))
