"""Bars kept from earlier questions are those that the market itself gives, for any question in any order."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.paper.core import known_bars
from exchange.paper.core.known_bars import KnownBars
from exchange.paper.feeds.replay import ReplayMarket

DATA = Path(__file__).resolve().parents[4] / "data"
HOUR_MS, MINUTE_MS = 3_600_000, 60_000
INTERVALS = {"1h": HOUR_MS, "15m": 15 * MINUTE_MS, "1m": MINUTE_MS, "1d": 24 * HOUR_MS, "1M": 31 * 24 * HOUR_MS}


class Counting:
    """A market that counts the bars it was asked for."""

    def __init__(self, market):
        self.market, self.given = market, 0

    def __getattr__(self, name):
        return getattr(self.market, name)

    def bars(self, *question):
        found = self.market.bars(*question)
        self.given += len(found)
        return found


@pytest.fixture(scope="module")
def market():
    return ReplayMarket.load(DATA)


@settings(max_examples=80, deadline=None)
@given(
    questions=st.lists(
        st.tuples(
            st.sampled_from(["BTCUSDT", "ETHUSDT"]),
            st.sampled_from(sorted(INTERVALS)),
            st.integers(-5, 40),
            st.integers(-5, 40),
            st.integers(0, 30 * HOUR_MS),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_every_answer_is_the_markets_own(market, questions):
    known, begin = KnownBars(market), market.first_ms + 48 * HOUR_MS
    for symbol, interval, first, count, now in questions:
        now_ms, span_ms = begin + now, INTERVALS[interval]
        start_ms = now_ms - 20 * span_ms + first * span_ms
        question = (symbol, interval, start_ms, start_ms + count * span_ms, now_ms)

        assert list(known.bars(*question)) == list(market.bars(*question))


def test_a_scan_asks_again_for_the_open_bar_only(market):
    counting = Counting(market)
    known, now_ms = KnownBars(counting), market.first_ms + 100 * HOUR_MS + 5
    for second in range(10):
        known.bars("BTCUSDT", "1h", now_ms - 48 * HOUR_MS, now_ms, now_ms + second * 1000)

    assert counting.given == 48 + 9


def test_a_closed_hour_joins_what_is_known(market):
    counting = Counting(market)
    known, now_ms = KnownBars(counting), market.first_ms + 100 * HOUR_MS + 5
    for hour in range(5):
        later_ms = now_ms + hour * HOUR_MS
        known.bars("BTCUSDT", "1h", later_ms - 10 * HOUR_MS, later_ms, later_ms)

    assert counting.given == 10 + 4 * 2


def test_what_was_asked_for_longest_ago_is_forgotten_first(market, monkeypatch):
    monkeypatch.setattr(known_bars, "MAX_KEPT", 25)
    counting = Counting(market)
    known, now_ms = KnownBars(counting), market.first_ms + 100 * HOUR_MS
    for symbol in ("BTCUSDT", "ETHUSDT", "BTCUSDT"):
        known.bars(symbol, "1h", now_ms - 19 * HOUR_MS, now_ms - 1, now_ms)

    assert counting.given == 57


def test_a_long_run_keeps_its_newest_part(market, monkeypatch):
    monkeypatch.setattr(known_bars, "LONGEST_RUN", 12)
    known, now_ms = KnownBars(market), market.first_ms + 100 * HOUR_MS
    for hour in range(30):
        later_ms = now_ms + hour * HOUR_MS
        question = ("BTCUSDT", "1h", later_ms - 10 * HOUR_MS, later_ms, later_ms)
        assert list(known.bars(*question)) == list(market.bars(*question))


def test_everything_else_is_the_markets(market):
    known = KnownBars(market)
    now_ms = market.first_ms + HOUR_MS

    assert (known.first_ms, known.last_ms) == (market.first_ms, market.last_ms)
    assert known.listed(now_ms) == market.listed(now_ms)
    assert known.last_price("BTCUSDT", now_ms) == market.last_price("BTCUSDT", now_ms)
    assert known.brackets("BTCUSDT") == market.brackets("BTCUSDT")
    with pytest.raises(KeyError):
        known.bars("NOPEUSDT", "1h", 0, now_ms, now_ms)
