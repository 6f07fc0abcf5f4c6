"""Statistics that are derived from the recorded bars: they add up, stay in their bounds and never look ahead."""

import asyncio
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.paper.feeds.replay import ReplayMarket
from exchange.paper.server import estimates
from tests.exchange.paper.asgi import InProcess

DATA = Path(__file__).resolve().parents[4] / "data"
HOUR_MS = 3_600_000
CROWDS = [estimates.EVERYBODY, estimates.LARGE_ACCOUNTS, estimates.LARGE_POSITIONS]
RATIOS = ["globalLongShortAccountRatio", "topLongShortAccountRatio", "topLongShortPositionRatio"]


@pytest.fixture(scope="module")
def market():
    return ReplayMarket.load(DATA)


@pytest.fixture(scope="module")
def ask(market, tmp_path_factory):
    """Answers of an exchange on the recorded market, three days after its beginning."""
    venue = InProcess(tmp_path_factory.mktemp("statistics"), market=market, start_ms=market.first_ms + 80 * HOUR_MS)
    loop = asyncio.new_event_loop()

    def get(path, **values):
        return loop.run_until_complete(venue.ask("GET", path, query=urlencode(values).encode()))

    yield get
    loop.close()
    venue.close()


def history(ask, name, **values):
    status, rows = ask(f"/futures/data/{name}", **({"symbol": "BTCUSDT", "period": "1h", "limit": 20} | values))
    assert status == 200, rows
    return rows


@pytest.mark.parametrize("name", ["openInterestHist", *RATIOS])
def test_rows_are_one_a_period_in_order(ask, name):
    times = [row["timestamp"] for row in history(ask, name)]

    assert len(times) == 20
    assert [later - earlier for earlier, later in pairwise(times)] == [HOUR_MS] * 19


def test_value_of_the_open_interest_is_its_amount_at_the_price(ask):
    rows = history(ask, "openInterestHist", limit=3)

    _, bars = ask("/fapi/v1/klines", symbol="BTCUSDT", interval="1h", limit=4)
    for row, bar in zip(rows, bars, strict=False):
        assert row["timestamp"] == bar[6] + 1  # a snapshot at the end of its hour
        assert Decimal(row["sumOpenInterestValue"]) == Decimal(row["sumOpenInterest"]) * Decimal(bar[4])


def test_open_interest_is_labelled_by_the_time_at_which_it_was_so(ask):
    """Asked at 20:11 the venue's newest row of an hour is that of 20:00."""
    _, clock = ask("/fapi/v1/time")
    passed = clock["serverTime"] - clock["serverTime"] % HOUR_MS

    rows = history(ask, "openInterestHist", limit=2)

    assert [row["timestamp"] for row in rows] == [passed - HOUR_MS, passed]
    assert rows[0]["sumOpenInterest"] != rows[1]["sumOpenInterest"]


def test_open_interest_now_is_that_of_the_last_period(ask):
    _, now = ask("/fapi/v1/openInterest", symbol="BTCUSDT")

    assert now["openInterest"] == history(ask, "openInterestHist")[-1]["sumOpenInterest"]


@pytest.mark.parametrize("name", RATIOS)
def test_long_and_short_are_the_whole_and_their_ratio(ask, name):
    for row in history(ask, name):
        long, short = Decimal(row["longAccount"]), Decimal(row["shortAccount"])
        assert long + short == 1
        assert Decimal(row["longShortRatio"]) == (long / short).quantize(Decimal("0.0001"))


def test_crowds_differ(ask):
    assert len({str(history(ask, name)) for name in RATIOS}) == 3


def test_basis_is_price_less_index(ask):
    status, rows = ask("/futures/data/basis", pair="BTCUSDT", contractType="PERPETUAL", period="1h", limit=5)

    assert (status, len(rows)) == (200, 5)
    for row in rows:
        assert Decimal(row["basis"]) == Decimal(row["futuresPrice"]) - Decimal(row["indexPrice"])
        assert abs(Decimal(row["basisRate"])) < Decimal("0.02")


def test_other_contracts_have_no_basis(ask):
    values = {"pair": "BTCUSDT", "period": "1h"}

    assert ask("/futures/data/basis", contractType="CURRENT_QUARTER", **values) == (200, [])
    assert ask("/futures/data/basis", contractType="WEEKLY", **values)[1]["code"] == -4104


def test_start_takes_the_first_rows_and_end_the_last(ask):
    first = history(ask, "openInterestHist", limit=1)[0]["timestamp"]

    assert (
        history(ask, "openInterestHist", startTime=first - 5 * HOUR_MS, limit=2)[0]["timestamp"] == first - 5 * HOUR_MS
    )
    assert history(ask, "openInterestHist", endTime=first, limit=2)[-1]["timestamp"] == first


@settings(max_examples=40, deadline=None)
@given(hours=st.integers(1, 400), offset=st.integers(0, HOUR_MS - 1), crowd=st.sampled_from(CROWDS), data=st.data())
def test_shares_stay_in_bounds_and_do_not_change_within_the_hour(market, hours, offset, crowd, data):
    symbol = data.draw(st.sampled_from(market.listed(market.first_ms)))
    at_ms = market.first_ms + hours * HOUR_MS

    share = estimates.long_share(market, symbol, at_ms, crowd)

    assert estimates.LEAST <= share <= estimates.MOST
    assert share == estimates.long_share(market, symbol, at_ms + offset, crowd)
    assert estimates.open_interest(market, symbol, at_ms) >= 0
    assert estimates.open_interest(market, symbol, at_ms) == estimates.open_interest(market, symbol, at_ms + offset)
