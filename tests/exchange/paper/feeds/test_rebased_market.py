"""The recording moved to other days: everything later by the same time, nothing else changed."""

from datetime import UTC, datetime

import pytest

from exchange.paper.core.engine import Engine
from exchange.paper.feeds.intervals import DAY_MS, HOUR_MS, INTERVALS
from exchange.paper.feeds.rebase import RebasedMarket, moment_before_surge, shift_of, shift_to_now
from exchange.types import from_ms, to_ms

DAYS = 725
SHIFT = DAYS * DAY_MS
MOMENT = to_ms(datetime(2024, 11, 23, 17, 31, 7, tzinfo=UTC))


@pytest.fixture(scope="module")
def rebased(market):
    return RebasedMarket(market, shift_ms=SHIFT)


def moved(bars):
    return [bar._replace(open_ms=bar.open_ms + SHIFT, close_ms=bar.close_ms + SHIFT) for bar in bars]


@pytest.mark.parametrize("interval", [name for name in INTERVALS if name not in ("3d", "1w", "1M")])
def test_bars_up_to_a_day_are_the_recorded_ones_later(market, rebased, interval):
    since = MOMENT - 3 * DAY_MS

    shown = rebased.bars("DOGEUSDT", interval, since + SHIFT, MOMENT + SHIFT, MOMENT + SHIFT)

    assert shown
    assert shown == moved(market.bars("DOGEUSDT", interval, since, MOMENT, MOMENT))


@pytest.mark.parametrize("interval", ["3d", "1w", "1M"])
def test_longer_bars_begin_where_the_calendar_of_today_says_and_sum_their_days(rebased, interval):
    now, rule = MOMENT + SHIFT, INTERVALS[interval]

    bars = rebased.bars("BTCUSDT", interval, now - 90 * DAY_MS, now, now)
    days = rebased.bars("BTCUSDT", "1d", bars[0].open_ms, now, now)

    assert all(rule.floor(bar.open_ms) == bar.open_ms for bar in bars)
    assert [bar.open_ms for bar in bars[1:]] == [bar.close_ms + 1 for bar in bars[:-1]]
    assert sum(bar.volume for bar in bars) == sum(day.volume for day in days)
    assert (bars[-1].close, max(bar.high for bar in bars)) == (days[-1].close, max(day.high for day in days))
    assert bars[-1].open_ms <= now <= bars[-1].close_ms


def test_bars_never_show_what_lies_ahead(rebased):
    now = MOMENT + SHIFT

    assert rebased.bars("BTCUSDT", "1w", now + DAY_MS, now + 30 * DAY_MS, now) == []
    assert rebased.bars("BTCUSDT", "1h", now - HOUR_MS, now + DAY_MS, now)[-1].open_ms <= now


def test_path_and_last_price_are_the_recorded_ones_later(market, rebased):
    points = list(market.path("DOGEUSDT", MOMENT - HOUR_MS, MOMENT))

    shown = list(rebased.path("DOGEUSDT", MOMENT + SHIFT - HOUR_MS, MOMENT + SHIFT))

    assert [point.at_ms - SHIFT for point in shown] == [point.at_ms for point in points]
    assert [point[1:] for point in shown] == [point[1:] for point in points]
    assert rebased.last_price("DOGEUSDT", MOMENT + SHIFT) == points[-1].price


def test_listing_and_rules_move_along(market, rebased):
    row, recorded = rebased.symbol_info("BTCUSDT", MOMENT + SHIFT), market.symbol_info("BTCUSDT", MOMENT)

    assert row == recorded | {"onboardDate": recorded["onboardDate"] + SHIFT}
    assert rebased.listed(MOMENT + SHIFT) == market.listed(MOMENT)
    assert rebased.brackets("BTCUSDT") == market.brackets("BTCUSDT")
    assert (rebased.first_ms, rebased.last_ms) == (market.first_ms + SHIFT, market.last_ms + SHIFT)
    info = rebased.exchange_info(MOMENT + SHIFT)
    assert info["serverTime"] == MOMENT + SHIFT
    assert info["symbols"][0]["onboardDate"] == market.exchange_info(MOMENT)["symbols"][0]["onboardDate"] + SHIFT


def test_a_contract_that_closed_says_when_in_present_days(market, rebased):
    after = market.last_ms + 1

    row = rebased.symbol_info("BTCUSDT", after + SHIFT)

    assert (row["status"], row["deliveryDate"]) == ("SETTLING", market.last_ms + 1 + SHIFT)


def test_the_exchange_trades_on_it_as_on_the_recording(market, rebased):
    wallets = []
    for venue, shift in ((market, 0), (rebased, SHIFT)):
        engine = Engine(venue, start_ms=MOMENT + shift)
        engine.execute("open_account", "k", {"api_key": "k", "api_secret": "s", "deposit": "10000"})
        order = {"symbol": "DOGEUSDT", "side": "BUY", "type": "MARKET", "quantity": "10000"}
        engine.execute("place_order", "k", order)
        engine.advance(MOMENT + shift + 9 * HOUR_MS)
        engine.execute("place_order", "k", order | {"side": "SELL"})
        wallets.append(engine.account("k").ledger.wallet_balance)

    assert wallets[0] == wallets[1] != 10000


@pytest.mark.parametrize("shift_ms", [-DAY_MS, DAY_MS + HOUR_MS])
def test_only_whole_days_ahead_are_possible(market, shift_ms):
    with pytest.raises(ValueError, match="whole days"):
        RebasedMarket(market, shift_ms=shift_ms)


def test_times_of_day_stay(market):
    now = to_ms(datetime(2026, 11, 21, 3, 4, 5, tzinfo=UTC))

    shift = shift_to_now(recorded_ms=MOMENT, now_ms=now)

    assert from_ms(now - shift) == datetime(2024, 11, 23, 3, 4, 5, tzinfo=UTC)
    assert shift_of(market, first_ms=market.first_ms + shift) == shift
    assert shift_of(market, first_ms=market.first_ms + 1) is None


@pytest.mark.parametrize("hour", range(0, 24, 3))
def test_unasked_it_begins_before_a_surge_at_the_same_time_of_day(data_dir, market, hour):
    now = to_ms(datetime(2026, 11, 21, hour, 41, tzinfo=UTC))
    rows = (data_dir / "um/signals_10x.csv").read_text().splitlines()[1:]
    ends = [int(row.split(",")[1]) + HOUR_MS for row in rows]

    moment = moment_before_surge(data_dir, market, now_ms=now)

    assert (moment - now) % DAY_MS == 0
    assert min(end - moment for end in ends if end > moment) <= 3 * HOUR_MS
    assert moment + 13 * DAY_MS < market.last_ms


def test_without_a_list_of_surges_it_begins_in_the_middle(tmp_path, market):
    moment = moment_before_surge(tmp_path, market, now_ms=0)

    assert market.first_ms + 30 * DAY_MS < moment < market.last_ms - 30 * DAY_MS
